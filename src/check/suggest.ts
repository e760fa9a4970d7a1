import type { Fix } from '../diagnostics/diagnostic.ts'
import { nearest } from '../diagnostics/nearest.ts'
import type { Span } from '../source/source.ts'

/** The known name that was probably meant; of a single letter nothing can be said. */
export const suggest = (name: string, known: Iterable<string>): string | undefined => (name.length > 1 ? nearest(name, known) : undefined)

/** Replaces the text at `span`; none where there is nothing to suggest. */
export function replacement(span: Span, text: string | undefined): readonly Fix[] {
  return text === undefined ? [] : [{ title: `write \`${text}\``, edits: [{ span, text }] }]
}
