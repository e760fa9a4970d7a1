/** The six helpers of templates. What needs more thought than these belongs in the view model. */

/** A WGSL literal of type u32: `12u`. @throws RangeError */
export function u32(value: unknown): string {
  if (!isWhole(value) || value < 0 || value > 0xffff_ffff)
    throw new RangeError(`found ${show(value)}, expected a whole number from 0 to ${0xffff_ffff} for a u32`)
  return `${value}u`
}

/** A WGSL literal of type i32: `-3i`. @throws RangeError */
export function i32(value: unknown): string {
  if (!isWhole(value) || value < -0x8000_0000 || value > 0x7fff_ffff)
    throw new RangeError(`found ${show(value)}, expected a whole number of 32 bits for an i32`)
  return `${Object.is(value, -0) ? 0 : value}i`
}

/** A WGSL literal of type f32, exact for values that are f32: `1.0f`, `1e-5f`. @throws RangeError */
export function f32(value: unknown): string {
  if (typeof value !== 'number' || !Number.isFinite(Math.fround(value)))
    throw new RangeError(`found ${show(value)}, expected a number that an f32 can hold`)
  const text = Object.is(value, -0) ? '-0' : String(value)
  return /[.e]/.test(text) ? `${text}f` : `${text}.0f`
}

/** The items of a list with a separator between them. */
export function join(items: unknown, separator: unknown): string {
  if (!Array.isArray(items) || typeof separator !== 'string')
    throw new TypeError(`join takes a list and a text, found ${show(items)} and ${show(separator)}`)
  return items.join(separator)
}

/** Indents every line but the first, which stands where the template puts it. */
export function indent(text: unknown, spaces: unknown): string {
  if (typeof text !== 'string' || !isWhole(spaces) || spaces < 0)
    throw new TypeError(`indent takes a text and a number, found ${show(text)} and ${show(spaces)}`)
  return text.replace(/\n(?=[^\n])/g, `\n${' '.repeat(spaces)}`)
}

/** Line comments: `// ` before every line. */
export function doc(text: unknown): string {
  const lines = Array.isArray(text) ? text : [text]
  if (lines.some((line) => typeof line !== 'string')) throw new TypeError(`doc takes a text or a list of texts, found ${show(text)}`)
  return lines
    .flatMap(commentLines)
    .map((line) => `// ${line}`.trimEnd())
    .join('\n')
}

/**
 * The lines of a text as they may stand in a line comment of WGSL, TypeScript or JSON5: no character that any of these takes for the
 * end of a line, and none that changes how the text is shown.
 */
export function commentLines(text: string): string[] {
  return text.split(/\r\n|[\n\v\f\r\u0085\u2028\u2029]/).map(visible)
}

/** Control characters and those that reorder or hide text, spelled out. */
export function visible(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, (c) => (c === '\t' ? ' ' : `\\u{${(c.codePointAt(0) ?? 0).toString(16)}}`))
}

const isWhole = (value: unknown): value is number => typeof value === 'number' && Number.isInteger(value)

const show = (value: unknown): string => (typeof value === 'number' ? String(value) : (JSON.stringify(value) ?? String(value)))
