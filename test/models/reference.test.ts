import { describe, expect, it } from 'vitest'
import { applyTransforms } from '../../src/check/index.ts'
import type { Graph, Tensor } from '../../src/graph/graph.ts'
import type { Model } from '../../src/model/model.ts'
import { evaluate, type States } from '../../src/reference/evaluate.ts'
import { goldenModelFolder, goldenRun } from '../support/golden.ts'
import { relativeRms } from '../support/numbers.ts'
import { f64, readSafetensors } from '../support/safetensors.ts'
import { exampleModel } from '../support/spec.ts'
import { families } from './families.ts'

/** The weights of a model, made of the file's tensors in f64. */
function loadWeights(model: Model, path: string): (path: string) => Tensor {
  const tensors = readSafetensors(path)
  const weights = new Map(
    model.checkpoint!.weights.map(({ path: weight, from }): [string, Tensor] => [
      weight,
      { dtype: 'f32', shape: from.shape, data: applyTransforms(from, (name) => f64(tensors, name)) },
    ]),
  )
  return (weight) => weights.get(weight)!
}

/** Logits [T, vocab] of tokens, those of a whole prompt or those that follow others, and the states after them. */
function forward(
  graph: Graph,
  weights: (path: string) => Tensor,
  ids: readonly number[],
  before?: { readonly start: number; readonly states: States },
): { readonly logits: Float64Array; readonly states: States } {
  const tokens: Tensor = { dtype: 'u32', shape: [1, ids.length], data: Float64Array.from(ids) }
  const extent = { batch: 1, time: ids.length, lengths: [ids.length] }
  const run = { inputs: { tokens }, weights, extent }
  const result = evaluate(graph, before === undefined ? run : { ...run, start: [before.start], states: before.states })
  return { logits: result.outputs['logits']!.data, states: result.states }
}

const largest = (values: Float64Array): number => values.indexOf(values.reduce((a, b) => Math.max(a, b)))

describe.each(families)('the reference on $family', ({ family, file }) => {
  const model = exampleModel(file)
  const weights = loadWeights(model, `${goldenModelFolder(family)}/model.safetensors`)

  describe.each(['short', 'long'] as const)('with the %s prompt', (prompt) => {
    const { inputIds, logits: expected, vocab, greedy } = goldenRun(family, prompt)
    const whole = forward(model.graph, weights, inputIds)

    // The published implementation computes in f32, which is a few 1e-7 from f64 here.
    it('gives the published logits', () => {
      expect(relativeRms(whole.logits, expected)).toBeLessThan(1e-5)
    })

    it('continues with the published tokens, step by step', () => {
      let { logits, states } = whole
      const found: number[] = []
      for (let at = inputIds.length; ; at++) {
        found.push(largest(logits.slice(-vocab)))
        if (found.length === greedy.length) break
        ;({ logits, states } = forward(model.graph, weights, found.slice(-1), { start: at, states }))
      }
      expect(found).toEqual(greedy)
    })
  })
})
