import { expect, it } from 'vitest'
import { mayGrow } from '../../src/diagnostics/catalogue/plan.ts'
import { remarksOf } from '../../src/plan/remarks.ts'
import { modelOf } from '../support/spec.ts'

const [, example = ''] = /```gdn\n([\s\S]*?)```/.exec(mayGrow.page) ?? []

it('warns of a decay that nothing bounds, once per recurrence', () => {
  expect(remarksOf(modelOf(example).graph).map(({ code, args }) => [code, args])).toEqual([
    ['GDN3005', { recurrence: 'growing', state: 'S' }],
  ])
})

it('says nothing where the range is declared', () => {
  const bounded = example.replace('g: f32)', 'g: f32 in .. 0)').replace('linear(x, 1) | sum)', 'log_sigmoid(linear(x, 1)) | sum)')
  expect(remarksOf(modelOf(bounded).graph)).toEqual([])
})
