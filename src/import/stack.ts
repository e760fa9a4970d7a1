import { badValue } from '../diagnostics/catalogue/import.ts'
import { Refusal } from './refusal.ts'
import { type Param, param } from './sheet.ts'

/** One kind of layer: its letter in the pattern, and the item of the stack. */
export interface Kind {
  readonly letter: string
  readonly item: string
}

/** Layers of the stack: one item repeated, or one letter for each layer. `params` has the count or the letters; both if items read their index `i`. */
export function layers(
  kinds: readonly Kind[],
  keys: { readonly count?: string; readonly pattern?: string; readonly indexed?: true } = {},
): { readonly params: readonly Param[]; readonly text: string } {
  const different = [...new Map(kinds.map((kind) => [kind.letter, kind])).values()]
  const [first, ...others] = different
  if (first === undefined) return { params: [], text: '' }
  if (others.length === 0 && keys.pattern === undefined && !keys.indexed)
    return {
      params: [param.size('layers', kinds.length, keys.count)],
      text: `repeat layers { ${first.item} }`,
    }
  const arms = different.map(({ letter, item }) => `"${letter}": ${item},`)
  const pattern = param.text('pattern', kinds.map(({ letter }) => letter).join(''), keys.pattern, { comment: 'A letter for each layer.' })
  const cases = (kind: string): string => `case ${kind} {\n${arms.join('\n')}\n}`
  return keys.indexed
    ? {
        params: [param.size('layers', kinds.length, keys.count), pattern],
        text: `for i in 0 .. layers {\n${cases('pattern[i]')}\n}`,
      }
    : { params: [pattern], text: `for kind in pattern {\n${cases('kind')}\n}` }
}

/** @throws Refusal unless there is an item for each layer */
export function perLayer<T>(list: readonly T[], count: number, key: string, countKey: string): readonly T[] {
  if (list.length === count) return list
  throw new Refusal(badValue.at(undefined, { key, found: `a list of ${list.length}`, expected: `${count} items, as ${countKey} says` }))
}

/** Whether the logits come from the embedding's table: what config.json says, else whether the file has a head. */
export function isTied(given: boolean | undefined, hasHead: boolean): boolean {
  return given ?? !hasHead
}

/** First item of the stack: the embedding `embed`. */
export const embedding = (tied: boolean): string =>
  tied ? 'shared embed = embedding(vocab, d)\nembed as start' : 'embedding(vocab, d) as embed'

/** Last item: logits. */
export const head = (tied: boolean): string => (tied ? 'linear(vocab, weight: embed.table) as head' : 'linear(vocab) as head')

/** Its rule; a tied file may hold the table a second time. */
export const headRule = (tied: boolean, hasHead: boolean, transforms = ''): string =>
  tied ? (hasHead ? 'ignore "lm_head.weight"' : '') : `"head.weight" <- "lm_head.weight"${transforms}`
