/** The base of every error that a package throws on purpose. `code` is stable; the message is for people. */
export class GdncError extends Error {
  readonly code: string
  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = new.target.name
    this.code = code
  }
}

/** `no-webgpu`: there is no `GPU` object, or it offers no adapter. */
export class WebGpuUnavailableError extends GdncError {
  constructor(found: string) {
    super(
      'no-webgpu',
      `${found}. Browsers: use one with WebGPU, on a page served over https or from localhost. Node: install the npm package \`webgpu\` and pass \`gpu: create([])\` from it.`,
    )
  }
}

export interface LimitShortfall {
  /** WebGPU's name of the limit. */
  readonly limit: string
  readonly have: number
  readonly need: number
}

/** `limit`: the adapter or device offers less than the package needs. */
export class LimitError extends GdncError {
  readonly shortfalls: readonly LimitShortfall[]
  constructor(subject: 'adapter' | 'device', shortfalls: readonly LimitShortfall[]) {
    const list = shortfalls.map(({ limit, have, need }) => `${limit} is ${have}, needed ${need}`).join('; ')
    const advice =
      subject === 'adapter'
        ? 'Compile the model with a smaller device profile, or use another adapter.'
        : 'Request the device with these limits in `requiredLimits`, or let create() request it.'
    super('limit', `the ${subject}'s limits are too small: ${list}. ${advice}`)
    this.shortfalls = shortfalls
  }
}

/** `device-lost`: the GPU went away. Nothing of the model can be used any more; a new one can be created. */
export class DeviceLostError extends GdncError {
  readonly reason: string
  constructor(reason: string, message: string) {
    super(
      'device-lost',
      `the GPU device was lost (${reason}${message === '' ? '' : `: ${message}`}). Its sessions are gone; create the model again.`,
    )
    this.reason = reason
  }
}

/** `kernel`: the device refused a kernel, or a command that runs it. */
export class KernelError extends GdncError {
  readonly kernel: string
  readonly messages: readonly string[]
  constructor(kernel: string, messages: readonly string[]) {
    super('kernel', `the device refused ${kernel}: ${messages.join('; ')}`)
    this.kernel = kernel
    this.messages = messages
  }
}

/** `out-of-memory`: a buffer does not fit the device, or its limits. */
export class MemoryError extends GdncError {
  readonly bytes: number
  constructor(what: string, bytes: number, found: string) {
    super(
      'out-of-memory',
      `no GPU memory for ${what} (${bytes} bytes): ${found}. Use a smaller batch, \`maxTokens\` or \`chunk\`, or dispose sessions and snapshots.`,
    )
    this.bytes = bytes
  }
}

export type CheckpointFault =
  | 'checkpoint-unreadable'
  | 'checkpoint-truncated'
  | 'checkpoint-header-size'
  | 'checkpoint-header'
  | 'checkpoint-duplicate'
  | 'checkpoint-offsets'
  | 'checkpoint-overlap'
  | 'checkpoint-length'
  | 'checkpoint-index'

/** A file of weights that cannot be read as one; `code` says in which way. */
export class CheckpointError extends GdncError {
  readonly file: string
  constructor(code: CheckpointFault, file: string, message: string, options?: ErrorOptions) {
    super(code, `${file}: ${message}`, options)
    this.file = file
  }
}

export interface TensorProblem {
  readonly kind: 'missing' | 'extra' | 'shape' | 'dtype'
  readonly tensor: string
  readonly found: string
  readonly expected: string
}

/** `checkpoint-mismatch`: the file's tensors are not those that the model's `checkpoint` describes. All problems at once. */
export class CheckpointMismatchError extends GdncError {
  readonly problems: readonly TensorProblem[]
  constructor(problems: readonly TensorProblem[]) {
    const lines = problems.map(({ tensor, found, expected }) => `  ${tensor}: found ${found}, expected ${expected}`)
    const shown = lines.length > 20 ? [...lines.slice(0, 20), `  and ${lines.length - 20} more (see \`problems\`)`] : lines
    super('checkpoint-mismatch', `the checkpoint does not fit the model:\n${shown.join('\n')}`)
    this.problems = problems
  }
}

export interface ConfigDifference {
  readonly key: string
  readonly found: unknown
  readonly expected: number | string | boolean | null
}

/** `config-mismatch`: config.json says that this is another model. */
export class ConfigMismatchError extends GdncError {
  readonly differences: readonly ConfigDifference[]
  constructor(differences: readonly ConfigDifference[]) {
    const list = differences.map(({ key, found, expected }) => `${key} is ${show(found)}, expected ${show(expected)}`)
    super('config-mismatch', `config.json belongs to another model: ${list.join('; ')}`)
    this.differences = differences
  }
}

/** `weight-not-finite`: a tensor holds NaN or an infinity. */
export class WeightValueError extends GdncError {
  readonly tensor: string
  readonly index: number
  constructor(tensor: string, index: number, value: number) {
    super('weight-not-finite', `${tensor} holds ${value} at element ${index}, expected finite numbers: the file is damaged or overflowed`)
    this.tensor = tensor
    this.index = index
  }
}

/** `weight-overflow`: a number of a tensor is too large for the format that the model stores the weight in. */
export class WeightOverflowError extends GdncError {
  readonly tensor: string
  readonly index: number
  constructor(tensor: string, index: number, value: number, format: string, largest: number) {
    super(
      'weight-overflow',
      `${tensor} holds ${value} at element ${index}, and ${format} ends at ${largest}. Store it in full: \`precision { "${tensor}" = f32 }\` in the spec, or compile with \`--weights f32\`.`,
    )
    this.tensor = tensor
    this.index = index
  }
}

/** `token`: an id outside the table that it indexes. */
export class TokenError extends GdncError {
  readonly token: number
  readonly below: number
  constructor(input: string, sequence: number, index: number, token: number, below: number) {
    super('token', `${input}[${sequence}][${index}] is ${token}, expected a whole number of at least 0 and below ${below}`)
    this.token = token
    this.below = below
  }
}

/** `input`: an argument has the wrong form or value. */
export class InputError extends GdncError {
  constructor(message: string) {
    super('input', message)
  }
}

/** `context`: the tokens do not fit the session. `fits` says how many more would. */
export class ContextError extends GdncError {
  readonly asked: number
  readonly fits: number
  constructor(sequence: number, position: number, asked: number, fits: number) {
    super(
      'context',
      `sequence ${sequence} holds ${position} tokens and was given ${asked} more, but only ${fits} fit. Open the session with a larger \`maxTokens\`, or give fewer.`,
    )
    this.asked = asked
    this.fits = fits
  }
}

/** `rollback`: further back than the session can go. */
export class RollbackError extends GdncError {
  readonly asked: number
  readonly possible: number
  constructor(sequence: number, asked: number, possible: number, limit: number) {
    super(
      'rollback',
      `sequence ${sequence} was asked to go back ${asked} tokens, but can go back ${possible}: the session was opened with rollback: ${limit}`,
    )
    this.asked = asked
    this.possible = possible
  }
}

/** `disposed`: use after dispose(). */
export class DisposedError extends GdncError {
  constructor(subject: string) {
    super('disposed', `the ${subject} was disposed and cannot be used any more`)
  }
}

/** `busy`: a second call on a session while one is running. */
export class BusyError extends GdncError {
  constructor(asked: string, running: string) {
    super('busy', `${asked}() was called while ${running}() is running on the same session; await it first, or use fork()`)
  }
}

/** `snapshot`: bytes that are no snapshot, or one of another model or batch. */
export class SnapshotError extends GdncError {
  constructor(message: string) {
    super('snapshot', message)
  }
}

/** `horizon`: the model sees the whole sequence at once, so it has `forward` only. */
export class HorizonError extends GdncError {
  constructor(because: string, source: string) {
    super(
      'horizon',
      `this model has no sessions: ${because}${source === '' ? '' : ` (${source})`} needs the whole sequence at once. Use forward().`,
    )
  }
}

/** `prefix`: the tokens of a sequence's prefix see each other, and the call or a pass does not hold them all. */
export class PrefixError extends GdncError {
  readonly sequence: number
  constructor(sequence: number, prefix: number, given: number, tokens: number) {
    const advice =
      given < prefix
        ? `the first call has ${given} tokens: give it the whole prefix`
        : `a pass holds ${tokens}: create the model with \`chunk: ${prefix}\` or more`
    super('prefix', `the prefix of sequence ${sequence} has ${prefix} tokens, which see each other, and ${advice}.`)
    this.sequence = sequence
  }
}

function show(value: unknown): string {
  return value === undefined ? 'absent' : (JSON.stringify(value) ?? String(value))
}
