/** A number of config.json as the language writes it. */
export function literal(value: number | boolean | string | null): string {
  if (value === null) return 'none'
  if (typeof value === 'string') return JSON.stringify(value)
  if (typeof value === 'boolean') return String(value)
  if (value < 0) return `-${literal(-value)}`
  const exponential = value.toExponential().replace('e+', 'e')
  const plain = grouped(String(value))
  if (value === 0 || /e/.test(plain) || value < 1e-3) return value === 0 ? '0' : exponential
  return exponential.length + 2 < plain.length ? exponential : plain
}

/** `32000` as `32_000`; four digits stay together. */
function grouped(digits: string): string {
  const [whole = '', ...rest] = digits.split('.')
  return [whole.length < 5 ? whole : whole.replace(/\B(?=(\d{3})+$)/g, '_'), ...rest].join('.')
}

/** Anything that a file says, for messages: one line, no control characters, not long. */
export function quoted(value: unknown): string {
  if (value === undefined) return 'missing'
  const text = visible(
    JSON.stringify(value, (_, item) => (typeof item === 'number' && !Number.isFinite(item) ? String(item) : item)) ?? String(value),
  )
  return text.length > 80 ? `${text.slice(0, 77)}...` : text
}

/** A name from a file, without what a terminal could take for a command. */
export function visible(text: string): string {
  return text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, (c) => `\\u{${(c.codePointAt(0) as number).toString(16)}}`)
}
