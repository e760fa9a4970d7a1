import { expect } from 'vitest'
import { randomNormal, relativeRms } from '../../support/numbers.ts'
import { Instance } from './instance.ts'
import { lines } from './text.ts'

/** Width of `x` and `y`. */
const d = 48

/** A model `y = equation` over features `x: f32[B, T, 48]` agrees with the reference, at once and as `before` tokens and then steps. */
export async function agreesOn(equation: string, definitions: string, { time, before }: { time: number; before: number }): Promise<void> {
  const text = lines(
    'gdn 1',
    'model Features {',
    '  dim B: batch',
    '  dim T: time',
    `  input x: f32[B, T, ${d}]`,
    `  output y: f32[B, T, ${d}]`,
    `  y = ${equation}`,
    '}',
    definitions,
  )
  const instance = await Instance.open(text, 64)
  const x = randomNormal(time * d, 5)
  const want = instance.referenceOf('y', { x: { dtype: 'f32', shape: [1, time, d], data: Float64Array.from(x) } }, time)
  const { y } = await instance.model.forward({ x })
  expect(relativeRms(y?.data ?? [], want)).toBeLessThan(1e-5)
  const session = instance.model.session()
  await session.prefill({ x: x.subarray(0, before * d) })
  for (let t = before; t < time; t++) {
    const step = await session.step({ x: x.subarray(t * d, (t + 1) * d) })
    expect(relativeRms(step.y?.data ?? [], want.subarray(t * d, (t + 1) * d))).toBeLessThan(1e-5)
  }
  instance.model.dispose()
}
