import { stateTooLarge, tooManyBuffers } from '../diagnostics/catalogue/plan.ts'
import type { Diagnostic } from '../diagnostics/diagnostic.ts'
import type { Graph, NodeId } from '../graph/graph.ts'
import type { Model } from '../model/model.ts'
import type { ArenaEntry, Command, Manifest, StateEntry } from '../runtime/manifest.ts'
import type { KernelProof } from '../runtime/proofs.ts'
import { product } from './expression/index.ts'
import { planTake } from './families/take.ts'
import { entryOf, KernelTable, type PlannedKernel } from './finalise.ts'
import { foldConstants } from './graph/constants.ts'
import { findFacts } from './graph/facts.ts'
import { simplify } from './graph/simplify.ts'
import { statesOf } from './graph/states.ts'
import { placeSlots } from './memory.ts'
import { partition } from './partition.ts'
import { PlanProblem } from './problem.ts'
import { type DeviceProfile, portable } from './profile.ts'
import type { Mode, PendingLaunch, PlanContext, Program } from './program.ts'
import { findProofs } from './proofs.ts'
import { layOutWeights } from './weights.ts'

/** Everything that emission needs: the manifest, the kernels it names, and the graph that they compute. */
export interface Plan {
  readonly profile: DeviceProfile
  readonly graph: Graph
  readonly manifest: Manifest
  readonly kernels: readonly PlannedKernel[]
  /** One run of commands for every kernel, with the graph values that it reads and writes, for `verify()`. */
  readonly proofs: readonly KernelProof[]
}

/** From a checked model to kernels and programs for a device profile; or what of it cannot be planned. */
export function planModel(
  model: Model,
  profile: DeviceProfile = portable,
): { readonly plan: Plan; readonly diagnostics: readonly [] } | { readonly plan: undefined; readonly diagnostics: readonly Diagnostic[] } {
  try {
    return { plan: buildPlan(model, profile), diagnostics: [] }
  } catch (error) {
    if (error instanceof PlanProblem) return { plan: undefined, diagnostics: [error.diagnostic] }
    throw error
  }
}

function buildPlan(model: Model, profile: DeviceProfile): Plan {
  const { graph, constants } = foldConstants(simplify(model.graph))
  const facts = findFacts(graph, profile.bindingWords)
  const weights = layOutWeights(graph, facts, model.weights, constants, profile)
  const { states, stateOf } = statesOf(graph)
  for (const state of states) {
    if (state.words > profile.bindingWords)
      throw new PlanProblem(
        stateTooLarge.at(undefined, {
          state: state.path,
          bytes: state.words * 4,
          allowed: profile.bindingWords * 4,
          profile: profile.name,
        }),
      )
  }
  const context: PlanContext = { graph, facts, weights, profile, states, stateOf }

  const step = newProgram(context, 'step')
  partition(step)
  const isTail = (launch: PendingLaunch) => facts.tail.has(launch.specification.node)
  const [stepCore, tail] = split(step.launches, isTail)
  const slotsOf = (launches: readonly PendingLaunch[], access: 'read' | 'read_write') =>
    new Set(launches.flatMap((launch) => launch.operands.flatMap((o) => (o.kind === 'slot' && o.access === access ? [o.slot] : []))))
  const written = slotsOf(stepCore, 'read_write')
  const frontier = [...slotsOf(tail, 'read')].filter((slot) => written.has(slot))
  const crossing = [...step.locations].filter(([, at]) => frontier.includes(at.slot)).map(([id]) => id)

  const prefill = newProgram(context, 'prefill', step.slots.length)
  partition(prefill, new Set(crossing))
  const [core, forwardTail] = split(prefill.launches, isTail)
  const takes = frontier.map((slot): PendingLaunch => {
    const id = crossing.find((node) => step.locations.get(node)?.slot === slot) as NodeId
    const from = prefill.locations.get(id)
    const to = step.slots[slot]
    const source = from && prefill.slots[from.slot]
    if (!source || !to || source.words !== to.words)
      throw new Error(`${graph.nodes[id]?.op} of ${graph.nodes[id]?.path} lies differently in prefill and step`)
    return planTake(
      source,
      to,
      graph.nodes[id]?.path ?? '',
      crossing.filter((node) => step.locations.get(node)?.slot === slot),
    )
  })

  const arenas: ArenaEntry[] = []
  const table = new KernelTable()
  const frontierSlots = step.slots.filter((slot) => slot && frontier.includes(slot.id))
  const inPrefill = prefill.slots.filter((slot) => slot && slot.id >= step.slots.length)
  const tailSlots = new Set(forwardTail.flatMap((l) => l.operands.flatMap((o) => (o.kind === 'slot' ? [o.slot] : []))))
  const coreSlots = new Set([...core, ...takes].flatMap((l) => l.operands.flatMap((o) => (o.kind === 'slot' ? [o.slot] : []))))
  const placed = new Map([...placeSlots(frontierSlots, [...step.launches, ...takes], { rows: 'batch', use: 'session' }, arenas, false)])
  const all = (slots: Parameters<typeof placeSlots>[0], launches: readonly PendingLaunch[], entry: Omit<ArenaEntry, 'words'>) => {
    for (const [slot, at] of placeSlots(slots, launches, entry, arenas)) placed.set(slot, at)
  }
  all(
    step.slots.filter((slot) => !frontier.includes(slot.id)),
    [...stepCore, ...tail],
    { rows: 'batch', use: 'session' },
  )
  all(
    inPrefill.filter((slot) => coreSlots.has(slot.id)),
    [...core, ...takes, ...forwardTail],
    { rows: 'chunk', use: 'session' },
  )
  all(
    inPrefill.filter((slot) => tailSlots.has(slot.id) && !coreSlots.has(slot.id)),
    forwardTail,
    { rows: 'chunk', use: 'forward' },
  )

  const finalise = (launches: readonly PendingLaunch[]): Command[] => launches.map((launch) => table.finalise(launch, placed))
  const programs = {
    prefill: finalise(core),
    take: finalise(takes),
    tail: finalise(tail),
    step: finalise([...stepCore, ...tail]),
    forwardTail: finalise(forwardTail),
  }
  for (const kernel of table.kernels) {
    const needed = kernel.bindings.length
    if (needed <= profile.storageBuffers) continue
    throw new PlanProblem(
      tooManyBuffers.at(undefined, {
        path: kernel.doc[0]?.split(':')[0] ?? '',
        kernel: kernel.family,
        needed,
        allowed: profile.storageBuffers,
        profile: profile.name,
      }),
    )
  }
  const operand = (program: Program, id: NodeId) => {
    const at = program.locations.get(id)
    const place = at && placed.get(at.slot)
    if (!at || !place) return undefined
    return {
      arena: place.arena,
      offset: place.offset,
      words: product(graph.nodes[id]?.type.shape ?? []),
      stride: program.slots[at.slot]?.words ?? 0,
      column: at.column,
    }
  }
  const io = model.outputs.map((output) => {
    const id = graph.outputs.find((o) => o.name === output.name)?.node
    const [last, every] = id === undefined ? [] : [operand(step, id), operand(prefill, id)]
    return { ...describe(output), ...(last ? { last } : {}), ...(every ? { all: every } : {}) }
  })
  const manifest: Manifest = {
    format: 1,
    name: model.name,
    doc: model.doc,
    inputs: model.inputs.map((input) => {
      const below = tableRows(graph, input.name)
      return { ...describe(input), ...(below === undefined ? {} : { below }) }
    }),
    outputs: io,
    horizon: model.horizon,
    weights: weights.entries,
    weightBuffers: weights.bufferWords,
    states,
    arenas,
    kernels: table.kernels.map(entryOf),
    programs,
    sampling: samplingOf(model),
    checkpoint: model.checkpoint && { weights: model.checkpoint.weights, ignore: model.checkpoint.ignore, expect: model.checkpoint.expect },
    limits: limitsOf(weights.bufferWords),
    parameters: model.weights.reduce((sum, weight) => sum + product(weight.shape), 0),
  }
  const proofs = findProofs(graph, manifest, [
    { name: 'prefill', launches: core, place: (id) => operand(prefill, id) },
    { name: 'step', launches: [...stepCore, ...tail], place: (id) => operand(step, id) },
    { name: 'forwardTail', launches: forwardTail, place: (id) => operand(prefill, id) },
    { name: 'take', launches: takes, place: (id) => operand(prefill, id), taken: (id) => operand(step, id) },
  ])
  return { profile, graph, manifest, kernels: table.kernels, proofs }
}

/** Slot ids are unique over all programs, so that one placement serves them. */
function newProgram(context: PlanContext, mode: Mode, firstSlot = 0): Program {
  const slots: Program['slots'] = []
  slots.length = firstSlot
  return { ...context, mode, slots, locations: new Map(), launches: [] }
}

function split<T>(items: readonly T[], second: (item: T) => boolean): [T[], T[]] {
  return [items.filter((item) => !second(item)), items.filter(second)]
}

const describe = (entry: Model['inputs'][number]) => ({
  name: entry.name,
  doc: entry.doc,
  dtype: entry.type.dtype === 'u32' ? ('u32' as const) : ('f32' as const),
  batch: entry.type.batch,
  time: entry.type.time,
  shape: entry.type.shape,
})

/** Rows of the smallest table that an input indexes. */
function tableRows(graph: Graph, input: string): number | undefined {
  const sizes = graph.nodes.flatMap((node) => {
    const [table, ids] = node.inputs
    if (node.op !== 'embedding' || table === undefined || ids === undefined) return []
    return graph.nodes[ids]?.op === 'input' && graph.nodes[ids]?.attrs['name'] === input ? [graph.nodes[table]?.type.shape[0] ?? 0] : []
  })
  return sizes.length === 0 ? undefined : Math.min(...sizes)
}

function samplingOf(model: Model): Manifest['sampling'] {
  const [tokens, ...moreInputs] = model.inputs
  const logits = model.outputs.find(
    (output) => output.type.time && output.type.batch && output.type.shape.length === 1 && output.type.dtype === 'f32',
  )
  if (
    !tokens ||
    moreInputs.length > 0 ||
    !logits ||
    tokens.type.dtype !== 'u32' ||
    tokens.type.shape.length > 0 ||
    model.horizon.kind !== 'causal'
  )
    return null
  return { tokens: tokens.name, logits: logits.name, vocab: logits.type.shape[0] ?? 0 }
}

/** Only what exceeds WebGPU's defaults has to be asked for. */
function limitsOf(buffers: readonly number[]): Record<string, number> {
  const largest = Math.max(...buffers) * 4
  return largest > 256 * 1024 * 1024 ? { maxBufferSize: largest } : {}
}

export type { StateEntry }
