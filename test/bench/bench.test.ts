import { describe, expect, it } from 'vitest'
import { kernelCases } from './cases.ts'
import { compileSource } from './compiled.ts'
import { dawnFlags } from './environment.ts'
import { quantile, slope } from './measure.ts'
import { encodeModel } from './onnx/model.ts'
import { Message } from './onnx/protobuf.ts'
import { errorOf, expected } from './reference.ts'
import { markdown } from './report.ts'
import { kernelSpec } from './specs.ts'

describe('the slope', () => {
  const options = { difference: 1, repetitions: 5, longest: 1000, budget: 60 }
  const chains = (base: number, perLink: number, log: number[]) => async (links: number) => {
    log.push(links)
    return { run: async () => [base + perLink * links, perLink * links] as const, dispose() {} }
  }

  it('is what one link adds, by every clock', async () => {
    const [wall, gpu] = await slope(chains(10, 0.25, []), options)
    expect(wall.seconds).toBeCloseTo(0.25, 12)
    expect(wall.spread).toBeCloseTo(0, 12)
    expect(gpu?.seconds).toBeCloseTo(0.25, 12)
  })

  it('comes from a chain that is long enough, in whole units', async () => {
    const log: number[] = []
    const [wall] = await slope(chains(0, 0.01, log), options, 4)
    expect(log[0]).toBe(4)
    expect(wall.links[1] - wall.links[0]).toBeGreaterThanOrEqual(100)
    expect(log.every((links) => links % 4 === 0)).toBe(true)
  })

  it('does not ask for more links than allowed when links cost nothing', async () => {
    const log: number[] = []
    await expect(slope(chains(1, 0, log), { ...options, longest: 64, budget: 0.05 })).rejects.toThrow('64 in a row took no longer than 1')
    expect(Math.max(...log)).toBe(64)
  })

  it('is a median, between two values if need be', () => {
    expect(quantile([3, 1, 2], 0.5)).toBe(2)
    expect(quantile([1, 2, 3, 4], 0.5)).toBe(2.5)
    expect(quantile([1, 2, 3, 4, 5], 0.25)).toBe(2)
  })
})

describe('ONNX bytes', () => {
  const hex = (message: Message): string => Buffer.from(message.finish()).toString('hex')

  it('are as the encoding guide of protobuf has them', () => {
    expect(hex(new Message().integer(1, 150))).toBe('089601')
    expect(hex(new Message().string(2, 'testing'))).toBe('120774657374696e67')
    expect(hex(new Message().message(3, new Message().integer(1, 150)))).toBe('1a03089601')
    expect(hex(new Message().float(2, 1))).toBe('150000803f')
    expect(hex(new Message().integer(1, 2 ** 40))).toBe('08808080808020')
  })

  it('refuse what is no varint', () => {
    expect(() => new Message().integer(1, -1)).toThrow(RangeError)
    expect(() => new Message().integer(1, 2 ** 53)).toThrow(RangeError)
  })

  it('hold weights unchanged', () => {
    const data = Float32Array.of(1.5, -2, 3e-9)
    const weights = [{ name: 'w', shape: [3], data }]
    const bytes = Buffer.from(encodeModel({ inputs: [], outputs: [], nodes: [], weights }))
    expect(bytes.includes(Buffer.from(data.buffer))).toBe(true)
  })
})

describe('cases', () => {
  it.each(kernelCases(false).map(({ name, shape, case: kernel }) => [`${name}, ${shape}`, kernel] as const))(
    '%s: has a finite result',
    (_, kernel) => {
      const { at, values } = expected(kernel, 'given')
      expect(values.every(Number.isFinite)).toBe(true)
      const output = new Float32Array(Math.max(...at.slice(-1)) + 1).fill(Number.NaN)
      at.forEach((index, i) => {
        output[index] = values[i]!
      })
      expect(errorOf(output, { at, values })).toBeLessThan(1e-7)
    },
  )
})

describe('specs', () => {
  const specs = new Set([...kernelCases(false), ...kernelCases(true)].map(({ case: kernel }) => kernelSpec(kernel)))

  it.each([...specs])('compile: %#', (text) => {
    const { manifest } = compileSource({ path: 'kernel.gdn', text, model: 'Kernel' })
    const { prefill, forwardTail, step } = manifest.programs
    expect(Math.min(step.length, prefill.length + forwardTail.length)).toBeGreaterThan(0)
    expect(manifest.horizon).toEqual({ kind: 'causal' })
  })
})

describe('the report', () => {
  const slopeOf = (seconds: number) => ({ seconds, spread: 0.03, links: [1, 9] as const })
  const adapter = { name: 'Test adapter', software: true, timestamps: false, features: [] }
  const conditions = { date: '2026-01-01', adapter, cpu: '2 x CPU', node: 'v24', gdnc: '0.1.0', webgpu: '0.6.2', onnxruntime: '1.30.0' }
  const environment = { ...conditions, robustness: true, dawn: [] }
  const ours = { ok: true as const, wall: slopeOf(2e-4), error: 1e-7 }

  it('compares, and says what was not timed and why', () => {
    const refused = { ok: false as const, because: 'off by 5.0e-2' }
    const row = { name: 'conv', flops: 1e6, ours }
    const kernels = [
      { ...row, shape: 'T 1', peer: { ...ours, wall: slopeOf(5e-4) } },
      { ...row, shape: 'T 64', peer: refused },
    ]
    const text = markdown({ environment, kernels, models: [{ name: 'H1', answer: refused }], compile: undefined, seconds: 12 })
    expect(text).toMatch(/^\| conv +\| T 1 +\| 200 µs ±3 % \| +5\.00 \| 500 µs ±3 % \| +2\.50x \|$/m)
    expect(text).toMatch(/^\| conv +\| T 64 +\| 200 µs ±3 % \| +5\.00 \| +not timed \| +\|$/m)
    expect(text).toContain('* onnxruntime, conv, T 64: off by 5.0e-2')
    expect(text).toContain('* H1: off by 5.0e-2')
    expect(text).toContain('Test adapter (software)')
    expect(text).toContain('bounds checks on, on both sides')
  })
})

describe("Dawn's flags", () => {
  it('are merged by kind', () => {
    const given = 'enable-dawn-features=allow_unsafe_apis,disable_robustness adapter=x disable-dawn-features=foo'
    expect(dawnFlags(true, given)).toEqual([
      'adapter=x',
      'enable-dawn-features=allow_unsafe_apis',
      'disable-dawn-features=timestamp_quantization,foo',
    ])
    expect(dawnFlags(false, '')).toEqual(['enable-dawn-features=disable_robustness', 'disable-dawn-features=timestamp_quantization'])
  })
})
