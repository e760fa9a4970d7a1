import { describe, expect, it } from 'vitest'
import type { Model } from '../../src/model/model.ts'
import { verifyModel } from '../../src/model/verify.ts'
import { fixture } from './fixture.ts'

const model = fixture()
const checkpoint = model.checkpoint!

describe('verifyModel', () => {
  it('accepts a whole model', () => {
    expect(verifyModel(model)).toEqual([])
    expect(verifyModel({ ...model, checkpoint: null })).toEqual([])
  })

  it.each<[string, Partial<Model>, string]>([
    ['a broken graph', { graph: { ...model.graph, outputs: [{ name: 'logits', node: 999 }] } }, 'output logits is node 999 of'],
    ['a weight twice', { weights: [...model.weights, model.weights[0]!] }, 'two of weight embed.weight'],
    ['a weight that is not declared', { weights: model.weights.slice(1) }, 'reads weight embed.weight, which the model does not have'],
    [
      'a weight that nothing reads',
      { weights: [...model.weights, { ...model.weights[0]!, path: 'spare' }] },
      'weight spare is not in the graph',
    ],
    [
      'a weight of another shape',
      { weights: model.weights.map((weight) => ({ ...weight, shape: [1] })) },
      'weight embed.weight is [1], in the graph [11, 8]',
    ],
    [
      'an input of another type',
      { inputs: [{ ...model.inputs[0]!, type: { dtype: 'f32', batch: true, time: true, shape: [] } }] },
      'input tokens is declared f32[B, T], in the graph u32[B, T]',
    ],
    ['an input that is not declared', { inputs: [] }, 'the graph has input tokens, the model does not'],
    [
      'an output that is not made',
      { outputs: [...model.outputs, { ...model.outputs[0]!, name: 'more' }] },
      'output more is not in the graph',
    ],
    ['an instance before its parent', { instances: [...model.instances].reverse() }, 'comes before its parent layers.2'],
    [
      'an instance outside its parent',
      { instances: model.instances.map((one) => (one.path === 'head' ? { ...one, parent: 'embed' } : one)) },
      'instance head is not inside its parent embed',
    ],
    [
      'a node of no instance',
      { instances: model.instances.filter((one) => one.path !== 'layers.0.conv') },
      'belongs to layers.0.conv, which is no instance',
    ],
    [
      'a checkpoint that lacks a weight',
      { checkpoint: { ...checkpoint, weights: checkpoint.weights.slice(1) } },
      'the checkpoint does not make weight embed.weight',
    ],
    [
      'a checkpoint that makes another shape',
      {
        checkpoint: { ...checkpoint, weights: checkpoint.weights.map((one) => ({ ...one, from: { kind: 'fill', value: 0, shape: [2] } })) },
      },
      'the checkpoint makes weight embed.weight [2], expected [11, 8]',
    ],
    [
      'a checkpoint that makes what is no weight',
      { checkpoint: { ...checkpoint, weights: [...checkpoint.weights, { ...checkpoint.weights[0]!, path: 'spare' }] } },
      'the checkpoint makes spare, which is no weight',
    ],
    ['two sizes of one name', { sizes: [...model.sizes, ...model.sizes] }, 'two of size d'],
  ])('finds %s', (_, change, expected) => {
    expect(verifyModel({ ...model, ...change }).join('\n')).toContain(expected)
  })

  it('finds attention to later tokens in a causal model', () => {
    const graph = { ...model.graph, attentions: model.graph.attentions.map((body) => ({ ...body, mask: null })) }
    expect(verifyModel({ ...model, graph }).join('\n')).toContain('the model is causal, but node')
    expect(verifyModel({ ...model, graph, horizon: { kind: 'whole', because: 'attention', source: 'tiny.gdn:7:3' } })).toEqual([])
  })
})
