const SERIES_END = 2.5

/**
 * The error function in f64, relative error about 1e-15: the series of `erf` (Abramowitz and Stegun 7.1.6) for small arguments, the
 * continued fraction of `erfc` (7.1.14) for large ones.
 */
export function erf(x: number): number {
  const z = Math.abs(x)
  const value = z < SERIES_END ? series(z) : 1 - tail(z)
  return x < 0 ? -value : value
}

/** `1 - erf(x)` without cancellation for large `x`. */
export function erfc(x: number): number {
  return x < SERIES_END ? 1 - erf(x) : tail(x)
}

function series(z: number): number {
  let term = z
  let total = z
  for (let n = 1; Math.abs(term) > 1e-17 * total; n++) {
    term *= (2 * z * z) / (2 * n + 1)
    total += term
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-z * z) * total
}

function tail(z: number): number {
  if (z > 27) return 0
  let fraction = z
  for (let n = 60; n >= 1; n--) fraction = z + n / 2 / fraction
  return Math.exp(-z * z) / (Math.sqrt(Math.PI) * fraction)
}
