import { PrefixError } from './errors.ts'
import type { Rows } from './inputs.ts'
import type { Manifest } from './manifest.ts'

/** How many tokens at the beginning of sequence `b` see each other, so that one pass must hold them all: 0 in a causal model. */
export function prefixOf({ horizon }: Pick<Manifest, 'horizon'>, rows: Rows, b: number): number {
  if (horizon.kind !== 'prefix') return 0
  if (typeof horizon.upto === 'number') return horizon.upto
  return rows.values.get(horizon.upto)?.[b]?.[0] ?? 0
}

/**
 * Refuses sequences that begin with less than their prefix, or with one that no pass holds. `begins(b)`: the sequence has no token yet.
 *
 * @throws PrefixError
 */
export function assertPrefixes(manifest: Manifest, rows: Rows, begins: (b: number) => boolean, tokens: number): void {
  for (const [b, length] of rows.lengths.entries()) {
    if (length === 0 || !begins(b)) continue
    const prefix = prefixOf(manifest, rows, b)
    if (prefix > Math.min(length, tokens)) throw new PrefixError(b, prefix, length, tokens)
  }
}
