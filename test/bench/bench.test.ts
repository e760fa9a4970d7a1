import { describe, expect, it } from 'vitest'
import { kernelCases } from './cases.ts'
import { dawnFlags } from './environment.ts'
import { quantile, slope } from './measure.ts'
import { encodeModel } from './onnx/model.ts'
import { Message } from './onnx/protobuf.ts'
import { errorOf, expected } from './reference.ts'

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
    await slope(chains(1, 0, log), { ...options, longest: 64 })
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
