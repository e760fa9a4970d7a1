import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createModel, type KernelProof, type ProofRequest, type Proofs, type ProofValue } from '../../src/runtime/index.ts'
import { Toy, toyDevice } from './toy/index.ts'
import { kernels } from './toy/kernels.ts'
import { toyManifest, toySizes } from './toy/manifest.ts'

const { vocab, width, window } = toySizes
const manifest = toyManifest()
const [X, Y, SUM, LOGITS] = [0, 1, 2, 3]
const words = [width, width, width, vocab]

const value = (node: number, arena: number, offset: number, rows: ProofValue['rows']): ProofValue => ({
  node,
  dtype: 'f32',
  words: words[node]!,
  arena,
  offset,
  stride: node === LOGITS ? vocab + 2 : width,
  column: node === LOGITS ? 1 : 0,
  rows,
  min: null,
  max: null,
})
const proof = (
  names: readonly string[],
  program: KernelProof['program'],
  [first, count]: readonly [number, number],
  reads: readonly ProofValue[],
  writes: readonly ProofValue[],
): KernelProof => ({
  kernels: names.map((name) => manifest.kernels.findIndex((kernel) => kernel.name === name)),
  program,
  first,
  count,
  reads,
  writes,
})

const x = value(X, 0, 3, 'tokens')
const y = value(Y, 1, 0, 'tokens')
const sum = value(SUM, 1, width, 'tokens')
const proofList: readonly KernelProof[] = [
  proof(['embed'], 'prefill', [0, 1], [], [x]),
  proof(['fold'], 'prefill', [1, 1], [x], [y]),
  proof(['append', 'attend'], 'prefill', [2, 3], [y], [sum]),
  proof(['take'], 'take', [0, 1], [sum], [value(SUM, 2, 0, 'last')]),
  proof(['head'], 'tail', [0, 1], [value(SUM, 2, 0, 'last')], [value(LOGITS, 3, 0, 'last')]),
  proof(['embed'], 'step', [0, 1], [], [value(X, 5, 0, 'last')]),
  proof(['fold'], 'step', [1, 1], [value(X, 5, 0, 'last')], [value(Y, 6, 0, 'last')]),
  proof(['append', 'attend'], 'step', [2, 3], [value(Y, 6, 0, 'last')], [value(SUM, 6, width, 'last')]),
  proof(['head'], 'forwardTail', [0, 1], [sum], [value(LOGITS, 4, 0, 'tokens')]),
]

/** The toy's values from those given. */
function evaluate({ batch, tokens, lengths, given, inputs, targets, weight }: ProofRequest): Map<number, Float64Array> {
  const known = new Map(given)
  const get = (node: number): Float64Array => {
    const found = known.get(node)
    if (found !== undefined) return found
    const result = new Float64Array(batch * tokens * words[node]!)
    for (let b = 0; b < batch; b++) {
      for (let t = 0; t < lengths[b]!; t++) {
        const row = b * tokens + t
        for (let i = 0; i < words[node]!; i++) result[row * words[node]! + i] = element(node, b, row, t, i, result)
      }
    }
    known.set(node, result)
    return result
  }
  const element = (node: number, b: number, row: number, t: number, i: number, own: Float64Array): number => {
    if (node === X) return weight('table')[inputs.get('tokens')![row]! * width + i]!
    if (node === Y) return (t === 0 ? 0 : weight('mix.decay')[i]! * own[(row - 1) * width + i]!) + get(X)[row * width + i]!
    if (node === LOGITS) {
      let total = 0
      for (let k = 0; k < width; k++) total += get(SUM)[row * width + k]! * weight('table')[i * width + k]!
      return total
    }
    let total = get(Y)[row * width + i]!
    for (let j = 0; j <= t; j++) {
      const past = get(Y)[(b * tokens + j) * width + i]!
      if (j > t - window) total += past * (0.5 + (j % 3))
      total += (past * 0.125) / (1 + (j % 5))
    }
    return total
  }
  return new Map(targets.map((node) => [node, get(node)]))
}

const proofs = async (): Promise<Proofs> => ({ kernels: proofList, evaluate })

let device: GPUDevice
beforeAll(async () => {
  device = await toyDevice()
})
afterAll(() => device.destroy())

describe('verify', () => {
  it('passes every kernel of a sound package', async () => {
    const model = await createModel(Toy, manifest, kernels(toySizes), { device, weights: { seed: 3 } }, proofs)
    const { buffers } = model.memory
    const seen: number[] = []
    const report = await model.verify({ onProgress: (done) => seen.push(done) })
    expect(report.kernels.map(({ kernel }) => kernel)).toEqual(
      proofList.map((each) => each.kernels.map((k) => manifest.kernels[k]!.name).join('+')),
    )
    for (const { kernel, label, maxError } of report.kernels) expect(maxError, `${kernel} of ${label}`).toBeLessThan(1e-6)
    expect(report.ok).toBe(true)
    expect(seen).toEqual(proofList.map((_, i) => i + 1))
    expect(model.memory.buffers).toBe(buffers)
    model.dispose()
  })

  const faults: readonly (readonly [string, string, string, readonly string[]])[] = [
    ['a wrong factor', 'decay[i] * h', 'decay[i] * h * 1.001', ['fold']],
    ['a state that is not kept', 'state[b * 5u + i] = h;', '', ['fold']],
    [
      'an element that is not written',
      'x[place.at[0].x + row * 5u + i] = table',
      'if (i == 4u) { return; } x[place.at[0].x + row * 5u + i] = table',
      ['embed'],
    ],
    ['a window one too short', 'p + 1u - window, p + 1u > window', 'p + 2u - window, p + 2u > window', ['append+attend']],
  ]
  it.each(faults)('finds %s', async (_, text, fault, expected) => {
    const sources = Object.fromEntries(Object.entries(kernels(toySizes)).map(([name, code]) => [name, code.replace(text, fault)]))
    const model = await createModel(Toy, manifest, sources, { device, weights: { seed: 3 } }, proofs)
    const report = await model.verify()
    expect(report.ok).toBe(false)
    const failed = report.kernels.filter(({ ok }) => !ok).map(({ kernel }) => kernel)
    expect(new Set(failed)).toEqual(new Set(expected))
    model.dispose()
  })

  it('is refused by a package without its reference', async () => {
    const model = await Toy.create({ device, weights: { seed: 3 } })
    await expect(model.verify()).rejects.toThrow('generated without its reference')
    model.dispose()
  })
})
