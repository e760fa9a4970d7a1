import { ContextError, InputError } from '../errors.ts'

export interface GenerateOptions {
  /** Tokens at most, per sequence; as many as fit the session by default. */
  readonly maxTokens?: number | undefined
  /** Divides the logits before the softmax. 0 is greedy: the largest logit, the first of equals. Default: 1 if a filter is given, else 0. */
  readonly temperature?: number | undefined
  /** Keeps the `topK` largest logits (more if the last of them has equals). */
  readonly topK?: number | undefined
  /** Keeps the fewest entries, from the largest, that hold this share of the probability. */
  readonly topP?: number | undefined
  /** Keeps entries with at least this share of the largest probability. */
  readonly minP?: number | undefined
  /** Above 1, logits of ids that the sequence already holds are divided by it where positive, multiplied where negative. */
  readonly repetitionPenalty?: number | undefined
  /** A sequence ends where it draws one of these. */
  readonly stop?: readonly number[] | undefined
  /**
   * A whole number. Equal seeds give equal tokens on one device: each draw depends on seed, position and sequence only, so that a
   * generation continued with the same seed goes on as if never interrupted. Random by default.
   */
  readonly seed?: number | undefined
  readonly signal?: AbortSignal | undefined
}

/** The options with all defaults in place. */
export interface Sampling {
  readonly maxTokens: number
  readonly temperature: number
  readonly topK: number
  readonly topP: number
  readonly minP: number
  readonly penalty: number
  readonly stop: readonly number[]
  readonly seed: number
}

/** Stop ids that a generation may have. */
export const MAX_STOPS = 64

/** Checks options and fills in defaults. @throws InputError, ContextError */
export function readSampling(options: GenerateOptions, vocab: number, positions: readonly number[], capacity: number): Sampling {
  const longest = Math.max(...positions)
  const fits = capacity - longest
  const maxTokens = options.maxTokens ?? fits
  whole('maxTokens', maxTokens, 0, Number.MAX_SAFE_INTEGER)
  if (maxTokens > fits) throw new ContextError(positions.indexOf(longest), longest, maxTokens, fits)
  const filtered = options.topK !== undefined || options.topP !== undefined || options.minP !== undefined
  const sampling: Sampling = {
    maxTokens,
    temperature: options.temperature ?? (filtered ? 1 : 0),
    topK: options.topK ?? 0,
    topP: options.topP ?? 1,
    minP: options.minP ?? 0,
    penalty: options.repetitionPenalty ?? 1,
    stop: options.stop ?? [],
    seed: options.seed ?? Math.floor(Math.random() * 2 ** 53),
  }
  real('temperature', sampling.temperature, 0, Number.MAX_VALUE)
  whole('topK', sampling.topK, 0, vocab)
  real('topP', sampling.topP, 0, 1)
  real('minP', sampling.minP, 0, 1)
  real('repetitionPenalty', sampling.penalty, Number.MIN_VALUE, Number.MAX_VALUE)
  whole('seed', sampling.seed, 0, Number.MAX_SAFE_INTEGER)
  for (const id of sampling.stop) whole('stop id', id, 0, vocab - 1)
  if (sampling.stop.length > MAX_STOPS) throw new InputError(`found ${sampling.stop.length} stop ids, expected at most ${MAX_STOPS}`)
  return sampling
}

function real(name: string, value: number, low: number, high: number): void {
  if (!(value >= low && value <= high)) throw new InputError(`${name} is ${value}, expected a number of ${low} .. ${high}`)
}

function whole(name: string, value: number, low: number, high: number): void {
  if (!Number.isInteger(value)) throw new InputError(`${name} is ${value}, expected a whole number`)
  real(name, value, low, high)
}
