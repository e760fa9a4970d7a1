import { describe, expect, it } from 'vitest'
import { type GoldenFamily, goldenModelFolder, goldenOps, goldenRun, readGoldenOp } from './golden.ts'
import { randomNormal, relativeRms, worst } from './numbers.ts'
import { f64, parseSafetensors, readSafetensors, writeSafetensors } from './safetensors.ts'

const families: readonly GoldenFamily[] = ['qwen3_5', 'mamba2', 'mistral', 'olmo_hybrid_rope']

describe('golden data', () => {
  it.each(goldenOps())('$file has the shapes that the index gives', (op) => {
    const tensors = readGoldenOp(op)
    const found = Object.fromEntries([...tensors].map(([name, { shape }]) => [name, shape]))
    expect(found).toEqual(op.shapes)
    for (const { shape, data } of tensors.values()) expect(data.length).toBe(shape.reduce((a, b) => a * b, 1))
  })

  it.each(families)('%s: the greedy continuation starts with the largest of the last logits', (family) => {
    for (const prompt of ['short', 'long'] as const) {
      const { inputIds, logits, vocab, greedy } = goldenRun(family, prompt)
      expect(logits.length).toBe(inputIds.length * vocab)
      const last = [...logits.slice(-vocab)]
      expect(last.indexOf(Math.max(...last))).toBe(greedy[0])
      expect(greedy).toHaveLength(12)
    }
    expect(readSafetensors(`${goldenModelFolder(family)}/model.safetensors`).size).toBeGreaterThan(10)
  })

  it('satisfies its own formula: one token of the gated delta rule', () => {
    const [op] = goldenOps('gated_delta_rule')
    const tensors = readGoldenOp(op!)
    const [B, , H, K] = op!.shapes['in.q'] as [number, number, number, number]
    const [, , HV, V] = op!.shapes['in.v'] as [number, number, number, number]
    const [q, k, v, beta, g] = ['q', 'k', 'v', 'beta', 'g'].map((name) => f64(tensors, `in.${name}`)) as Float64Array[]
    const h0 = tensors.has('in.h0') ? f64(tensors, 'in.h0') : new Float64Array(B * HV * K * V)
    const o = new Float64Array(B * HV * V)
    for (let b = 0; b < B; b++) {
      for (let j = 0; j < HV; j++) {
        const head = (b * H + Math.floor(j / (HV / H))) * K
        const state = (key: number, value: number) => Math.exp(g![b * HV + j]!) * h0[((b * HV + j) * K + key) * V + value]!
        for (let c = 0; c < V; c++) {
          let read = 0
          for (let i = 0; i < K; i++) read += state(i, c) * k![head + i]!
          const write = beta![b * HV + j]! * (v![(b * HV + j) * V + c]! - read)
          let out = 0
          for (let i = 0; i < K; i++) out += (state(i, c) + k![head + i]! * write) * q![head + i]!
          o[(b * HV + j) * V + c] = out * K ** -0.5
        }
      }
    }
    expect(relativeRms(o, f64(tensors, 'out.o'))).toBeLessThan(1e-6)
  })
})

describe('test support', () => {
  it('reads what it writes, and pads the header to eight bytes', () => {
    const values = Float32Array.of(1, -2, 0.5)
    const file = writeSafetensors([
      ['a', { dtype: 'F32', shape: [3], bytes: new Uint8Array(values.buffer) }],
      ['halves', { dtype: 'F16', shape: [4], bytes: new Uint8Array(Uint16Array.of(0x3c00, 0xc000, 0x0001, 0x7bff).buffer) }],
      ['brain', { dtype: 'BF16', shape: [2], bytes: new Uint8Array(Uint16Array.of(0x3f80, 0xc040).buffer) }],
    ])
    const tensors = parseSafetensors(file)
    expect(tensors.get('a')?.data).toEqual(values)
    expect(tensors.get('halves')?.data).toEqual(Float32Array.of(1, -2, 2 ** -24, 65_504))
    expect(tensors.get('brain')).toEqual({ dtype: 'BF16', shape: [2], data: Float32Array.of(1, -3) })
    expect(new DataView(file.buffer).getBigUint64(0, true) % 8n).toBe(0n)
  })

  it('lets no NaN pass a tolerance', () => {
    expect(relativeRms([1, Number.NaN], [1, 2]) < 1e-5).toBe(false)
    expect(worst([1, Number.NaN], [1, 2]).index).toBe(1)
    expect(relativeRms([1.1], [1])).toBeCloseTo(0.1)
    expect(() => relativeRms([1], [1, 2])).toThrow('1 elements, expected 2')
  })

  it('repeats random numbers for the same seed', () => {
    expect(randomNormal(5, 7)).toEqual(randomNormal(5, 7))
    const many = randomNormal(10_000, 3)
    expect(many.reduce((a, b) => a + b * b, 0) / many.length).toBeCloseTo(1, 1)
  })
})
