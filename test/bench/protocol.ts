import type { KernelCase } from './cases.ts'
import type { Source } from './compiled.ts'
import type { Slope, SlopeOptions } from './measure.ts'

/** What `scripts/bench.ts` writes to a process that times one kernel. */
export interface KernelRequest {
  readonly case: KernelCase
  /** Whether accesses to buffers are checked. On our side Dawn's flags say it, here it is for the peer. */
  readonly robustness: boolean
  readonly slope: SlopeOptions
}

/** One timed kernel, or why it was not timed. */
export type KernelAnswer = TimedKernel | Refused

export interface TimedKernel {
  readonly ok: true
  /** Wall clock. */
  readonly wall: Slope
  /** Timestamps of the GPU itself, where it has them and they are exact. */
  readonly gpu?: Slope
  /** Relative root-mean-square error to the f64 loop. */
  readonly error: number
  /** The kernels of one link, in order. */
  readonly kernels?: readonly string[]
}

export interface Refused {
  readonly ok: false
  readonly because: string
}

/** Reads standard input to its end and parses it. */
export async function readRequest<T>(): Promise<T> {
  let text = ''
  for await (const piece of process.stdin.setEncoding('utf8')) text += piece as string
  return JSON.parse(text) as T
}

/** Writes what `work` gives, or its error as a refusal, and ends the process: an open Dawn would keep it alive. */
export async function answer(work: () => Promise<unknown>): Promise<never> {
  let result: unknown
  try {
    result = await work()
  } catch (error) {
    if (process.env['GDNC_BENCH_TRACE'] !== undefined) console.error(error)
    result = { ok: false, because: error instanceof Error ? error.message.split('\n')[0] : String(error) } satisfies Refused | object
  }
  await new Promise<void>((resolve) => process.stdout.write(`${JSON.stringify(result)}\n`, () => resolve()))
  process.exit(0)
}

/** What `scripts/bench.ts` writes to a process that times a whole model. */
export interface ModelRequest {
  readonly source: Source
  /** Tokens of a prefill pass; the runtime's own choice if left out. */
  readonly chunk?: number
  /** Tokens on which prefill and step have to agree with forward. */
  readonly check: number
  readonly prefill: readonly number[]
  readonly decode: { readonly after: number; readonly tokens: number }
  /** Seconds for the repetitions of one measurement. */
  readonly budget: number
}

export interface ModelAnswer {
  readonly ok: true
  readonly parameters: number
  readonly prefill: readonly { readonly tokens: number; readonly perSecond: number; readonly spread: number }[]
  readonly decode: { readonly after: number; readonly perSecond: number; readonly spread: number }
  /** Seconds in a fresh process: device, kernels and weights; then a prompt of 16 tokens to the first sampled id. */
  readonly cold: { readonly create: number; readonly firstToken: number }
  /** Dispatches of one pass. */
  readonly launches: { readonly prefill: number; readonly step: number }
}

export interface CompileAnswer {
  readonly ok: true
  readonly command: string
  readonly seconds: number
  readonly spread: number
  readonly runs: number
}
