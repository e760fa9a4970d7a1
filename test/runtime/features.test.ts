import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createModel, Model, Snapshot } from '../../src/runtime/index.ts'
import type { Command, IoEntry, Manifest } from '../../src/runtime/manifest.ts'
import { relativeRms, seeded } from '../support/numbers.ts'
import { toyDevice } from './toy/index.ts'
import { toyManifest } from './toy/manifest.ts'

class Filter extends Model<'frames' | 'gain', 'level' | 'count'> {}

const kernel = (body: string): string => `
struct Run { batch: u32, tokens: u32, rows: u32, reserved: u32, sequences: array<vec4<u32>, 128> }
struct Place { at: array<vec4<u32>, 1> }
@group(0) @binding(0) var<uniform> run: Run;
@group(0) @binding(1) var<uniform> place: Place;
${body}`

const kernels = {
  scan: kernel(`
@group(0) @binding(2) var<storage, read> frames: array<f32>;
@group(0) @binding(3) var<storage, read> gain: array<f32>;
@group(0) @binding(4) var<storage, read_write> state: array<f32>;
@group(0) @binding(5) var<storage, read_write> out: array<u32>;
@compute @workgroup_size(1) fn main(@builtin(workgroup_id) id: vec3<u32>) {
  let b = id.x;
  var h = state[b];
  for (var t = 0u; t < run.sequences[b].y; t++) {
    let row = b * run.tokens + t;
    h = 0.5 * h + gain[b] * (frames[row * 2u] + 2.0 * frames[row * 2u + 1u]);
    out[place.at[0].x + row * 2u] = bitcast<u32>(h);
    out[place.at[0].x + row * 2u + 1u] = run.sequences[b].x + t;
  }
  state[b] = h;
}`),
  copy: kernel(`
@group(0) @binding(2) var<storage, read> source: array<u32>;
@group(0) @binding(3) var<storage, read_write> kept: array<u32>;
@compute @workgroup_size(1) fn main(@builtin(workgroup_id) id: vec3<u32>) {
  let length = run.sequences[id.x].y;
  if (length == 0u) { return; }
  let row = id.x * run.tokens + length - 1u;
  for (var i = 0u; i < 2u; i++) { kept[place.at[0].y + id.x * 2u + i] = source[place.at[0].x + row * 2u + i]; }
}`),
}

/** level: a leaky sum of two features, scaled by a gain per sequence; count: the position. */
function filterManifest(horizon: Manifest['horizon'] = { kind: 'causal' }): Manifest {
  const input = (name: string, shape: readonly number[], time: boolean): IoEntry => ({
    name,
    doc: '',
    dtype: 'f32',
    batch: true,
    time,
    shape,
  })
  const output = (name: string, dtype: 'f32' | 'u32', column: number): IoEntry => {
    const place = { offset: 0, stride: 2, column, words: 1 }
    return { name, doc: '', dtype, batch: true, time: true, shape: [], last: { arena: 1, ...place }, all: { arena: 0, ...place } }
  }
  const scan = (arena: number): Command => ({
    kernel: 0,
    buffers: [
      { kind: 'input', name: 'frames' },
      { kind: 'input', name: 'gain' },
      { kind: 'state', state: 0 },
      { kind: 'arena', arena },
    ],
    places: [{ kind: 'arena', arena, offset: 0 }],
    grid: [{ of: 'batch', times: 1, tile: 1 }, 1, 1],
    label: 'scan',
  })
  const take: Command = {
    kernel: 1,
    buffers: [
      { kind: 'arena', arena: 0 },
      { kind: 'arena', arena: 1 },
    ],
    places: [
      { kind: 'arena', arena: 0, offset: 0 },
      { kind: 'arena', arena: 1, offset: 0 },
    ],
    grid: [{ of: 'batch', times: 1, tile: 1 }, 1, 1],
    label: 'take',
  }
  return {
    ...toyManifest(),
    name: 'Filter',
    inputs: [input('frames', [2], true), input('gain', [1], false)],
    outputs: [output('level', 'f32', 0), output('count', 'u32', 1)],
    horizon,
    weights: [],
    weightBuffers: [],
    states: [{ kind: 'fold', path: 'h', words: 1 }],
    arenas: [
      { words: 2, rows: 'chunk', use: 'session' },
      { words: 2, rows: 'batch', use: 'session' },
    ],
    kernels: [
      { name: 'scan', family: 'scan', access: ['read', 'read', 'read_write', 'read_write'], places: 1 },
      { name: 'copy', family: 'take', access: ['read', 'read_write'], places: 2 },
    ],
    programs: { prefill: [scan(0)], take: [take], tail: [], step: [scan(1)], forwardTail: [] },
    sampling: null,
  }
}

function levels(frames: ArrayLike<number>, gain: number): number[] {
  let h = 0
  return Array.from({ length: frames.length / 2 }, (_, t) => {
    h = 0.5 * h + gain * (frames[2 * t]! + 2 * frames[2 * t + 1]!)
    return h
  })
}

let device: GPUDevice
let model: Filter
const random = seeded(5)
const frames = (count: number): number[] => Array.from({ length: 2 * count }, () => Math.fround(random() - 0.5))

beforeAll(async () => {
  device = await toyDevice()
  model = await createModel(Filter, filterManifest(), kernels, { device, weights: { seed: 0 }, chunk: 7, validate: true })
})
afterAll(() => {
  model.dispose()
  device.destroy()
})

describe('a model of features', () => {
  it('gives every output of every row', async () => {
    const [a, b] = [frames(20), frames(13)]
    const { level, count } = await model.forward({ frames: [a, Float32Array.from(b)], gain: [[2], [-1]] })
    expect(level.shape).toEqual([2, 20])
    expect(relativeRms(level.data.subarray(0, 20), levels(a, 2))).toBeLessThan(1e-6)
    expect(relativeRms(level.data.subarray(20, 33), levels(b, -1))).toBeLessThan(1e-6)
    expect(count.data).toEqual(Uint32Array.from({ length: 40 }, (_, i) => (i < 20 ? i : i < 33 ? i - 20 : 0)))
  })

  it('steps, rolls back and keeps inputs without time', async () => {
    const all = frames(60)
    const session = model.session({ rollback: 5 })
    await session.prefill({ frames: all.slice(0, 80), gain: [3] })
    for (let t = 40; t < 50; t++) {
      const { level, count } = await session.step({ frames: all.slice(2 * t, 2 * t + 2) })
      expect(level.data[0]).toBeCloseTo(levels(all, 3)[t]!, 5)
      expect([...count.data]).toEqual([t])
    }
    await session.rollback(5)
    expect((await session.outputs()).level.data[0]).toBeCloseTo(levels(all, 3)[44]!, 5)
    const bytes = await (await session.snapshot()).toBytes()
    expect(bytes.length).toBeLessThan(1000)
    const other = model.session()
    await other.restore(Snapshot.fromBytes(bytes))
    const fork = await other.fork()
    const { level } = await fork.step({ frames: all.slice(90, 92) })
    expect(level.data[0]).toBeCloseTo(levels(all, 3)[45]!, 5)
    other.dispose()
    fork.dispose()
    await expect(session.generate().next()).rejects.toThrow('cannot generate')
    session.dispose()
  })

  it('says what is wrong with its inputs', async () => {
    await expect(model.forward(frames(3) as never)).rejects.toThrow('give an object')
    await expect(model.forward({ frames: [1, 2, 3], gain: [1] })).rejects.toThrow('frames[0] has 3 numbers, expected a multiple of 2')
    await expect(model.forward({ frames: [1, 2], gain: [1, 2] })).rejects.toThrow('gain[0] has 2 numbers, expected 1')
    await expect(
      model.forward({
        frames: [
          [1, 2],
          [3, 4],
        ],
        gain: [1],
      }),
    ).rejects.toThrow('gain has 1 sequences, expected 2')
    await expect(model.session().prefill({ frames: [1, 2] })).rejects.toThrow('no value was given for the input gain')
    await expect(model.forward({ gain: [1] })).rejects.toThrow('no value was given for the input frames')
  })
})

describe('a model that needs whole sequences', () => {
  it('has forward, in one pass, and no sessions', async () => {
    const horizon = { kind: 'whole', because: 'pool', source: 'm.gdn:3:5' } as const
    const whole = await createModel(Filter, filterManifest(horizon), kernels, { device, weights: { seed: 0 }, chunk: 7 })
    const a = frames(30)
    const { level } = await whole.forward({ frames: a, gain: [1] })
    expect(relativeRms(level.data, levels(a, 1))).toBeLessThan(1e-6)
    expect(() => whole.session()).toThrow('this model has no sessions: pool (m.gdn:3:5) needs the whole sequence at once. Use forward().')
    whole.dispose()
  })
})
