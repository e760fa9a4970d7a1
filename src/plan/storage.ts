import type { Graph, NodeId } from '../graph/graph.ts'
import type { Model, Weight } from '../model/model.ts'
import { type Storage, storageOf } from '../model/precision.ts'
import { tablePath } from './graph/tables.ts'

/** How the numbers of a weight are stored. */
export interface WeightStorage {
  /** The format that they are rounded to. */
  readonly format: Storage
  /** Two to a word, or a word each: an f32 of the rounded number. */
  readonly packed: boolean
  /** Bound by itself, as an operand of a product or a table; else it lies in the buffer that kernels read by the word. */
  readonly matrix: boolean
}

export type StorageOf = (path: string) => WeightStorage

/**
 * What a `precision` block comes to. Matrices of halves are packed if their rows fill whole words; vectors, which are a thousandth of a
 * model, keep a word a number, so that a kernel needs one binding for all of them.
 */
export function findStorage(graph: Graph, weights: readonly Weight[], precision: Model['precision']): StorageOf {
  const matrices = new Set(graph.nodes.flatMap((node) => matrixOf(graph, node.id) ?? []))
  const shapes = new Map(weights.map(({ path, shape }) => [path, shape]))
  return (path) => {
    const matrix = matrices.has(path)
    const shape = shapes.get(path)
    // What the compiler computed is no weight of the spec.
    if (shape === undefined) return { format: 'f32', packed: false, matrix }
    const format = storageOf(precision, path)
    return { format, packed: matrix && format !== 'f32' && (shape.at(-1) ?? 1) % 2 === 0, matrix }
  }
}

/** The weight whose rows a product or a table takes. */
export function matrixOf(graph: Graph, id: NodeId): string | undefined {
  const node = graph.nodes[id]
  if (node?.op === 'embedding') return tablePath(graph, node.inputs[0] as NodeId)
  if (node?.op !== 'linear' && node?.op !== 'linear_bank') return undefined
  return graph.nodes[node.inputs[1] as NodeId]?.attrs['path'] as string
}
