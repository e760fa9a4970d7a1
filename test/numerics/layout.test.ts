import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { InputError } from '../../src/runtime/index.ts'
import { Judged } from '../support/agree.ts'
import { relativeRms } from '../support/numbers.ts'
import { exampleModel } from '../support/spec.ts'

const lengths = [5, 1, 70, 16, 17]

/** Convolutions, recurrences of two families and windowed attention: no state may see another sequence or padding. */
describe('sequences packed, padded and apart', () => {
  let judged: Judged
  let sequences: readonly (readonly number[])[]
  let apart: readonly Float32Array[]
  const vocab = () => judged.plan.manifest.sampling?.vocab ?? 0

  beforeAll(async () => {
    judged = await Judged.open(exampleModel('h2.gdn', 'TinyH2'))
    sequences = judged.draw(lengths)['tokens'] ?? []
    const outputs: Float32Array[] = []
    for (const sequence of sequences) outputs.push((await judged.model.forward(sequence))['logits']?.data as Float32Array)
    apart = outputs
  })
  afterAll(() => judged?.dispose())

  it('packed: the same rows, one after the other', async () => {
    const cuSeqlens = [0]
    for (const length of lengths) cuSeqlens.push((cuSeqlens.at(-1) ?? 0) + length)
    const { logits } = await judged.model.forward(sequences.flat(), { cuSeqlens })
    expect(logits?.shape).toEqual([cuSeqlens.at(-1), vocab()])
    for (const [b, rows] of apart.entries()) {
      const first = (cuSeqlens[b] ?? 0) * vocab()
      expect(relativeRms(logits?.data.subarray(first, first + rows.length) ?? [], rows)).toBeLessThan(1e-6)
    }
  })

  it.each(['left', 'right'])('padded on the %s: the same rows, and 0 where padding is', async (side) => {
    const width = Math.max(...lengths) + 2
    const pad = (sequence: readonly number[], filler: number) => {
      const padding = Array.from({ length: width - sequence.length }, () => filler)
      return side === 'left' ? [...padding, ...sequence] : [...sequence, ...padding]
    }
    const attentionMask = sequences.map((sequence) =>
      pad(
        sequence.map(() => 1),
        0,
      ),
    )
    const { logits } = await judged.model.forward(
      sequences.map((sequence) => pad(sequence, 3)),
      { attentionMask },
    )
    expect(logits?.shape).toEqual([lengths.length, width, vocab()])
    for (const [b, rows] of apart.entries()) {
      const first = (b * width + (side === 'left' ? width - (lengths[b] ?? 0) : 0)) * vocab()
      expect(relativeRms(logits?.data.subarray(first, first + rows.length) ?? [], rows)).toBeLessThan(1e-6)
      const padding = side === 'left' ? first - vocab() : first + rows.length
      expect(logits?.data.subarray(padding, padding + vocab()).every((x) => x === 0)).toBe(true)
    }
  })

  it('prefill takes the same layouts', async () => {
    const cuSeqlens = [0, 5, 6, 76]
    const session = judged.model.session({ batch: 3 })
    await session.prefill(sequences.slice(0, 3).flat(), { cuSeqlens })
    const { logits } = await session.outputs()
    for (let b = 0; b < 3; b++) {
      const last = apart[b]?.subarray(-vocab()) ?? []
      expect(relativeRms(logits?.data.subarray(b * vocab(), (b + 1) * vocab()) ?? [], last)).toBeLessThan(1e-5)
    }
    session.dispose()
  })

  it.each([
    ['both layouts', [1, 2], { cuSeqlens: [0, 2], attentionMask: [[1, 1]] }],
    ['a start that is not 0', [1, 2], { cuSeqlens: [1, 2] }],
    ['an empty sequence', [1, 2], { cuSeqlens: [0, 0, 2] }],
    ['a total that is not there', [1, 2], { cuSeqlens: [0, 3] }],
    ['sequences beside cuSeqlens', [[1], [2]], { cuSeqlens: [0, 2] }],
    ['tokens after padding', [[1, 2, 3]], { attentionMask: [[1, 0, 1]] }],
    ['masks of two lengths', [[1, 2], [1]], { attentionMask: [[1, 1], [1]] }],
    ['nothing but padding', [[1, 2]], { attentionMask: [[0, 0]] }],
  ])('refuses %s', async (_, input, layout) => {
    await expect(judged.model.forward(input, layout)).rejects.toThrow(InputError)
  })
})
