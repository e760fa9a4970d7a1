import { z } from 'zod'
import type { Node } from '../../graph/graph.ts'
import { outsideSpan, resetBefore } from '../body/state.ts'
import type { Scope } from '../kernel.ts'

/** What the kernels that look at pairs of a chunk's tokens are told of where states begin anew. */
export const segmentFields = z.strictObject({ some: z.boolean(), reset: z.string() })

/** Names that templates use around what is printed of tokens and their segments. */
export const TOKEN_NAMES = ['start', 'one', 'segment', 'resets', 'begins'] as const

/** Words of workgroup memory that segments take in any of the kernels, at most, for a chunk of so many tokens. */
export const segmentWords = (chunk: number): number => 2 * chunk + 1

export function segmentsOf(scope: Scope, node: Node): z.infer<typeof segmentFields> {
  const reset = resetBefore(scope, node)
  return { some: reset !== null, reset: reset ?? 'false' }
}

/** Whether token `i` of the chunk that begins at `first` is one of this pass's and is run. */
export function liveToken(node: Node): string {
  const outside = outsideSpan(node, 'run.sequences[sequence].x + first + i')
  return outside === null ? 'first + i < length' : `first + i < length && !(${outside})`
}

/** What token `i` gives: 0 where it is not run. */
export function givenInSpan(node: Node, value: string): string {
  const outside = outsideSpan(node, 'start + first + i')
  return outside === null ? value : `select(${value}, 0.0, ${outside})`
}

/** The first token of a segment within the chunk, from its number as `chunk_segments` gives it. */
export const firstOf = (segment: string): string => `u32(max(${segment}, 1.0)) - 1u`
