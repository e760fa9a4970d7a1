/**
 * JSON with the keys of every object sorted, so that equal data gives equal text. `indent` as in `JSON.stringify`.
 *
 * @throws TypeError for numbers that JSON cannot hold (NaN, infinities), which `JSON.stringify` would turn into null
 */
export function stableJson(value: unknown, indent?: number): string {
  const text = JSON.stringify(sorted(value, '$'), undefined, indent)
  if (text === undefined) throw new TypeError(`${typeof value} is not JSON`)
  return text
}

function sorted(value: unknown, path: string): unknown {
  if (typeof value === 'number' && !Number.isFinite(value)) throw new TypeError(`${path} is ${value}, which JSON cannot hold`)
  if (Array.isArray(value)) return value.map((item, i) => sorted(item, `${path}[${i}]`))
  if (value === null || typeof value !== 'object') return value
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
  // A null prototype keeps a key such as `__proto__` an ordinary one.
  const copy: Record<string, unknown> = Object.create(null)
  for (const [key, item] of entries) if (item !== undefined) copy[key] = sorted(item, `${path}.${key}`)
  return copy
}
