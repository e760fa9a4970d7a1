import type { Node, NodeId } from '../graph/graph.ts'
import { reducedAxes } from './expression/cone.ts'
import * as Index from './expression/index.ts'
import { canReduceGroups, type Read, scatteredReductions } from './expression/stats.ts'
import { planAttention, STEP_FORMS } from './families/attend.ts'
import type { StepForm } from './families/attend-text.ts'
import { planBank } from './families/bank.ts'
import { gemvReads, planLinear } from './families/linear.ts'
import { planPointwise } from './families/pointwise.ts'
import { planPool } from './families/pool.ts'
import { planRecurrence } from './families/recurrence.ts'
import { planTopK } from './families/route.ts'
import { collectReductions, planRows, wordsOfGroup } from './families/rows.ts'
import { planTable } from './families/table.ts'
import { convolutionsOf, planWindow } from './families/window.ts'
import { isAnchor } from './graph/facts.ts'
import { tablePath } from './graph/tables.ts'
import { pastOf, readsOtherRows } from './past.ts'
import { materialise, node as nodeOf, type PendingLaunch, type Program } from './program.ts'
import { KernelScope } from './scope.ts'
import { matrixOf } from './storage.ts'

/**
 * Divides the graph into kernels, in an order that respects every dependency. What lies between anchors (products, recurrences,
 * attentions) is computed inside the kernels that need it, unless several need it and it is not cheap.
 */
export function partition(program: Program, keep: ReadonlySet<NodeId> = new Set()): void {
  const shared = findShared(program, keep)
  const settle = (id: NodeId): void => {
    const node = nodeOf(program, id)
    if (program.locations.has(id) || isLeaf(node)) return
    for (const input of node.inputs) settle(input)
    // What is read at other rows is not reduced there, and a window is kept by a kernel that reduces nothing.
    if (readsOtherRows(node)) for (const input of node.inputs) if (reductionsOf(program, input).length > 0) store(program, input)
    // An index of run time says nothing of the group that a reduction is for.
    if (node.op === 'gather' && !isView(program, node.inputs[0] as NodeId)) store(program, node.inputs[0] as NodeId)
    if (shared.has(id) || isSplitTable(program, node)) store(program, id)
  }
  for (const node of program.graph.nodes) {
    for (const anchor of emittedAt(program, node)) planAnchor(program, anchor, settle)
    if (shared.has(node.id) && !program.locations.has(node.id) && nodeIsReady(node)) {
      settle(node.id)
      if (!program.locations.has(node.id)) store(program, node.id)
    }
  }
  placeWindows(program)
}

const nodeIsReady = (node: Node): boolean => !isAnchor(node)
const isLeaf = (node: Node): boolean => node.inputs.length === 0

/** Anchors whose kernel is made when `node` is reached: after the last operand of what is fused behind them. */
function emittedAt(program: Program, node: Node): Node[] {
  const found: Node[] = []
  if (isAnchor(node) && !program.facts.chains.has(node.id)) {
    const group = program.facts.groups.get(node.id)
    if (!group || group.members[0] === node.id) found.push(node)
  }
  for (const [anchor, chain] of program.facts.chains) if (chain.last === node.id) found.push(nodeOf(program, anchor))
  return found
}

function planAnchor(program: Program, node: Node, settle: (id: NodeId) => void): void {
  for (const input of node.inputs) settle(input)
  for (const link of program.facts.chains.get(node.id)?.links ?? [])
    for (const input of nodeOf(program, link.node).inputs) if (input !== link.from) settle(input)
  if (node.op === 'linear') {
    const [x] = node.inputs as [NodeId]
    const reductions = reductionsOf(program, x)
    const group = program.facts.groups.get(node.id)
    if (!group) throw new Error('a linear without a group')
    const wide = reductions.some((r) => {
      const shape = nodeOf(program, r.inputs[0] as NodeId).type.shape
      return Index.product(shape.slice(0, -reducedAxes(r))) !== 1 && !canReduceGroups(r, shape)
    })
    const format = program.weights.wordFormat(matrixOf(program.graph, node.id) ?? '')
    const reads = gemvReads(nodeOf(program, x).type.shape, format).map((index) => ({ id: x, index }))
    const scattered = scatteredReductions(program, reads, /\bj\b/, 'k').length > 0
    if (program.mode === 'prefill' || group.vectors > 1 ? !isView(program, x) : wide || scattered) store(program, x)
    planLinear(program, node.id, group)
    return
  }
  if (node.op === 'top_k' || node.op === 'linear_bank') {
    const [x] = node.inputs as [NodeId]
    // A bank's choices are read many times over where they are sorted.
    for (const read of node.op === 'top_k' ? [x] : [x, node.inputs[2] as NodeId])
      if (reductionsOf(program, read).length > 0 || (program.mode === 'prefill' && !isView(program, read))) store(program, read)
    if (node.op === 'top_k') planTopK(program, node.id)
    else planBank(program, node.id)
    return
  }
  if (node.op === 'pool') {
    for (const input of node.inputs) if (reductionsOf(program, input).length > 0 || readsRows(program, input)) store(program, input)
    planPool(program, node.id)
    return
  }
  planHeads(program, node)
}

/** A recurrence or an attention: of what a step may do at once, the most for which the portable number of buffers is enough. */
function planHeads(program: Program, node: Node): void {
  const last = program.facts.chains.get(node.id)?.last ?? node.id
  const family = {
    graph: program.graph,
    profile: program.profile,
    scope: (options: { readonly threads: number; readonly heads?: number }) => new KernelScope(program, options),
  }
  for (const form of node.op === 'attention' && program.mode === 'step' ? STEP_FORMS : STEP_FORMS.slice(-1)) {
    storeArguments(program, node, form)
    materialise(program, last, Index.product(node.type.shape))
    const planned =
      node.op === 'recurrence' ? planRecurrence(family, node.id, program.mode) : planAttention(family, node.id, program.mode, form)
    const launches = planned as PendingLaunch[] | null
    if (launches === null) continue
    const fits = launches.every(({ operands }) => operands.length <= program.profile.storageBuffers)
    if (!fits && form !== STEP_FORMS.at(-1)) continue
    program.launches.push(...launches)
    return
  }
}

/** Gives those arguments a place in memory that the node's kernels cannot make themselves. */
function storeArguments(program: Program, node: Node, form: StepForm): void {
  for (const [i, input] of node.inputs.entries()) {
    if (!nodeOf(program, input).type.time || isView(program, input) || (program.mode === 'step' && isPerHead(program, node, i, form)))
      continue
    if (reductionsOf(program, input).length > 0 || readsRows(program, input)) store(program, withoutViews(program, input))
  }
  if (program.mode === 'step')
    for (const id of scatteredReductions(program, headReads(program, node), /\b(j|inside\d+)\b/)) store(program, id)
}

/**
 * Whether a step kernel's workgroups each read one head of an argument, so that a reduction inside a head is made once. A kernel that
 * only appends keys and values does so for all heads at once.
 */
function isPerHead(program: Program, node: Node, argument: number, form: StepForm): boolean {
  // A mask of resets takes a binding of its own, which what is fused would need.
  if (node.op === 'recurrence') return node.attrs['reset'] !== true
  return form.appends || program.graph.attentions[node.attrs['body'] as number]?.params[argument]?.side === 'i'
}

/**
 * What one head's workgroup reads of the arguments of a recurrence or attention; axes of equally many heads are mapped alike, but keys
 * and values are read for several heads at once.
 */
function headReads(program: Program, node: Node): readonly Read[] {
  const body = node.attrs['body'] as number
  const params = (node.op === 'recurrence' ? program.graph.recurrences : program.graph.attentions)[body]?.params ?? []
  return params.flatMap((param, i) => {
    const id = node.inputs[i] as NodeId
    const { shape } = nodeOf(program, id).type
    const heads = shape.length - param.shape.length
    const kept = 'side' in param && param.side === 'j' ? '_kept' : ''
    return [{ id, index: shape.map((size, axis) => Index.variable(axis < heads ? `head${axis}_of${size}${kept}` : `inside${axis}`, size)) }]
  })
}

/** Gives a value a kernel and a place of its own. */
function store(program: Program, id: NodeId): void {
  if (program.locations.has(id)) return
  const node = nodeOf(program, id)
  if (isSplitTable(program, node)) planTable(program, id)
  else if (reductionsOf(program, id).length === 0) planPointwise(program, id)
  else if (wordsOfGroup(program, node) !== undefined) planRows(program, id)
  else {
    const inner = reductionsOf(program, id).find((reduction) => reduction.id !== id)
    if (inner === undefined) throw new Error(`${node.op} of ${node.path} cannot be made by workgroups`)
    store(program, inner.id)
    store(program, id)
  }
}

const isSplitTable = (program: Program, node: Node): boolean =>
  node.op === 'embedding' && program.weights.parts(tablePath(program.graph, node.inputs[0] as NodeId)).length > 1

function reductionsOf(program: Program, id: NodeId): Node[] {
  const found: Node[] = []
  if (!program.locations.has(id)) collectReductions(program, nodeOf(program, id), found)
  return found
}

const VIEWS = new Set(['reshape', 'slice', 'permute'])

/** In memory, or a rearrangement of what is. */
function isView(program: Program, id: NodeId): boolean {
  const node = nodeOf(program, id)
  if (program.locations.has(id) || isLeaf(node)) return true
  return VIEWS.has(node.op) && node.inputs.every((input) => isView(program, input))
}

function withoutViews(program: Program, id: NodeId): NodeId {
  const node = nodeOf(program, id)
  return VIEWS.has(node.op) && !program.locations.has(id) ? withoutViews(program, node.inputs[0] as NodeId) : id
}

function readsRows(program: Program, id: NodeId): boolean {
  const node = nodeOf(program, id)
  if (program.locations.has(id) || isAnchor(node)) return false
  return readsOtherRows(node) || node.inputs.some((input) => readsRows(program, input))
}

/** Work per element that is repeated rather than stored: a position times a frequency, a sum of two results. */
const CHEAP = 3

/** Values that several kernels need and that cost more than a load to repeat; outputs; and what the caller wants kept. */
function findShared(program: Program, keep: ReadonlySet<NodeId>): Set<NodeId> {
  const { graph, facts } = program
  const fused = new Set<NodeId>()
  for (const chain of facts.chains.values()) for (const link of chain.links) fused.add(link.node)
  const cost = costs(graph.nodes)
  const shared = new Set<NodeId>()
  const kernels = new Map<NodeId, ReadonlySet<string>>()
  for (const node of [...graph.nodes].reverse()) {
    const users = new Set<string>()
    for (const use of facts.uses.get(node.id) ?? []) {
      const user = nodeOf(program, use)
      if (isAnchor(user)) users.add(`anchor ${facts.groups.get(use)?.members[0] ?? use}`)
      else if (shared.has(use) || fused.has(use)) users.add(`value ${use}`)
      else for (const kernel of kernels.get(use) ?? []) users.add(kernel)
    }
    kernels.set(node.id, users)
    if (isAnchor(node) || isLeaf(node) || fused.has(node.id) || !(node.type.time || node.type.batch)) continue
    if (
      facts.outputs.has(node.id) ||
      facts.beforeTail.has(node.id) ||
      keep.has(node.id) ||
      (users.size > 1 && (cost.get(node.id) ?? 0) > CHEAP)
    )
      shared.add(node.id)
  }
  return shared
}

/** Rough work per element, counting back to anchors. */
function costs(nodes: readonly Node[]): Map<NodeId, number> {
  const cost = new Map<NodeId, number>()
  const cheap = new Set(['add', 'sub', 'mul', 'neg', 'min', 'max', 'to_f32'])
  for (const node of nodes) {
    const own =
      node.op === 'pointwise'
        ? cheap.has(String(node.attrs['fn']))
          ? 1
          : 4
        : VIEWS.has(node.op) || isLeaf(node) || isAnchor(node)
          ? 0
          : node.op === 'embedding'
            ? 2
            : 8
    cost.set(node.id, isAnchor(node) ? 0 : node.inputs.reduce((sum, input) => sum + (cost.get(input) ?? 0), own))
  }
  return cost
}

/** Convolution windows move on after the last kernel that reads them, unless the kernel that made their input has already written them. */
function placeWindows(program: Program): void {
  const written = new Set<NodeId>()
  if (program.mode === 'step') {
    for (const group of new Set(program.facts.groups.values())) {
      const [first] = group.members
      const fused = group.members.length === 1 && first !== undefined && program.facts.chains.has(first)
      if (!fused) for (const { conv } of convolutionsOf(program, group)) written.add(conv)
    }
  }
  for (const node of program.graph.nodes) {
    if (pastOf(node) === 0 || written.has(node.id)) continue
    const key = `state:${node.id}:window`
    const reader = program.launches.findLastIndex((launch) => launch.operands.some((operand) => operand.key === key))
    const end = program.launches.length
    planWindow(program, node.id)
    const [update] = program.launches.splice(end, 1)
    if (update) program.launches.splice(reader + 1, 0, update)
  }
}
