import { describe, expect, it } from 'vitest'
import { GraphBuilder } from '../../src/graph/builder.ts'
import { removeDead } from '../../src/graph/dead.ts'
import { ShapeError } from '../../src/graph/op.ts'
import { printGraph } from '../../src/graph/print.ts'
import { verifyGraph } from '../../src/graph/verify.ts'
import { gatedDelta, softmaxAttention } from './bodies.ts'

const tokens = { dtype: 'f32', batch: true, time: true, shape: [4] } as const

describe('GraphBuilder', () => {
  it('types what it adds and merges nothing', () => {
    const g = new GraphBuilder()
    const [a, b] = [g.constant(1), g.constant(1)]
    expect(a).not.toBe(b)
    expect(g.type(g.pointwise('add', [g.input('x', tokens), a]))).toEqual(tokens)
    expect(() => g.add('softmax', [a])).toThrow(ShapeError)
    expect(() => g.add('softmax', [99])).toThrow('no node 99 among')
    expect(() => g.finish([{ name: 'y', node: 99 }])).toThrow('no node 99 among')
  })

  it('leaves nothing behind of what was refused', () => {
    const g = new GraphBuilder()
    const x = g.input('x', tokens)
    expect(() => g.add('linear', [x, g.weight('w', [3, 5])], { out: [3] })).toThrow('found f32[3, 5], expected f32[3, 4]')
    expect(verifyGraph(g.finish([{ name: 'x', node: x }]))).toEqual([])
  })

  it('knows bounds', () => {
    const g = new GraphBuilder()
    const x = g.input('x', tokens)
    const gate = g.pointwise('neg', [g.pointwise('mul', [g.pointwise('exp', [g.weight('A', [4])]), g.pointwise('softplus', [x])])])
    expect(g.range(gate)).toEqual({ min: Number.NEGATIVE_INFINITY, max: 0 })
    expect(g.range(g.add('slice', [gate], { axis: 0, start: 1, end: 2 })).max).toBe(0)
    expect(g.range(g.add('norm', [x], { kind: 'l2', eps: 1e-6, over: 1 }))).toEqual({ min: -1, max: 1 })
    expect(g.range(g.add('norm', [x], { kind: 'rms', eps: 1e-6, over: 1 }))).toEqual({ min: -2, max: 2 })
    expect(g.range(g.add('position', [])).min).toBe(0)
    expect(g.range(g.add('iota', [], { count: 5 }))).toEqual({ min: 0, max: 4 })
    expect(g.range(g.pointwise('sub', [g.add('position', []), g.add('constant', [], { value: 1, dtype: 'u32' })])).min).toBe(0)
    expect(g.range(g.pointwise('mul', [x, x])).min).toBe(0)
    expect(g.range(g.add('concat', [g.pointwise('sigmoid', [x]), g.add('softmax', [x])], { axis: 0 }))).toEqual({ min: 0, max: 1 })
    expect(g.range(x).max).toBe(Number.POSITIVE_INFINITY)
  })
})

function sample() {
  const g = new GraphBuilder()
  const at = { path: 'layers.0', source: 'a.gdn:3:1' }
  const unused = g.input('unused', tokens)
  const x = g.input('x', tokens)
  g.pointwise('exp', [unused])
  const half = g.add('constant', [], { value: 0.5 })
  g.addRecurrence(gatedDelta(1, 2))
  const body = g.addRecurrence(gatedDelta(4, 4))
  const r = g.add('recurrence', [x, x, x, half, half], { body, chunk: 16 }, at)
  const a = g.add('attention', [x, x, x], { body: g.addAttention(softmaxAttention(4, 4, { window: 3 })) }, at)
  g.pointwise('add', [r, a])
  return g.finish([
    { name: 'y', node: a },
    { name: 'state', node: g.finalState(r, 'S', at) },
  ])
}

describe('removeDead', () => {
  it('keeps what outputs depend on, with new ids and the same bodies', () => {
    const graph = sample()
    const live = removeDead(graph)
    expect(live.nodes.map((node) => node.op)).toEqual(['input', 'constant', 'recurrence', 'attention', 'final_state'])
    expect(verifyGraph(live)).toEqual([])
    expect(live.recurrences).toBe(graph.recurrences)
    expect(live.outputs).toEqual([
      { name: 'y', node: 3 },
      { name: 'state', node: 4 },
    ])
    expect(removeDead(live)).toEqual(live)
  })
})

describe('printGraph', () => {
  it('prints nodes, outputs and bodies', () => {
    expect(printGraph(removeDead(sample()))).toMatchInlineSnapshot(`
      "%0 f32[B, T, 4] = input {batch: true, dtype: f32, name: x, shape: [4], time: true}
      %1 f32          = constant {value: 0.5}
      %2 f32[B, T, 4] = recurrence {body: 1, chunk: 16} %0 %0 %0 %1 %1  // layers.0 a.gdn:3:1
      %3 f32[B, T, 4] = attention {body: 0} %0 %0 %0  // layers.0 a.gdn:3:1
      %4 f32[B, 4, 4] = final_state {body: 1, name: S} %2  // layers.0 a.gdn:3:1
      output y = %3
      output state = %4

      recurrence 0 gated_delta(q: f32[1], k: f32[1], v: f32[2], beta: f32 in 0..2, g: f32 in ..0)  // test.gdn:1:1
        state S: f32[1, 2] = 0, next %12
        %0 f32[1] = param {index: 0}
        %1 f32[1] = param {index: 1}
        %2 f32[2] = param {index: 2}
        %3 f32 = param {index: 3}
        %4 f32 = param {index: 4}
        %5 f32[1, 2] = state {index: 0}
        %6 f32 = pointwise {fn: exp} %4
        %7 f32[1, 2] = pointwise {fn: mul} %6 %5
        %8 f32[2] = read %7 %1
        %9 f32[2] = pointwise {fn: sub} %2 %8
        %10 f32[2] = pointwise {fn: mul} %3 %9
        %11 f32[1, 2] = outer %1 %10
        %12 f32[1, 2] = pointwise {fn: add} %7 %11
        %13 f32[2] = read %12 %0
        %14 f32 = constant {value: 1}
        %15 f32 = pointwise {fn: rsqrt} %14
        %16 f32[2] = pointwise {fn: mul} %13 %15
        out %16

      recurrence 1 gated_delta(q: f32[4], k: f32[4], v: f32[4], beta: f32 in 0..2, g: f32 in ..0)  // test.gdn:1:1
        state S: f32[4, 4] = 0, next %12
        %0 f32[4] = param {index: 0}
        %1 f32[4] = param {index: 1}
        %2 f32[4] = param {index: 2}
        %3 f32 = param {index: 3}
        %4 f32 = param {index: 4}
        %5 f32[4, 4] = state {index: 0}
        %6 f32 = pointwise {fn: exp} %4
        %7 f32[4, 4] = pointwise {fn: mul} %6 %5
        %8 f32[4] = read %7 %1
        %9 f32[4] = pointwise {fn: sub} %2 %8
        %10 f32[4] = pointwise {fn: mul} %3 %9
        %11 f32[4, 4] = outer %1 %10
        %12 f32[4, 4] = pointwise {fn: add} %7 %11
        %13 f32[4] = read %12 %0
        %14 f32 = constant {value: 4}
        %15 f32 = pointwise {fn: rsqrt} %14
        %16 f32[4] = pointwise {fn: mul} %13 %15
        out %16

      attention 0 dense(q[i]: f32[4], k[j]: f32[4], v[j]: f32[4])
        %0 f32[4] = param {index: 0}
        %1 f32[4] = param {index: 1}
        %2 f32[4] = param {index: 2}
        %3 u32 = position_i
        %4 u32 = position_j
        %5 bool = pointwise {fn: le} %4 %3
        %6 u32 = pointwise {fn: sub} %3 %4
        %7 u32 = constant {value: 3}
        %8 bool = pointwise {fn: lt} %6 %7
        %9 bool = pointwise {fn: and} %5 %8
        %10 f32 = dot %0 %1
        %11 f32 = constant {value: 0.5}
        %12 f32 = pointwise {fn: mul} %10 %11
        where %9
        out softmax(%12) of %2
      "
    `)
  })
})
