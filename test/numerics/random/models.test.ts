import fc from 'fast-check'
import { expect, it } from 'vitest'
import { verifyPlan } from '../../../src/plan/verify.ts'
import { randomIntegers, relativeRms } from '../../support/numbers.ts'
import { Instance } from './instance.ts'
import { type RandomSpec, randomSpec } from './specs.ts'

/** Longer runs: `GDNC_RANDOM_MODELS=200 GDNC_RANDOM_SEED=7 npx vitest run test/numerics/random`. */
const count = Number(process.env['GDNC_RANDOM_MODELS'] ?? 6)
const seed = Number(process.env['GDNC_RANDOM_SEED'] ?? 20_260_101)

/** Most of the time goes into compiling shaders, so a short run has small models. */
const most = count > 6 ? 3 : 2

const tolerance = 1e-5

function near(actual: ArrayLike<number>, expected: ArrayLike<number>, what: string): void {
  const error = relativeRms(actual, expected)
  expect(error, what).toBeLessThan(tolerance)
}

async function agrees({ text, vocab, lengths, chunk }: RandomSpec): Promise<void> {
  const instance = await Instance.open(text, chunk)
  const { model, plan } = instance
  try {
    expect(verifyPlan(plan)).toEqual([])
    const sequences = lengths.map((length, b) => [...randomIntegers(length, b + 1, vocab)])
    const references = sequences.map((tokens) => instance.reference(tokens))
    const longest = Math.max(...lengths)

    const { logits } = await model.forward(sequences)
    for (const [b, want] of references.entries()) {
      const from = b * longest * vocab
      near(logits?.data.subarray(from, from + want.length) ?? [], want, `forward, sequence ${b} of lengths ${lengths}`)
    }

    // The last tokens one by one, as many as the shortest sequence has, what comes before them in two pieces.
    const steps = Math.min(3, ...lengths.map((length) => length - 1))
    const session = model.session({ batch: lengths.length })
    const heads = sequences.map((tokens) => tokens.slice(0, tokens.length - steps))
    const cut = (tokens: readonly number[]) => Math.ceil(tokens.length / 3)
    await session.prefill(heads.map((tokens) => tokens.slice(0, cut(tokens))))
    if (heads.some((tokens) => tokens.length > cut(tokens))) await session.prefill(heads.map((tokens) => tokens.slice(cut(tokens))))
    const check = (data: ArrayLike<number> & { subarray(a: number, b: number): ArrayLike<number> }, back: number, what: string) => {
      for (const [b, want] of references.entries()) {
        const row = want.length / vocab - back
        near(
          data.subarray(b * vocab, (b + 1) * vocab),
          want.subarray((row - 1) * vocab, row * vocab),
          `${what}, sequence ${b} of lengths ${lengths}`,
        )
      }
    }
    check((await session.outputs()).logits?.data ?? new Float32Array(), steps, 'prefill')
    for (let t = 0; t < steps; t++) {
      const result = await session.step(sequences.map((tokens) => tokens[tokens.length - steps + t] ?? 0))
      check(result.logits?.data ?? new Float32Array(), steps - 1 - t, `step ${t}`)
    }
    session.dispose()
  } finally {
    model.dispose()
  }
}

it(
  `agree with the reference: ${count} random models of seed ${seed}`,
  async () => {
    await fc.assert(
      fc.asyncProperty(randomSpec(most), async (spec) => {
        try {
          await agrees(spec)
        } catch (error) {
          throw new Error(
            `${error instanceof Error ? error.message : String(error)}\n\nlengths ${spec.lengths}, passes of ${spec.chunk}\n${spec.text}`,
            { cause: error },
          )
        }
      }),
      {
        numRuns: count,
        seed,
        interruptAfterTimeLimit: 240_000 + count * 5000,
        endOnFailure: process.env['GDNC_RANDOM_SHRINK'] === undefined,
      },
    )
  },
  300_000 + count * 10_000,
)
