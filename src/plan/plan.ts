import { stateTooLarge, tooManyBuffers } from '../diagnostics/catalogue/plan.ts'
import type { Diagnostic } from '../diagnostics/diagnostic.ts'
import type { Graph, NodeId } from '../graph/graph.ts'
import type { Model } from '../model/model.ts'
import type { Command, Manifest, Programs, StateEntry } from '../runtime/manifest.ts'
import type { KernelProof } from '../runtime/proofs.ts'
import { product } from './expression/index.ts'
import { entryOf, KernelTable, type PlannedKernel } from './finalise.ts'
import { foldConstants } from './graph/constants.ts'
import { findFacts } from './graph/facts.ts'
import { simplify } from './graph/simplify.ts'
import { statesOf } from './graph/states.ts'
import { PlanProblem } from './problem.ts'
import { type DeviceProfile, portable } from './profile.ts'
import type { PlanContext, Program } from './program.ts'
import { findProofs, type ProvenProgram } from './proofs.ts'
import { planForward, planSessions } from './sections.ts'
import { findStorage } from './storage.ts'
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
  const storage = findStorage(graph, model.weights, model.precision)
  const facts = findFacts(graph, storage, profile.bindingWords)
  const weights = layOutWeights(graph, facts, model.weights, constants, storage, profile)
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

  const whole = model.horizon.kind === 'whole'
  const { launches, placed, arenas, rows, last } = whole ? planForward(context) : planSessions(context)
  const table = new KernelTable()
  const finalise = (name: keyof Programs): Command[] => launches[name].map((launch) => table.finalise(launch, placed))
  const programs: Programs = {
    prefill: finalise('prefill'),
    take: finalise('take'),
    tail: finalise('tail'),
    step: finalise('step'),
    forwardTail: finalise('forwardTail'),
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
    if (!at || !place) return null
    return {
      arena: place.arena,
      offset: place.offset,
      words: product(graph.nodes[id]?.type.shape ?? []),
      stride: program.slots[at.slot]?.words ?? 0,
      column: at.column,
    }
  }
  const region = (program: Program, slot: number) => {
    const place = placed.get(slot)
    return place ? { ...place, words: program.slots[slot]?.words ?? 0 } : null
  }
  const io = model.outputs.map((output) => {
    const id = graph.outputs.find((o) => o.name === output.name)?.node
    const every = id === undefined ? null : operand(rows, id)
    const final = id === undefined || last === null ? null : operand(last, id)
    return { ...describe(output), ...(final ? { last: final } : {}), ...(every ? { all: every } : {}) }
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
  const proven = (name: keyof Programs, program: Program | null): ProvenProgram[] =>
    program === null
      ? []
      : [{ name, launches: launches[name], place: (id) => operand(program, id), region: (slot) => region(program, slot) }]
  const proofs = findProofs(graph, manifest, [
    ...proven('prefill', rows),
    // A step of a model whose prefix has a fixed length never begins where a proof does, at position 0.
    ...(model.horizon.kind === 'prefix' && typeof model.horizon.upto === 'number' ? [] : proven('step', last)),
    ...proven('forwardTail', rows),
    ...proven('take', rows).map((program) => ({ ...program, taken: (id: NodeId) => last && operand(last, id) })),
  ])
  return { profile, graph, manifest, kernels: table.kernels, proofs }
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
    moreInputs.some((input) => input.type.time) ||
    !logits ||
    tokens.type.dtype !== 'u32' ||
    tokens.type.shape.length > 0 ||
    model.horizon.kind === 'whole'
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
