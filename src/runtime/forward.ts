import type { Engine } from './engine.ts'
import { ContextError, InputError } from './errors.ts'
import { Executor } from './executor.ts'
import { assertPrefixes, prefixOf } from './horizon.ts'
import { type ModelInput, type Rows, readRows } from './inputs.ts'
import { type Layout, unpack } from './layout.ts'
import { MAX_BATCH, type Operand } from './manifest.ts'
import type { Outputs } from './outputs.ts'
import { Readback } from './readback.ts'
import { schedule } from './schedule.ts'
import { at, product, type Tensor } from './tensor.ts'

export interface ForwardOptions extends Layout {
  readonly signal?: AbortSignal | undefined
}

/** Runs whole sequences from their beginning and gives the outputs of every token. See `Model.forward`. */
export async function forward(engine: Engine, input: ModelInput, options: ForwardOptions): Promise<Outputs> {
  engine.assertUsable()
  options.signal?.throwIfAborted()
  const { manifest } = engine
  const unpacked = unpack(manifest.inputs, input, options)
  const rows = readRows(manifest.inputs, unpacked.input, null)
  for (const [b, length] of rows.lengths.entries())
    if (length === 0) throw new InputError(`sequence ${b} is empty, expected at least one token`)
  const batch = rows.lengths.length
  if (batch > MAX_BATCH) throw new InputError(`found ${batch} sequences, expected at most ${MAX_BATCH}`)
  const longest = Math.max(...rows.lengths)
  if (longest > engine.maxTokens) throw new ContextError(rows.lengths.indexOf(longest), 0, longest, engine.maxTokens)
  const whole = manifest.horizon.kind === 'whole'
  const prefix = Math.max(...rows.lengths.map((_, b) => prefixOf(manifest, rows, b)))
  const chunk = whole ? longest : Math.max(engine.chunk, Math.min(prefix, longest))
  const owned: { dispose(): void }[] = []
  try {
    const { workspace, checked: arenas } = engine.workspace(batch, chunk, 'forward')
    const { value: executor, checked } = engine.allocate(`forward over ${batch} sequences`, () => {
      return new Executor(engine, workspace, { maxTokens: longest, slack: 0, use: 'forward' })
    })
    owned.push(executor)
    await engine.open.settle(Promise.all([arenas, checked]))
    const { tokens } = executor.workspace
    assertPrefixes(manifest, rows, () => true, tokens)
    if (whole && tokens < longest) throw new ContextError(rows.lengths.indexOf(longest), 0, longest, tokens)
    if (executor.states.maxTokens < longest) throw new ContextError(rows.lengths.indexOf(longest), 0, longest, executor.states.maxTokens)
    return unpacked.restore(await runPasses(engine, executor, rows, options.signal, owned), manifest.outputs)
  } finally {
    for (const each of owned) each.dispose()
  }
}

async function runPasses(
  engine: Engine,
  executor: Executor,
  rows: Rows,
  signal: AbortSignal | undefined,
  owned: { dispose(): void }[],
): Promise<Outputs> {
  const { outputs } = engine.manifest
  const batch = rows.lengths.length
  const longest = Math.max(...rows.lengths)
  const results = new Map<string, Tensor>()
  for (const { name, dtype, shape, time } of outputs) {
    const full = [batch, ...(time ? [longest] : []), ...shape]
    const words = product(full)
    results.set(name, { shape: full, data: dtype === 'f32' ? new Float32Array(words) : new Uint32Array(words) })
  }
  const passes = schedule(rows.lengths, executor.workspace.tokens)
  const { value: readers, checked } = engine.allocate('reading outputs', () => {
    return outputs.map((entry) => ({
      entry,
      readback: new Readback(engine, batch * executor.workspace.tokens * (entry.all?.stride ?? 0) * 4),
    }))
  })
  owned.push(...readers.map(({ readback }) => readback))
  await engine.open.settle(checked)
  for (const pass of passes) {
    signal?.throwIfAborted()
    const start = rows.lengths.map((_, b) => at(pass.from, b))
    const done = rows.lengths.map((length, b) => Math.min(length, at(start, b)))
    await executor.workspace.lock(async () => {
      engine.assertUsable()
      const grown = executor.reserve(Math.max(...start) + pass.tokens, done)
      const run = executor.upload(rows, pass, start)
      const ran = executor.submit('forward', (encoder) => {
        executor.computeRows(encoder, run, 'forwardTail')
        for (const { entry, readback } of readers) {
          if (entry.all !== undefined) executor.copyAll(encoder, entry.all, batch * (entry.time ? pass.tokens : 1), readback.buffer)
        }
      })
      await engine.open.settle(Promise.all([grown, ran]))
    })
    for (const { entry, readback } of readers) {
      const result = results.get(entry.name)
      if (entry.all === undefined || result === undefined) continue
      const bytes = await readback.read(batch * (entry.time ? pass.tokens : 1) * entry.all.stride * 4)
      // A value without time has one row per sequence, whatever the pass.
      const lengths = entry.time ? pass.lengths : pass.lengths.map(() => 1)
      const from = entry.time ? start : pass.lengths.map(() => 0)
      scatter(bytes, entry.all, result, entry.time ? { tokens: pass.tokens, each: longest } : { tokens: 1, each: 1 }, lengths, from)
    }
  }
  return Object.fromEntries(results)
}

/** Puts `lengths[b]` rows of each sequence where they belong; padding stays 0. A sequence has `tokens` rows here and `each` there. */
function scatter(
  bytes: ArrayBuffer,
  { stride, column, words }: Operand,
  { data }: Tensor,
  { tokens, each }: { readonly tokens: number; readonly each: number },
  lengths: readonly number[],
  start: readonly number[],
): void {
  const numbers = data instanceof Float32Array ? new Float32Array(bytes) : new Uint32Array(bytes)
  for (const [b, length] of lengths.entries()) {
    for (let t = 0; t < length; t++) {
      const from = (b * tokens + t) * stride + column
      data.set(numbers.subarray(from, from + words), (b * each + at(start, b) + t) * words)
    }
  }
}
