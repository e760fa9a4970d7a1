import type { Engine } from './engine.ts'
import { Executor } from './executor.ts'
import type { Rows } from './inputs.ts'
import type { WeightEntry } from './manifest.ts'
import { philox, uniformPair } from './philox.ts'
import type { KernelProof, ProofRequest, Proofs, ProofValue } from './proofs.ts'
import { Readback } from './readback.ts'
import { at, product } from './tensor.ts'
import { fromHalves, wordsOfRows } from './weights/halves.ts'
import { Workspace } from './workspace.ts'

export interface VerifyOptions {
  /** Of the random numbers. Default 0. */
  readonly seed?: number | undefined
  /** Relative root-mean-square error to the f64 reference that still passes. Default 1e-5. */
  readonly tolerance?: number | undefined
  readonly onProgress?: ((done: number, total: number) => void) | undefined
}

export interface KernelReport {
  /** The kernel's name; several, joined by `+`, if they were run together. */
  readonly kernel: string
  /** Path in the model of the command that was run. */
  readonly label: string
  /** The largest relative root-mean-square error of what it wrote. NaN: an element was not written. */
  readonly maxError: number
  readonly ok: boolean
}

export interface VerifyReport {
  readonly ok: boolean
  readonly kernels: readonly KernelReport[]
}

const BATCH = 2
/** Tokens of the passes that one proof runs; odd, and the second continues from the first. */
const PASSES = [37, 5] as const
const STEPS = 4
/** Whole numbers that index nothing, a prefix say, stay below this. */
const COUNTS = 8

/** Runs every proof on the device. See `Model.verify`. */
export async function verifyModel(engine: Engine, proofs: Proofs, options: VerifyOptions): Promise<VerifyReport> {
  const { seed = 0, tolerance = 1e-5 } = options
  const weights = new WeightReader(engine)
  const workspaces = new Map<'session' | 'forward', Workspace>()
  const kernels: KernelReport[] = []
  try {
    for (const [i, proof] of proofs.kernels.entries()) {
      const use = useOf(engine, proof)
      const workspace = workspaces.get(use) ?? (await openWorkspace(engine, use))
      workspaces.set(use, workspace)
      const maxError = await prove(engine, workspace, proofs, proof, weights, seed + i)
      const names = proof.kernels.map((index) => at(engine.manifest.kernels, index).name)
      const { label } = at(engine.manifest.programs[proof.program], proof.first)
      kernels.push({ kernel: names.join('+'), label, maxError, ok: maxError <= tolerance })
      options.onProgress?.(i + 1, proofs.kernels.length)
    }
  } finally {
    for (const workspace of workspaces.values()) workspace.dispose()
  }
  return { ok: kernels.every(({ ok }) => ok), kernels }
}

/** A model of whole sequences has no sessions, and no arenas for them. */
function useOf(engine: Engine, proof: KernelProof): 'session' | 'forward' {
  return proof.program === 'forwardTail' || engine.manifest.horizon.kind === 'whole' ? 'forward' : 'session'
}

/** Arenas of its own: they are full of NaN most of the time. */
async function openWorkspace(engine: Engine, use: 'session' | 'forward'): Promise<Workspace> {
  const { memory, device, manifest } = engine
  const { value, checked } = engine.allocate(
    'verifying',
    () => new Workspace(memory, device.limits, manifest, BATCH, Math.max(...PASSES), use),
  )
  try {
    await engine.open.settle(checked)
    return value
  } catch (error) {
    value.dispose()
    throw error
  }
}

/** One pass of a proof: which tokens of each sequence it takes. */
interface ProofPass {
  readonly start: readonly number[]
  readonly lengths: readonly number[]
  readonly tokens: number
}

async function prove(
  engine: Engine,
  workspace: Workspace,
  proofs: Proofs,
  proof: KernelProof,
  weights: WeightReader,
  seed: number,
): Promise<number> {
  const rowwise = proof.program === 'tail' || proof.program === 'step'
  const use = useOf(engine, proof)
  const { horizon } = engine.manifest
  const passes = rowwise
    ? stepPasses(proof.program === 'tail' ? 1 : STEPS)
    : rowPasses(proof.program === 'prefill' && engine.manifest.horizon.kind !== 'whole' ? PASSES : [PASSES[0]], workspace.tokens)
  const lengths = passes.reduce((sum, pass) => sum.map((n, b) => n + at(pass.lengths, b)), [0, 0])
  const tokens = Math.max(...lengths)
  const random = numbersFrom(seed)
  const inputs = new Map(
    engine.manifest.inputs.map(({ name, shape, time, below, dtype }) => {
      // Steps begin behind a sequence's prefix.
      if (rowwise && horizon.kind === 'prefix' && horizon.upto === name) return [name, new Float64Array(BATCH)]
      const [rows, each] = time ? [lengths, tokens] : [lengths.map(() => 1), 1]
      return [name, draw(random, rows, each, product(shape), dtype === 'u32' ? (below ?? COUNTS) : null)]
    }),
  )
  const given = new Map(
    proof.reads.map((value) => [
      value.node,
      value.rows === 'sequences'
        ? drawValue(
            random,
            value,
            lengths.map(() => 1),
            1,
          )
        : drawValue(random, value, lengths, tokens),
    ]),
  )
  const targets = proof.writes.map(({ node }) => node)
  const request: ProofRequest = { batch: BATCH, tokens, lengths, given, inputs, targets, weight: (path) => weights.get(path) }
  await weights.load(proof)
  const expected = proofs.evaluate(request)
  let worst = 0
  for (const room of roomsOf(engine, proof, tokens)) {
    const { value: made, checked: allocated } = engine.allocate('verifying', () => {
      const executor = new Executor(engine, workspace, { maxTokens: room, slack: 0, use })
      const largest = Math.max(4, ...proof.writes.map(({ arena }) => workspace.arena(arena).size))
      return { executor, readback: new Readback(engine, largest) }
    })
    try {
      await engine.open.settle(allocated)
      await made.executor.reserve(room, [0, 0])
      // An element that was not written is NaN, and so is the maximum then.
      worst = Math.max(worst, await run(engine, proof, made.executor, made.readback, passes, { inputs, given, expected, tokens }))
    } finally {
      made.executor.dispose()
      made.readback.dispose()
    }
  }
  return worst
}

/** Tokens that caches have room for: those of the passes, and also so many that a grid which counts slots has more than one workgroup. */
function roomsOf({ manifest }: Engine, proof: KernelProof, tokens: number): number[] {
  const commands = manifest.programs[proof.program].slice(proof.first, proof.first + proof.count)
  const tiles = commands.flatMap(({ grid }) =>
    grid.flatMap((term) => (typeof term !== 'number' && term.of === 'capacity' ? [term.tile] : [])),
  )
  return tiles.length === 0 ? [tokens] : [tokens, Math.max(tokens, ...tiles)]
}

interface Case {
  readonly inputs: ReadonlyMap<string, Float64Array>
  readonly given: ReadonlyMap<number, Float64Array>
  readonly expected: ReadonlyMap<number, ArrayLike<number>>
  readonly tokens: number
}

async function run(
  engine: Engine,
  proof: KernelProof,
  executor: Executor,
  readback: Readback,
  passes: readonly ProofPass[],
  { inputs, given, expected, tokens }: Case,
): Promise<number> {
  const { workspace } = executor
  const { queue } = engine.device
  const errors = new Map<ProofValue, ErrorSum>(proof.writes.map((value) => [value, new ErrorSum()]))
  for (const pass of passes) {
    poison(engine, workspace)
    for (const value of proof.reads) placeRows(queue, workspace, value, at2(given, value.node), pass, tokens)
    const rows: Rows = { lengths: pass.lengths, values: sequencesOf(inputs, engine, pass, tokens) }
    const from = pass.lengths.map(() => 0)
    await executor.submit('verify', (encoder) => {
      const work = encoder.beginComputePass({ label: 'verify' })
      executor.computePart(work, proof.program, rows, { from, lengths: pass.lengths, tokens: pass.tokens }, pass.start, proof)
      work.end()
    })
    for (const value of proof.writes) {
      const arena = workspace.arena(value.arena)
      const encoder = engine.device.createCommandEncoder()
      encoder.copyBufferToBuffer(arena, 0, readback.buffer, 0, arena.size)
      queue.submit([encoder.finish()])
      const bytes = await readback.read(arena.size)
      compare(bytes, workspace, value, at2(expected, value.node), pass, tokens, errors.get(value) as ErrorSum)
    }
  }
  let worst = 0
  for (const error of errors.values()) worst = Math.max(worst, error.relative)
  return worst
}

/** Every arena full of NaN, so that an element that should have been written and was not shows. */
function poison(engine: Engine, workspace: Workspace): void {
  for (const i of engine.manifest.arenas.keys()) {
    const arena = workspace.arena(i)
    engine.device.queue.writeBuffer(arena, 0, new Float32Array(arena.size / 4).fill(Number.NaN))
  }
}

function wordAt(workspace: Workspace, value: ProofValue, row: number): number {
  return value.offset * workspace.rows(value.arena) + row * value.stride + value.column
}

/** Calls `each(row in the arena, row of the reference's value)` for the rows that a pass has of a value. */
function forRows(value: ProofValue, pass: ProofPass, tokens: number, each: (row: number, flat: number) => void): void {
  for (const [b, length] of pass.lengths.entries()) {
    const first = b * tokens + at(pass.start, b)
    if (value.rows === 'sequences') each(b, b)
    else if (value.rows === 'tokens') for (let t = 0; t < length; t++) each(b * pass.tokens + t, first + t)
    else if (length > 0) each(b, first + length - 1)
  }
}

function placeRows(queue: GPUQueue, workspace: Workspace, value: ProofValue, numbers: Float64Array, pass: ProofPass, tokens: number): void {
  forRows(value, pass, tokens, (row, flat) => {
    const part = numbers.subarray(flat * value.words, (flat + 1) * value.words)
    const words = value.dtype === 'f32' ? new Float32Array(part) : new Uint32Array(part)
    queue.writeBuffer(workspace.arena(value.arena), wordAt(workspace, value, row) * 4, words)
  })
}

function compare(
  bytes: ArrayBuffer,
  workspace: Workspace,
  value: ProofValue,
  expected: ArrayLike<number>,
  pass: ProofPass,
  tokens: number,
  error: ErrorSum,
): void {
  const found = value.dtype === 'f32' ? new Float32Array(bytes) : new Uint32Array(bytes)
  forRows(value, pass, tokens, (row, flat) => {
    const first = wordAt(workspace, value, row)
    for (let i = 0; i < value.words; i++) error.add(at(found, first + i), at(expected, flat * value.words + i))
  })
}

class ErrorSum {
  #error = 0
  #scale = 0
  #count = 0

  add(found: number, expected: number): void {
    this.#error += (found - expected) ** 2
    this.#scale += expected ** 2
    this.#count++
  }

  /** Relative in the 2-norm; absolute where all that was expected is 0. */
  get relative(): number {
    return Math.sqrt(this.#scale === 0 ? this.#error / Math.max(1, this.#count) : this.#error / this.#scale)
  }
}

function rowPasses(sizes: readonly number[], most: number): ProofPass[] {
  const passes: ProofPass[] = []
  let start = [0, 0]
  for (const size of sizes) {
    const tokens = Math.min(size, most)
    const lengths = [tokens, Math.max(1, tokens - 3)]
    passes.push({ start, lengths, tokens })
    start = start.map((position, b) => position + at(lengths, b))
  }
  return passes
}

function stepPasses(count: number): ProofPass[] {
  return Array.from({ length: count }, (_, t) => ({ start: [t, t], lengths: [1, 1], tokens: 1 }))
}

function sequencesOf(
  inputs: ReadonlyMap<string, Float64Array>,
  engine: Engine,
  pass: ProofPass,
  tokens: number,
): Map<string, Float64Array[]> {
  const values = new Map<string, Float64Array[]>()
  for (const { name, shape, time } of engine.manifest.inputs) {
    const words = product(shape)
    const all = at2(inputs, name)
    const sequences = pass.start.map((start, b) => {
      const first = time ? b * tokens + start : b
      return all.slice(first * words, (first + (time ? at(pass.lengths, b) : 1)) * words)
    })
    values.set(name, sequences)
  }
  return values
}

type Draw = () => number

function numbersFrom(seed: number): Draw {
  const words = new Uint32Array(4)
  let count = 0
  return () => {
    philox(words, count++, 0, 0, 0, seed | 0, 0x76657269)
    return uniformPair(words)[0]
  }
}

/** Whole numbers below `below`, or numbers of about unit size; padding is 0. */
function draw(random: Draw, lengths: readonly number[], tokens: number, words: number, below: number | null): Float64Array {
  return fill(lengths, tokens, words, () => (below === null ? Math.fround(4 * random() - 2) : Math.floor(random() * below)))
}

function drawValue(random: Draw, value: ProofValue, lengths: readonly number[], tokens: number): Float64Array {
  const low = value.min ?? Math.min(-2, (value.max ?? 0) - 4)
  const high = value.max ?? Math.max(2, low + 4)
  return fill(lengths, tokens, value.words, () => {
    const number = low + random() * (high - low)
    return value.dtype === 'u32' || value.whole === true ? Math.floor(number) : Math.fround(number)
  })
}

function fill(lengths: readonly number[], tokens: number, words: number, number: Draw): Float64Array {
  const numbers = new Float64Array(lengths.length * tokens * words)
  for (const [b, length] of lengths.entries()) {
    for (let i = 0; i < length * words; i++) numbers[b * tokens * words + i] = number()
  }
  return numbers
}

/** The weights as they are on the device, read when a proof first needs them. */
class WeightReader {
  readonly #engine: Engine
  readonly #known = new Map<string, Float64Array>()

  constructor(engine: Engine) {
    this.#engine = engine
  }

  get(path: string): Float64Array {
    return at2(this.#known, path)
  }

  /** Reads what lies in the ranges that the proof's commands bind. */
  async load(proof: KernelProof): Promise<void> {
    const { manifest } = this.#engine
    const commands = manifest.programs[proof.program].slice(proof.first, proof.first + proof.count)
    const ranges = commands.flatMap(({ buffers }) => buffers.flatMap((ref) => (ref.kind === 'weights' ? [ref] : [])))
    for (const weight of manifest.weights) {
      if (this.#known.has(weight.path)) continue
      const bound = weight.parts.some((part) =>
        ranges.some(
          (range) =>
            range.buffer === part.buffer &&
            part.offset < range.offset + range.words &&
            range.offset < part.offset + wordsOfRows(weight, part.rows),
        ),
      )
      if (bound) this.#known.set(weight.path, await this.#read(weight))
    }
  }

  async #read(weight: WeightEntry): Promise<Float64Array> {
    const engine = this.#engine
    const numbers = new Float64Array(product(weight.shape))
    const row = product(weight.shape.slice(1))
    for (const part of weight.parts) {
      const bytes = wordsOfRows(weight, part.rows) * 4
      const { value: readback, checked } = engine.allocate('reading a weight', () => new Readback(engine, bytes))
      try {
        await engine.open.settle(checked)
        const encoder = engine.device.createCommandEncoder()
        encoder.copyBufferToBuffer(at(engine.weights, part.buffer), part.offset * 4, readback.buffer, 0, bytes)
        engine.device.queue.submit([encoder.finish()])
        numbers.set(numbersOf(weight, await readback.read(bytes)), part.first * row)
      } finally {
        readback.dispose()
      }
    }
    return numbers
  }
}

function numbersOf({ format, packed }: WeightEntry, bytes: ArrayBuffer): Float32Array {
  return packed === true && format !== undefined ? fromHalves(format, new Uint16Array(bytes)) : new Float32Array(bytes)
}

function at2<K, V>(map: ReadonlyMap<K, V>, key: K): V {
  const value = map.get(key)
  if (value === undefined) throw new RangeError(`the proofs give nothing for ${String(key)}`)
  return value
}
