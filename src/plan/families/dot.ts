import type { Storage } from '../../model/precision.ts'
import { pair, quad } from '../expression/halves.ts'
import * as Index from '../expression/index.ts'
import type { KernelScope } from '../scope.ts'

/** How an invocation multiplies its share of a row of a matrix: one load in each round, and the numbers in it. */
export interface RowProduct {
  /** Of the matrix as a storage variable. */
  readonly element: string
  /** Elements of a row. */
  readonly steps: number
  /** Statements that name the operand's numbers of a round. */
  readonly x: string[]
  /** Of those and the element `w`. */
  readonly product: string
}

/** What the name of a kernel says of its matrix. */
export const matrixName = (inner: number, columns: number, format: Storage): string =>
  `${inner}x${columns}${format === 'f32' ? '' : `_${format}`}`

/** Shorter rows than this leave invocations without work if each takes eight numbers. */
const LONG = 512

/** Numbers that one load takes of a row: as many as divide it, up to 16 bytes. */
function lanesOf(inner: number, format: Storage): number {
  const choices = format === 'f32' ? [4, 1] : inner < LONG ? [4, 2] : [8, 4, 2]
  return choices.find((lanes) => inner % lanes === 0) ?? 1
}

/** The indices along a row that round `k` takes. */
export function lanesAt(inner: number, format: Storage): readonly Index.Index[] {
  const lanes = lanesOf(inner, format)
  const round = Index.scale(Index.variable('k', inner / lanes), lanes)
  return Array.from({ length: lanes }, (_, lane) => Index.add(round, Index.literal(lane)))
}

/** @param reads WGSL of the operand's numbers at `lanesAt` */
export function rowProduct(scope: KernelScope, inner: number, format: Storage, reads: readonly string[]): RowProduct {
  const define = scope.define.bind(scope)
  const [first = ''] = reads
  const steps = inner / reads.length
  const vector = (name: string, parts: readonly string[]) => `let ${name} = vec${parts.length}<f32>(${parts.join(', ')});`
  switch (reads.length) {
    case 8:
      return {
        element: 'vec4<u32>',
        steps,
        x: [vector('x', reads.slice(0, 4)), vector('y', reads.slice(4))],
        product: `dot(x, ${quad(define, format, 'w.xy')}) + dot(y, ${quad(define, format, 'w.zw')})`,
      }
    case 4:
      return format === 'f32'
        ? { element: 'vec4<f32>', steps, x: [vector('x', reads)], product: 'dot(x, w)' }
        : { element: 'vec2<u32>', steps, x: [vector('x', reads)], product: `dot(x, ${quad(define, format, 'w')})` }
    case 2:
      return { element: 'u32', steps, x: [vector('x', reads)], product: `dot(x, ${pair(define, format, 'w')})` }
    default:
      return { element: 'f32', steps, x: [`let x = ${first};`], product: 'x * w' }
  }
}
