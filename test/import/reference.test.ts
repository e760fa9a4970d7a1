import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { applyTransforms } from '../../src/check/index.ts'
import { nodeCompileHost } from '../../src/driver/index.ts'
import type { Tensor } from '../../src/graph/graph.ts'
import { importCheckpoint } from '../../src/import/index.ts'
import { evaluate } from '../../src/reference/evaluate.ts'
import { goldenFamilies, goldenModelFolder, goldenRun, goldenVariants } from '../support/golden.ts'
import { relativeRms } from '../support/numbers.ts'
import { f64, readSafetensors } from '../support/safetensors.ts'
import { modelOf } from '../support/spec.ts'

/** The imported spec means what was published: its equations in f64, on the file's weights. */
describe('the imported spec, executed in f64', () => {
  it.each([...goldenFamilies, ...goldenVariants])('of %s gives the published logits', (family) => {
    const folder = goldenModelFolder(family)
    const tensors = readSafetensors(`${folder}/model.safetensors`)
    const header = [...tensors].map(([name, { shape }]) => ({ name, shape }))
    const { spec } = importCheckpoint(nodeCompileHost(), JSON.parse(readFileSync(`${folder}/config.json`, 'utf8')), header)
    const { graph, checkpoint } = modelOf(spec!)
    const weights = new Map(
      checkpoint!.weights.map(({ path, from }): [string, Tensor] => [
        path,
        { dtype: 'f32', shape: from.shape, data: applyTransforms(from, (name) => f64(tensors, name)) },
      ]),
    )
    const { inputIds, logits } = goldenRun(family, 'short')
    const { outputs } = evaluate(graph, {
      inputs: { tokens: { dtype: 'u32', shape: [1, inputIds.length], data: Float64Array.from(inputIds) } },
      weights: (path) => weights.get(path)!,
      extent: { batch: 1, time: inputIds.length, lengths: [inputIds.length] },
    })
    expect(relativeRms(outputs['logits']!.data, logits)).toBeLessThan(1e-5)
  })
})
