import { commentLines, visible } from './helpers.ts'

/**
 * Text of a spec as it may stand in the files of a package. A spec is not trusted: whatever it says must stay text. Names need none of
 * this, since the language has ASCII identifiers only.
 */

/** A documentation comment that ends where we end it. No tags and no tool's pragmas: `@`, the end of a comment and `//#` are defused. */
export function docComment(text: string, indentation = ''): string {
  const lines = trimBlank(commentLines(text)).map((line) =>
    line
      .replaceAll('*/', '*\\/')
      .replaceAll('/*', '/\\*')
      .replace(/@/g, '\\@')
      .replace(/\/\/([#@/])/g, '// $1')
      .replace(/<(?=[/!]|script)/gi, '<\\')
      .replaceAll('-->', '--\\>')
      .trimEnd(),
  )
  if (lines.length === 0) return ''
  if (lines.length === 1) return `/** ${lines[0]} */`
  return ['/**', ...lines.map((line) => ` * ${line}`.trimEnd()), ' */'].map((line, i) => (i === 0 ? line : indentation + line)).join('\n')
}

/** A string literal of JavaScript and TypeScript in single quotes, that may also stand in a `<script>`. */
export function stringLiteral(text: string): string {
  const inner = JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")
  return `'${codeSafe(inner)}'`
}

/** Plain data as an expression of JavaScript: JSON, but no key is taken for the prototype and no string can end a `<script>`. */
export function dataLiteral(value: unknown): string {
  return json(value).replaceAll('"__proto__":', '["__proto__"]:')
}

/** JSON without characters that hide or reorder text, and without `<`. */
export const json = (value: unknown): string => codeSafe(JSON.stringify(value))

/** Paragraphs of Markdown that show the text and nothing else. */
export function markdown(text: string): string {
  return (
    trimBlank(commentLines(text))
      .map((line) => line.trim().replace(/[\\`*_[\]<>|~&$]/g, '\\$&'))
      // What is special at the start of a line only: headings, lists, rules, underlines of headings.
      .map((line) => line.replace(/^(\d*)([#+\-=.):])/, '$1\\$2'))
      .join('\n')
  )
}

/** One line of plain text, for descriptions. */
export function oneLine(text: string, most = 200): string {
  const line = commentLines(text).join(' ').replace(/\s+/g, ' ').trim()
  return line.length <= most ? line : `${visible(line.slice(0, most - 1).replace(/\s+\S*$/, ''))}…`
}

/** JSON or code whose strings hold no `<` and no character that hides or reorders text. */
export const codeSafe = (text: string): string =>
  text.replace(
    /[<\u2028\u2029\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )

function trimBlank(lines: readonly string[]): string[] {
  const from = lines.findIndex((line) => line.trim() !== '')
  if (from < 0) return []
  return lines.slice(from, lines.findLastIndex((line) => line.trim() !== '') + 1)
}
