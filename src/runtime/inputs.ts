import { InputError, TokenError } from './errors.ts'
import type { IoEntry } from './manifest.ts'
import { at, product } from './tensor.ts'

/** One sequence: token ids, or features row by row. */
export type SequenceInput = readonly number[] | Uint32Array | Int32Array | Float32Array
/** One sequence, or one for each of the batch. */
export type BatchInput = SequenceInput | readonly SequenceInput[]
/**
 * A value for each input of the model by name, or just the value if it has one input. Inputs without a time axis keep their value in a
 * session and may be left out later.
 */
export type ModelInput<I extends string = string> = BatchInput | { readonly [name in I]?: BatchInput }

/** The tokens of one call, checked: `length[b]` tokens of sequence b, and every input's numbers. */
export interface Rows {
  readonly lengths: readonly number[]
  /** By input, then sequence: `length * words` numbers; of an input without time, `words` numbers or none. */
  readonly values: ReadonlyMap<string, readonly ArrayLike<number>[]>
}

/**
 * Reads what the user gave for a model's inputs. `begun`: the session has the inputs without time already.
 *
 * @throws InputError, TokenError
 */
export function readRows(inputs: readonly IoEntry[], given: ModelInput, batch: number | null, begun = false): Rows {
  const record = namedInputs(inputs, given)
  const values = new Map<string, readonly ArrayLike<number>[]>()
  let lengths: number[] | undefined
  for (const entry of inputs) {
    const value = Object.hasOwn(record, entry.name) ? record[entry.name] : undefined
    if (value === undefined) {
      if (!entry.time && begun) continue
      throw new InputError(`no value was given for the input ${entry.name}`)
    }
    const words = product(entry.shape)
    const sequences = splitSequences(entry, value, batch ?? lengths?.length ?? null)
    for (const [b, numbers] of sequences.entries()) checkNumbers(entry, b, numbers, words)
    values.set(entry.name, sequences)
    if (!entry.time) continue
    const found = sequences.map((numbers) => numbers.length / words)
    if (lengths !== undefined && lengths.join() !== found.join())
      throw new InputError(`${entry.name} has ${found.join(', ')} tokens, expected ${lengths.join(', ')} as the input before it`)
    lengths = found
  }
  if (lengths === undefined) throw new InputError('the model has no input with a time axis')
  const stray = Object.keys(record).filter((name) => !inputs.some((entry) => entry.name === name))
  if (stray.length > 0) throw new InputError(`no input ${stray.join(', ')}; the model has ${inputs.map(({ name }) => name).join(', ')}`)
  return { lengths, values }
}

function namedInputs(inputs: readonly IoEntry[], given: ModelInput): Readonly<Record<string, BatchInput>> {
  const isBare = Array.isArray(given) || ArrayBuffer.isView(given)
  if (!isBare && typeof given === 'object' && given !== null) return given as Readonly<Record<string, BatchInput>>
  const [only, ...others] = inputs
  if (!isBare) throw new InputError(`found ${typeof given}, expected numbers, or an object of inputs by name`)
  if (only === undefined || others.length > 0)
    throw new InputError(`the model has the inputs ${inputs.map(({ name }) => name).join(', ')}; give an object with all of them`)
  return { [only.name]: given as BatchInput }
}

function splitSequences(entry: IoEntry, value: BatchInput, batch: number | null): readonly ArrayLike<number>[] {
  const nested = Array.isArray(value) && (value.length === 0 ? batch !== null && batch !== 1 : typeof value[0] !== 'number')
  const sequences = nested ? (value as readonly SequenceInput[]) : [value as SequenceInput]
  for (const sequence of sequences) {
    if (!Array.isArray(sequence) && !ArrayBuffer.isView(sequence))
      throw new InputError(`${entry.name} holds ${typeof sequence}, expected a list of numbers per sequence`)
  }
  const expected = entry.batch ? batch : 1
  if (expected !== null && sequences.length !== expected)
    throw new InputError(`${entry.name} has ${sequences.length} sequences, expected ${expected}`)
  return sequences
}

function checkNumbers(entry: IoEntry, sequence: number, numbers: ArrayLike<number>, words: number): void {
  if (numbers.length % words !== 0 || (!entry.time && numbers.length !== words)) {
    const expected = entry.time ? `a multiple of ${words}` : String(words)
    throw new InputError(`${entry.name}[${sequence}] has ${numbers.length} numbers, expected ${expected}`)
  }
  if (entry.dtype === 'f32') {
    for (let i = 0; i < numbers.length; i++) {
      if (typeof numbers[i] !== 'number') throw new InputError(`${entry.name}[${sequence}][${i}] is ${numbers[i]}, expected a number`)
    }
    return
  }
  const below = entry.below ?? 2 ** 32
  for (let i = 0; i < numbers.length; i++) {
    const id = numbers[i]
    if (typeof id !== 'number' || !Number.isInteger(id) || id < 0 || id >= below)
      throw new TokenError(entry.name, sequence, i, id as number, below)
  }
}

/** Part `[from[b], from[b] + lengths[b])` of every sequence, padded with zeros to `[batch, tokens]` rows. */
export function packRows(
  entry: IoEntry,
  sequences: readonly ArrayLike<number>[],
  from: readonly number[],
  lengths: readonly number[],
  tokens: number,
): Uint32Array<ArrayBuffer> | Float32Array<ArrayBuffer> {
  const words = product(entry.shape)
  const rows = lengths.length * tokens
  const packed = entry.dtype === 'f32' ? new Float32Array(rows * words) : new Uint32Array(rows * words)
  for (const [b, length] of lengths.entries()) {
    const numbers = at(sequences, b)
    const start = at(from, b) * words
    for (let i = 0; i < length * words; i++) packed[b * tokens * words + i] = at(numbers, start + i)
  }
  return packed
}
