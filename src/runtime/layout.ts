import { InputError } from './errors.ts'
import type { ModelInput, SequenceInput } from './inputs.ts'
import type { IoEntry } from './manifest.ts'
import type { Outputs } from './outputs.ts'
import { at, product, type Tensor } from './tensor.ts'

/**
 * How several sequences lie in what a call is given, where that is not a list of sequences. Either way no sequence sees another, and
 * no state sees padding: the sequences are taken apart before they reach a kernel.
 */
export interface Layout {
  /**
   * Packed: each input with time holds all sequences one after the other. `cuSeqlens[b]` is the token at which sequence b begins; the
   * last number is the number of all tokens. Inputs without time stay a list with one value per sequence.
   */
  readonly cuSeqlens?: ArrayLike<number> | undefined
  /** Padded to one length, on the left or on the right: 1 for a token and 0 for padding, sequence by sequence. */
  readonly attentionMask?: readonly ArrayLike<number>[] | undefined
}

/** Where each sequence lies: `length` tokens from token `first` of row `row` of what was given. */
interface Piece {
  readonly row: number
  readonly first: number
  readonly length: number
}

/** The sequences of a call, taken apart, and the way back for its outputs. */
export interface Unpacked {
  readonly input: ModelInput
  /** Puts outputs `[sequences, longest, ...shape]` where their tokens were given; padding is 0. */
  restore(outputs: Outputs, entries: readonly IoEntry[]): Outputs
}

/** @throws InputError if the layout contradicts itself or the inputs */
export function unpack(entries: readonly IoEntry[], given: ModelInput, layout: Layout): Unpacked {
  if (layout.cuSeqlens !== undefined && layout.attentionMask !== undefined)
    throw new InputError('found cuSeqlens and attentionMask, expected one of them')
  if (layout.cuSeqlens !== undefined) {
    const pieces = piecesOfPacked(layout.cuSeqlens)
    const total = at(layout.cuSeqlens, pieces.length)
    const input = cut(entries, given, pieces, (entry, value) => {
      if (isNested(value)) throw new InputError(`${entry.name} is a list of sequences, expected one packed list with cuSeqlens`)
      return [tokensOf(entry, value as SequenceInput, total)]
    })
    return { input, restore: (outputs, outs) => restore(outputs, outs, pieces, [total]) }
  }
  if (layout.attentionMask !== undefined) {
    const mask = layout.attentionMask
    const width = mask[0]?.length ?? 0
    const pieces = mask.map((row, b) => pieceOfMask(row, b, width))
    const input = cut(entries, given, pieces, (entry, value) => {
      const rows = isNested(value) ? (value as readonly SequenceInput[]) : [value as SequenceInput]
      if (rows.length !== mask.length)
        throw new InputError(`${entry.name} has ${rows.length} sequences, expected ${mask.length} as attentionMask`)
      return rows.map((row) => tokensOf(entry, row, width))
    })
    return { input, restore: (outputs, outs) => restore(outputs, outs, pieces, [mask.length, width]) }
  }
  return { input: given, restore: (outputs) => outputs }
}

function piecesOfPacked(starts: ArrayLike<number>): Piece[] {
  const pieces: Piece[] = []
  if (starts.length < 2 || starts[0] !== 0) throw new InputError(`cuSeqlens begins with ${starts[0]}, expected 0 and at least one end`)
  for (let b = 0; b + 1 < starts.length; b++) {
    const [first, end] = [at(starts, b), at(starts, b + 1)]
    if (!Number.isInteger(end) || end <= first)
      throw new InputError(`cuSeqlens[${b + 1}] is ${end}, expected a whole number above ${first}`)
    pieces.push({ row: 0, first, length: end - first })
  }
  return pieces
}

function pieceOfMask(row: ArrayLike<number>, b: number, width: number): Piece {
  if (row.length !== width) throw new InputError(`attentionMask[${b}] has ${row.length} tokens, expected ${width} as the first`)
  let first = 0
  while (first < width && row[first] === 0) first++
  let end = first
  while (end < width && row[end] === 1) end++
  for (let t = end; t < width; t++)
    if (row[t] !== 0)
      throw new InputError(`attentionMask[${b}][${t}] is ${row[t]} after padding, expected the tokens of a sequence side by side`)
  return { row: b, first, length: end - first }
}

function isNested(value: unknown): boolean {
  return Array.isArray(value) && value.length > 0 && typeof value[0] !== 'number'
}

function tokensOf(entry: IoEntry, value: SequenceInput, tokens: number): SequenceInput {
  const words = product(entry.shape)
  if (value.length !== tokens * words)
    throw new InputError(`${entry.name} has ${value.length / words} tokens, expected ${tokens} as the layout says`)
  return value
}

function cut(
  entries: readonly IoEntry[],
  given: ModelInput,
  pieces: readonly Piece[],
  rowsOf: (entry: IoEntry, value: unknown) => readonly SequenceInput[],
): ModelInput {
  const bare = Array.isArray(given) || ArrayBuffer.isView(given)
  const named = bare ? { [entries[0]?.name ?? '']: given } : (given as Readonly<Record<string, unknown>>)
  const result: Record<string, unknown> = { ...named }
  for (const entry of entries) {
    const value = Object.hasOwn(named, entry.name) ? named[entry.name] : undefined
    if (!entry.time || value === undefined) continue
    const rows = rowsOf(entry, value)
    const words = product(entry.shape)
    result[entry.name] = pieces.map(({ row, first, length }) => at(rows, row).slice(first * words, (first + length) * words))
  }
  return result as ModelInput
}

function restore(outputs: Outputs, entries: readonly IoEntry[], pieces: readonly Piece[], shape: readonly number[]): Outputs {
  const longest = Math.max(...pieces.map(({ length }) => length))
  const width = shape.at(-1) as number
  const restored = entries.map((entry): [string, Tensor] => {
    const found = outputs[entry.name] as Tensor
    if (!entry.time) return [entry.name, found]
    const words = product(entry.shape)
    const full = [...shape, ...entry.shape]
    const data = entry.dtype === 'f32' ? new Float32Array(product(full)) : new Uint32Array(product(full))
    for (const [b, { row, first, length }] of pieces.entries())
      data.set(found.data.subarray(b * longest * words, (b * longest + length) * words), (row * width + first) * words)
    return [entry.name, { shape: full, data }]
  })
  return Object.fromEntries(restored)
}
