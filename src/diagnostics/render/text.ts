import { type Lines, linesOf } from '../../source/lines.ts'
import type { Sources, Span } from '../../source/source.ts'
import type { Diagnostic, Severity } from '../diagnostic.ts'
import { inOrder } from '../order.ts'

export interface TextOptions {
  /** Whether to print escape sequences for colour; a terminal decides that, not we. */
  readonly color: boolean
  /** Columns that a line of source may take; longer ones are cut around the mark. */
  readonly width?: number
}

/**
 * Diagnostics as people read them in a terminal: a code frame for each, with what was expected under the mark, then notes, fixes
 * and where to read more. Ends with a line break; empty for no diagnostics.
 */
export function renderText(diagnostics: readonly Diagnostic[], sources: Sources, options: TextOptions): string {
  const printer = new Printer(sources, options)
  return inOrder(diagnostics)
    .map((diagnostic) => `${printer.print(diagnostic).join('\n')}\n`)
    .join('\n')
}

/** `2 errors, 1 warning`; empty for none. */
export function summary(diagnostics: readonly Diagnostic[]): string {
  const count = (severity: Severity): string => {
    const n = diagnostics.filter((diagnostic) => diagnostic.severity === severity).length
    return n === 0 ? '' : `${n} ${severity}${n === 1 ? '' : 's'}`
  }
  return [count('error'), count('warning')].filter((part) => part !== '').join(', ')
}

type Style = 'error' | 'warning' | 'bold' | 'frame' | 'related'
const styles: Readonly<Record<Style, string>> = { error: '1;31', warning: '1;33', bold: '1', frame: '34', related: '36' }

class Printer {
  private readonly sources: Sources
  private readonly color: boolean
  private readonly width: number
  private readonly lines = new Map<string, Lines>()

  constructor(sources: Sources, { color, width = 120 }: TextOptions) {
    this.sources = sources
    this.color = color
    this.width = width
  }

  print({ code, severity, message, span, label, related, notes, fixes }: Diagnostic): string[] {
    const spans = [span, ...related.map((other) => other.span)].filter((at) => at !== undefined)
    const gutter = Math.max(2, ...spans.map((at) => String(this.linesOf(at)?.position(at.start).line ?? 0).length))
    const bar = `${' '.repeat(gutter)} ${this.paint('frame', '|')}`
    const out = [`${this.paint(severity, `${severity} ${code}`)}  ${this.paint('bold', plain(message))}`]
    if (span !== undefined) out.push(...this.frame(span, label, '^', severity, gutter))
    else if (label !== undefined) out.push(`  ${plain(label)}`)
    for (const [index, other] of related.entries()) {
      out.push(...this.frame(other.span, other.message, '-', 'related', gutter, index === 0 ? span : related[index - 1]!.span))
    }
    if (spans.length > 0) out.push(bar)
    const remark = (text: string): string => `${' '.repeat(gutter)} ${this.paint('frame', '=')} ${text}`
    out.push(...notes.map((note) => remark(plain(note))))
    out.push(...fixes.map((fix) => remark(`fix: ${plain(fix.title)}`)))
    out.push(remark(`more: gdnc explain ${code}`))
    return out
  }

  /** A line of source with its mark. The path is left out where the frame above is in the same file, the line if it is the same. */
  private frame(span: Span, label: string | undefined, mark: string, style: Style, gutter: number, above?: Span): string[] {
    const lines = this.linesOf(span)
    if (lines === undefined) return [`  ${plain(span.path)}`, ...(label === undefined ? [] : [`  ${plain(label)}`])]
    const from = lines.position(span.start)
    const to = lines.position(span.end)
    const text = lines.line(from.line)
    const marked = text.slice(from.column - 1, to.line === from.line ? to.column - 1 : undefined)
    const ends = to.line === from.line ? '' : ` .. to line ${to.line}`
    const shown = this.cut(text, from.column - 1)
    const before = shownWidth(text.slice(shown.from, from.column - 1)) + shown.lead.length
    const room = Math.max(1, this.width - before)
    const marks = mark.repeat(Math.min(room, Math.max(1, shownWidth(marked))))
    const bar = this.paint('frame', '|')
    const number = String(from.line).padStart(gutter)
    const tail = [ends, label === undefined ? '' : ` ${plain(label)}`].join('')
    const sameFile = above?.path === span.path
    const sameLine = sameFile && lines.position(above.start).line === from.line
    const line = `${this.paint('frame', number)} ${bar} ${shown.lead}${plain(text.slice(shown.from, shown.to))}${shown.trail}`
    return [
      ...(sameFile ? [] : [`  ${plain(span.path)}:${from.line}:${from.column}`, `${' '.repeat(gutter)} ${bar}`]),
      ...(sameLine ? [] : [line.trimEnd()]),
      `${' '.repeat(gutter)} ${bar} ${' '.repeat(before)}${this.paint(style, `${marks}${tail}`)}`,
    ]
  }

  /** The part of a long line around the mark. */
  private cut(text: string, at: number): { readonly from: number; readonly to: number; readonly lead: string; readonly trail: string } {
    if (shownWidth(text) <= this.width) return { from: 0, to: text.length, lead: '', trail: '' }
    const from = Math.max(0, Math.min(at - 20, text.length - this.width))
    const to = Math.min(text.length, from + this.width)
    return { from, to, lead: from > 0 ? '.. ' : '', trail: to < text.length ? ' ..' : '' }
  }

  private linesOf({ path }: Span): Lines | undefined {
    const source = this.sources.get(path)
    if (source === undefined) return undefined
    const known = this.lines.get(path) ?? linesOf(source.text)
    this.lines.set(path, known)
    return known
  }

  private paint(style: Style, text: string): string {
    return this.color ? `\u001B[${styles[style]}m${text}\u001B[0m` : text
  }
}

/** A spec must not steer the terminal: what does not print is shown as `?`, a tab as a space. */
function plain(text: string): string {
  return text.replace(/[\t\n]/g, ' ').replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, '?')
}

/** Columns that a text takes in a terminal. */
function shownWidth(text: string): number {
  let width = 0
  for (const character of plain(text)) {
    if (/\p{Mn}/u.test(character)) continue
    width += /[\u1100-\u115F\u2E80-\uA4CF\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF00-\uFF60\uFFE0-\uFFE6]|\p{Emoji_Presentation}/u.test(
      character,
    )
      ? 2
      : 1
  }
  return width
}
