import { describe, expect, it } from 'vitest'
import { model, only, over, shapesOf } from './support/spec.ts'

const routed = (each: string, rest = ''): string =>
  over(
    `l = linear(x, 4) as gate
  e = top_k(l, 2)
  y = bank(x, ${each}, 4, at: e, by: softmax(gather(l, e))) as experts`,
    rest,
  )

describe('a bank', () => {
  it('gives every weight of its recipe an axis of experts', () => {
    expect(shapesOf(model(routed('swiglu(5)')))).toEqual({
      'gate.weight': [4, 8],
      'experts.gate_proj.weight': [4, 5, 8],
      'experts.up_proj.weight': [4, 5, 8],
      'experts.down_proj.weight': [4, 8, 5],
    })
  })

  it('looks up the rows of weights that are no matrices', () => {
    const { graph, weights } = model(
      routed('normed()', 'layer normed() {\n in x: f32[.., d]\n out linear(rms_norm(x), d, bias: zeros)\n }'),
    )
    expect(graph.nodes.filter(({ op }) => op === 'embedding').length).toBe(2)
    expect(weights.find(({ path }) => path === 'experts.rms_norm.weight')?.shape).toEqual([4, 8])
  })

  it('takes no expert that keeps a state', () => {
    expect(only(routed('short_conv(3)')).code).toBe('GDN2112')
  })

  it('takes only choices that are below the number of experts', () => {
    expect(only(routed('swiglu(5)').replace(', 4, at', ', 3, at')).code).toBe('GDN2201')
  })
})

describe('moe', () => {
  it.each([
    'moe(6, 2, swiglu(5))',
    'moe(6, 2, clamped_swiglu(5), router: "top_softmax", bias: zeros)',
    'moe(6, 2, relu2(5), router: "sigmoid", scale: 2.5, latent: 3, common: relu2(7))',
    'moe(6, 2, swiglu(5), common: swiglu(5), common_gate: true)',
  ])('%s', (layer) => {
    expect(model(over(`y = ${layer}(x) as mlp`)).weights.length).toBeGreaterThan(3)
  })
})
