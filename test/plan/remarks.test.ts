import { expect, it } from 'vitest'
import { mayGrow } from '../../src/diagnostics/catalogue/plan.ts'
import { remarksOf } from '../../src/plan/remarks.ts'
import { modelOf } from '../support/spec.ts'

const [, example = ''] = /```gdn\n([\s\S]*?)```/.exec(mayGrow.page) ?? []

it('warns of a decay that nothing bounds, once per recurrence', () => {
  const found = remarksOf([modelOf(example).graph], new Map([['spec.gdn', { path: 'spec.gdn', text: example }]]))
  expect(
    found.map(({ code, severity, message, label, span }) => [code, severity, message, label, example.slice(span?.start, span?.end)]),
  ).toEqual([
    [
      'GDN3005',
      'warning',
      'growing multiplies S by exp(g), which may exceed 1, so it is computed token by token',
      'expected a factor of at most 1: declare the range of `g`, such as `in .. 0`',
      'growing',
    ],
  ])
})

it('says where it is, where the text is not known', () => {
  const [found] = remarksOf([modelOf(example).graph])
  expect([found?.span, found?.notes]).toEqual([undefined, ['at spec.gdn:2:12']])
})

it('says nothing where the range is declared', () => {
  const bounded = example.replace('g: f32)', 'g: f32 in .. 0)').replace('linear(x, 1) | sum)', 'log_sigmoid(linear(x, 1)) | sum)')
  expect(remarksOf([modelOf(bounded).graph])).toEqual([])
})
