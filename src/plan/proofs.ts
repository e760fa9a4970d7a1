import type { Graph, NodeId } from '../graph/graph.ts'
import { graphRange } from '../graph/graph-range.ts'
import type { Range } from '../graph/range.ts'
import type { Command, Manifest, Operand, Programs } from '../runtime/manifest.ts'
import type { KernelProof, ProofValue } from '../runtime/proofs.ts'
import type { PendingLaunch } from './program.ts'

interface Region {
  readonly arena: number
  readonly offset: number
  readonly words: number
}

export interface ProvenProgram {
  readonly name: keyof Programs
  readonly launches: readonly PendingLaunch[]
  place(node: NodeId): Operand | null
  /** Where a slot lies, in words per row. */
  region(slot: number): Region | null
  /** Where a `take` leaves a value. */
  readonly taken?: (node: NodeId) => Operand | null
}

/**
 * Runs of commands that together prove every kernel: each holds all that touches the states and scratch of the kernel it is for, and
 * all that writes its values.
 */
export function findProofs(graph: Graph, manifest: Manifest, programs: readonly ProvenProgram[]): KernelProof[] {
  const proven = new Set<number>()
  const proofs: KernelProof[] = []
  const ranges: Range[] = []
  for (const node of graph.nodes) ranges.push(graphRange(node, graph.nodes, ranges))
  for (const program of programs) {
    const commands = manifest.programs[program.name]
    for (let at = 0; at < commands.length; at++) {
      const kernel = commands[at]?.kernel
      if (kernel === undefined || proven.has(kernel)) continue
      const { first, end } = closure(program.launches, commands, at)
      const proof = proofOf(graph, ranges, program, commands, first, end)
      if (proof.writes.length === 0) continue
      for (const index of proof.kernels) proven.add(index)
      proofs.push(proof)
    }
  }
  return proofs
}

/** The smallest run of commands around `at` outside which nothing touches its states, its scratch, or what it writes a part of. */
function closure(launches: readonly PendingLaunch[], commands: readonly Command[], at: number): { first: number; end: number } {
  let [first, end] = [at, at + 1]
  const keys = (index: number): string[] => {
    const states = commands[index]?.buffers.flatMap((b) => (b.kind === 'state' ? [`state ${b.state}`] : [])) ?? []
    // A matrix that exceeds a binding has several launches, each of which writes a part of the product.
    const written = launches[index]?.writes.map((id) => `value ${id}`) ?? []
    return [...states, ...scratchOf(launches[index]), ...written]
  }
  for (;;) {
    const inside = new Set(Array.from({ length: end - first }, (_, i) => keys(first + i)).flat())
    const touching = commands.flatMap((_, i) => (keys(i).some((key) => inside.has(key)) ? [i] : []))
    const [low, high] = [Math.min(first, ...touching), Math.max(end, ...touching.map((i) => i + 1))]
    if (low === first && high === end) return { first, end }
    first = low
    end = high
  }
}

/** Slots that hold no value of the graph. */
function scratchOf(launch: PendingLaunch | undefined): string[] {
  return (launch?.operands ?? []).flatMap((operand) => (operand.kind === 'slot' && operand.scratch ? [operand.key] : []))
}

function proofOf(
  graph: Graph,
  ranges: readonly Range[],
  program: ProvenProgram,
  commands: readonly Command[],
  first: number,
  end: number,
): KernelProof {
  const launches = program.launches.slice(first, end)
  const take = program.taken
  // What only leads to a final state is read by nobody, and its place is free at once.
  const isRead = (id: NodeId): boolean =>
    graph.outputs.some((output) => output.node === id) || graph.nodes.some((node) => node.op !== 'final_state' && node.inputs.includes(id))
  const written = new Set(take ? [] : launches.flatMap((launch) => launch.writes).filter(isRead))
  const found = [...written].filter((id) => outlives(program, launches, id))
  const reads = new Set(launches.flatMap((launch) => launch.reads).filter((id) => !written.has(id)))
  const recurrent = launches.some((launch) => graph.nodes[launch.specification.node]?.op === 'recurrence')
  const rowsOf = (id: NodeId, rows: 'tokens' | 'last') => (graph.nodes[id]?.type.time === false ? ('sequences' as const) : rows)
  const value = (id: NodeId, place: (node: NodeId) => Operand | null, rows: ProofValue['rows']): ProofValue[] => {
    const node = graph.nodes[id]
    const at = place(id)
    if (!node || !at) return []
    // Keys of about unit length: a delta rule diverges with longer ones, in the reference as well.
    const size = recurrent ? 1 / Math.sqrt(node.type.shape.at(-1) ?? 1) : 2
    const range = ranges[id] ?? { min: -size, max: size }
    const [low, high] = [Math.max(range.min, -size), Math.min(range.max, size)]
    const whole = node.type.dtype !== 'f32'
    const dtype = node.type.dtype === 'u32' && graph.outputs.some((output) => output.node === id) ? 'u32' : 'f32'
    if (whole) {
      const most = node.type.dtype === 'bool' ? 2 : Math.min(8, range.max + 1)
      return [{ node: id, dtype, whole, ...at, rows, min: Math.max(0, range.min), max: most }]
    }
    return [{ node: id, dtype, ...at, rows, min: Math.min(low, high), max: Math.max(low, high) }]
  }
  return {
    kernels: [...new Set(commands.slice(first, end).map((command) => command.kernel))],
    program: program.name,
    first,
    count: end - first,
    reads: [...reads].flatMap((id) => value(id, program.place, rowsOf(id, 'tokens'))),
    writes: (take ? [...reads] : found).flatMap((id) => value(id, take ?? program.place, rowsOf(id, take ? 'last' : 'tokens'))),
  }
}

/** Whether a value still lies where it was written when all launches have run: the place of what nobody reads any more is taken by others. */
function outlives(program: ProvenProgram, launches: readonly PendingLaunch[], id: NodeId): boolean {
  const own = program.place(id)
  const last = launches.findLastIndex(({ writes }) => writes.includes(id))
  return launches.slice(last + 1).every(({ operands }) =>
    operands.every((operand) => {
      const other = operand.kind === 'slot' && operand.access === 'read_write' ? program.region(operand.slot) : null
      if (own === null || other === null || own.arena !== other.arena) return true
      return own.offset + own.stride <= other.offset || other.offset + other.words <= own.offset
    }),
  )
}
