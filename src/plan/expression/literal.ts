/** A WGSL f32 literal that round-trips the f32 nearest to `value`. */
export function f32(value: number): string {
  const near = Math.fround(value)
  if (!Number.isFinite(near)) throw new Error(`${value} is not a finite f32`)
  if (Object.is(near, -0) || near === 0) return '0.0'
  const text = Number(near.toPrecision(9)).toString()
  return /[.e]/.test(text) ? `${text}f` : `${text}.0`
}
