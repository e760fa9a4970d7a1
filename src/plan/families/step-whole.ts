import { z } from 'zod'
import { words } from '../../analyse/body.ts'
import type { Node } from '../../graph/graph.ts'
import { Block } from '../body/block.ts'
import type { FamilyContext } from '../body/context.ts'
import { headMapping, paramName } from '../body/operands.ts'
import { outsideSpan, recurrenceOf, resetBefore, stateOperands } from '../body/state.ts'
import { printWhole, type WholeLayout } from '../body/whole.ts'
import * as Index from '../expression/index.ts'
import type { Launch } from '../kernel.ts'
import { refuse } from '../problem.ts'
import { leavesOf } from './step.ts'

const lines = z.array(z.string())

export const stepWholeSchema = z.strictObject({
  heads: z.int().positive(),
  threads: z.int().positive(),
  workgroup: z.array(z.strictObject({ name: z.string(), words: z.int().positive() })),
  load: lines,
  before: lines,
  token: lines,
  save: lines,
})

/**
 * One kernel that carries the states of any recurrence through this pass's tokens one by one, a workgroup for each head of each sequence.
 * States lie in workgroup memory if they fit beside the vectors, else they are worked on where they are stored.
 */
export function planStepWhole(context: FamilyContext, node: Node): Launch {
  const body = recurrenceOf(context.graph, node)
  const mapping = headMapping(context.graph, node, body.params)
  const outWords = words(body.nodes[body.out]?.shape ?? [])
  const sizes = body.states.map((state) => words(state.shape))
  const widest = Math.max(outWords, ...sizes)
  const threads = Math.min(context.profile.invocations, Math.max(32, 2 ** Math.ceil(Math.log2(widest))))
  const scope = context.scope({ threads })
  const states = stateOperands(scope, node, body, mapping)
  const stored = states.map((state, index) => (flat: string) => `${state.variable}[(sequence * HEADS + head) * ${sizes[index]}u + ${flat}]`)
  const names = body.states.map((state) => `${paramName(state.name).replace(/_in$/, '')}_state`)
  const print = (state: WholeLayout['state'], barrier: readonly string[]) =>
    printWhole(
      body,
      { threads, state, barrier, store: (flat, value) => scope.store(node.id, 'row', `head * ${outWords}u + ${flat}`, value) },
      leavesOf(scope, mapping, body),
    )
  const near = print(
    names.map((name) => (flat: string) => `${name}[${flat}]`),
    ['workgroupBarrier();'],
  )
  const vectors = near.arrays.reduce((sum, array) => sum + array.words, 0)
  const fits = vectors + sizes.reduce((sum, size) => sum + size, 0) + threads <= context.profile.workgroupWords
  if (!fits && vectors + threads > context.profile.workgroupWords) {
    refuse(
      node,
      `a token of recurrence ${body.name} needs ${(vectors + threads) * 4} bytes of workgroup memory, ${context.profile.name} has ${context.profile.workgroupWords * 4}`,
    )
  }
  const text = fits ? near : print(stored, ['workgroupBarrier();', 'storageBarrier();'])

  const load = new Block()
  const save = new Block()
  for (const [index, state] of states.entries()) {
    const size = sizes[index] as number
    const word = stored[index]?.('k') as string
    const at = Index.unflatten(Index.variable('k', size), state.shape).map(Index.printOperand)
    const loop = `for (var k = lane; k < ${size}u; k += ${threads}u)`
    const entry = new Block()
    const value = state.entry(word, at, entry)
    if (!fits && value === word) continue
    load.nest(loop, (inner) => inner.push(...entry.lines, `${fits ? `${names[index]}[k]` : word} = ${value};`))
    if (fits) save.nest(loop, (inner) => inner.push(`${word} = ${names[index]}[k];`))
  }
  const barrier = ['workgroupBarrier();', ...(fits ? [] : ['storageBarrier();'])]
  load.push(...barrier)
  const before = new Block()
  const outside = outsideSpan(node, 'start + t')
  const reset = resetBefore(scope, node)
  if (outside !== null) {
    before.nest(`if (${outside})`, (inner) => {
      inner.nest(`for (var k = lane; k < ${outWords}u; k += ${threads}u)`, (loop) =>
        loop.push(scope.store(node.id, 'row', `head * ${outWords}u + k`, '0.0')),
      )
      inner.push('continue;')
    })
  }
  if (reset !== null) {
    before.nest(`if (${reset})`, (inner) => {
      for (const [index, size] of sizes.entries())
        inner.push(
          `for (var k = lane; k < ${size}u; k += ${threads}u) {`,
          `  ${fits ? `${names[index]}[k]` : stored[index]?.('k')} = 0.0;`,
          '}',
        )
    })
    before.push(...barrier)
  }
  return scope.launch({
    family: 'step',
    name: `whole_${body.states.map((state) => state.shape.join('x')).join('_')}`,
    template: 'step_whole',
    view: {
      heads: mapping.count,
      threads,
      workgroup: [...(fits ? names.map((name, index) => ({ name, words: sizes[index] as number })) : []), ...text.arrays],
      load: load.lines,
      before: before.lines,
      token: [...text.lines],
      save: save.lines,
    } satisfies z.infer<typeof stepWholeSchema>,
    doc: [
      `${node.path || 'model'}: the recurrence ${body.name}, token by token, states ${fits ? 'in workgroup memory' : 'where they are stored'}`,
      `grid: (${mapping.count} heads, sequences)`,
      ...body.states.map((state) => `${state.name}: f32[batch, ${[...mapping.heads, ...state.shape].join(', ')}]`),
    ],
    grid: [mapping.count, { of: 'batch', times: 1, tile: 1 }, 1],
    node: node.id,
  })
}
