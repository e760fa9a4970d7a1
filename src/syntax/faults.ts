import { EOF, type IToken, tokenMatcher } from 'chevrotain'
import { tokens } from '../../grammar/lexer.ts'
import type { Fault } from '../../grammar/recovery.ts'
import { declarationWords, keywords } from '../../grammar/tokens.ts'
import * as messages from '../diagnostics/catalogue/syntax.ts'
import type { Diagnostic, Fix } from '../diagnostics/diagnostic.ts'
import { nearest } from '../diagnostics/nearest.ts'
import type { SourceFile, Span } from '../source/source.ts'
import { expectations, type Unit, units, wordExamples } from './expectations.ts'

/** Words for what the parser met and missed; a fault that follows from another one says nothing. */
export function describeFaults(source: SourceFile, all: readonly IToken[], faults: readonly Fault[]): Diagnostic[] {
  const brackets = openBrackets(all)
  const told = faults.filter((fault) => !fault.cascade)
  return told.map((fault) => new FaultReader(source, all, brackets, fault).describe())
}

const openers: readonly string[] = ['LeftParen', 'LeftBracket', 'LeftBrace']
const closers: readonly string[] = ['RightParen', 'RightBracket', 'RightBrace']
const closerSigns: readonly string[] = [')', ']', '}']
/** For each token, the bracket that is open before it: the index of its token, -1 for none, and for each bracket the one around it. */
type Brackets = readonly { readonly around: number; readonly matches: boolean }[]

function openBrackets(all: readonly IToken[]): Brackets {
  const open: number[] = []
  const found: { around: number; matches: boolean }[] = []
  for (const [index, token] of all.entries()) {
    const closer = closers.indexOf(token.tokenType.name)
    const partner = closer < 0 ? -1 : open.findLastIndex((at) => all[at]!.tokenType.name === openers[closer])
    found.push({ around: open.at(-1) ?? -1, matches: partner >= 0 })
    if (partner >= 0) open.length = partner
    if (openers.includes(token.tokenType.name)) open.push(index)
  }
  found.push({ around: open.at(-1) ?? -1, matches: false })
  return found
}

class FaultReader {
  private readonly source: SourceFile
  private readonly all: readonly IToken[]
  private readonly brackets: Brackets
  private readonly fault: Fault
  private readonly rule: string
  private readonly token: IToken | undefined
  private readonly before: IToken | undefined

  constructor(source: SourceFile, all: readonly IToken[], brackets: Brackets, fault: Fault) {
    this.source = source
    this.all = all
    this.brackets = brackets
    this.fault = fault
    this.rule = fault.context.ruleStack.at(-1) ?? 'file'
    this.token = all[fault.index]
    this.before = all[fault.index - 1]
  }

  describe(): Diagnostic {
    const { message } = this.fault
    const { token } = this
    const isUnit = message === EOF.name || closers.includes(message) || message.startsWith('a ') !== (message === 'a value')
    if (token && closers.includes(token.tokenType.name) && !this.brackets[this.fault.index]!.matches && (isUnit || !this.beginsLine())) {
      return messages.unmatchedBracket.at(this.spanOf(token), { found: token.image })
    }
    if (message === 'a value') return this.missingValue()
    if (message === 'Of') return messages.outNeedsOf.at(this.here(), {})
    if (message === EOF.name || message === 'a declaration') return this.notADeclaration()
    const closer = closers.indexOf(message)
    if (closer >= 0) return this.inBrackets(closer)
    const unit = units[this.rule]
    const expected = expectations[this.rule]?.[message]
    if (unit !== undefined && expected === undefined) return this.notAUnit(unit)
    const label = (tokens as Readonly<Record<string, { readonly LABEL?: string }>>)[message]?.LABEL
    return messages.unexpected.at(this.here(), { found: this.found(), expected: expected ?? label ?? message })
  }

  private found(): string {
    if (this.token === undefined) return 'end of the file'
    return this.beginsLine() ? 'end of the line' : quoted(this.token)
  }

  /** The offending token; the end of the token before, if that ends its line: there the text should have gone on. */
  private here(): Span {
    const { token, before } = this
    if (token !== undefined && !this.beginsLine()) return this.spanOf(token)
    const at = before === undefined ? 0 : before.startOffset + before.image.length
    return { path: this.source.path, start: at, end: at }
  }

  private beginsLine(): boolean {
    return this.before !== undefined && this.token?.startLine !== this.before.endLine
  }

  private spanOf({ startOffset, image }: IToken): Span {
    return { path: this.source.path, start: startOffset, end: startOffset + image.length }
  }

  private missingValue(): Diagnostic {
    const { before } = this
    const notes = before?.image === '<-' ? ['`<-` is one sign, of checkpoints; in `a < -b` a space stands before the `-`'] : []
    const after = before === undefined ? 'the beginning of the file' : quoted(before)
    return messages.missingValue.at(this.here(), { after }, { notes })
  }

  private notADeclaration(): Diagnostic {
    const { token } = this
    if (token === undefined) return messages.unexpected.at(this.here(), { found: this.found(), expected: 'a declaration' })
    const span = this.spanOf(token)
    return messages.notADeclaration.at(span, { found: quoted(token) }, { fixes: meant(token, span, declarationWords) })
  }

  /** What stands in brackets is neither an item nor their end. */
  private inBrackets(closer: number): Diagnostic {
    const { index } = this.fault
    const opener = this.all[this.brackets[index]!.around]
    const next = this.all[index + 1]
    const close = closerSigns[closer]!
    const sameLine = this.token !== undefined && !this.beginsLine()
    if (close === ')' && sameLine && next?.tokenType === tokens.Equal && tokenMatcher(this.token!, tokens.Name)) {
      const name = this.token!
      const span = { ...this.spanOf(next), start: name.startOffset + name.image.length }
      const fixes = [{ title: `\`${name.image}:\``, edits: [{ span, text: ':' }] }]
      return messages.namedWithEqual.at(this.spanOf(next), { name: name.image }, { fixes })
    }
    const closes = this.token === undefined || closers.includes(this.token.tokenType.name) || this.beginsLine()
    const unit = units[this.rule]
    const endsBody = close === '}' && (this.token === undefined || this.beginsDeclaration())
    if (opener !== undefined && (close === '}' ? endsBody : closes)) {
      const open = opener.image
      const related = [{ span: this.spanOf(opener), message: `this \`${open}\` is open` }]
      return messages.unclosedBracket.at(this.here(), { open, close, line: opener.startLine ?? 0 }, { related })
    }
    if (unit !== undefined && close === '}') return this.notAUnit(unit)
    return messages.unexpected.at(this.here(), { found: this.found(), expected: `\`,\` or \`${close}\`` })
  }

  private beginsDeclaration(): boolean {
    return this.token !== undefined && this.beginsLine() && declarationWords.includes(this.token.image)
  }

  /** A line that is no statement, a statement without its `=`, or something left over at the end of one. */
  private notAUnit(unit: Unit): Diagnostic {
    const { token, before, all } = this
    const { index } = this.fault
    const next = all[index + 1]
    if (token === undefined) return messages.unexpected.at(this.here(), { found: this.found(), expected: unit.example })
    const example = unit.example
    if (!this.beginsLine() && before !== undefined && tokenMatcher(before, tokens.Name) && all[index - 2]?.tokenType === tokens.Size) {
      return messages.unexpected.at(this.spanOf(token), { found: quoted(token), expected: '`=` and a value' })
    }
    if (token.tokenType === tokens.As)
      return messages.unexpected.at(this.spanOf(token), { found: quoted(token), expected: 'a name after `as`' })
    const bound = (unit.name === 'statement' || wordExamples[token.image] !== undefined) && tokenMatcher(token, tokens.Name)
    if (bound && (next === undefined || closers.includes(next.tokenType.name) || next.startLine !== token.endLine)) {
      const span = { ...this.spanOf(token), start: token.startOffset + token.image.length }
      const expected = wordExamples[token.image] ?? '`=` and a value'
      return messages.unexpected.at(span, { found: `end of the statement after ${quoted(token)}`, expected })
    }
    if (bound && next !== undefined) {
      const fixes = meant(
        token,
        this.spanOf(token),
        Object.values(keywords).map(({ pattern }) => String(pattern)),
      )
      const expected = wordExamples[token.image] ?? `\`=\` and a value after ${quoted(token)}`
      return messages.unexpected.at(this.spanOf(next), { found: quoted(next), expected }, { fixes })
    }
    return messages.notAStatement.at(this.spanOf(token), { found: quoted(token), unit: unit.name, example })
  }
}

function quoted({ image }: IToken): string {
  return `\`${image.length > 24 ? `${image.slice(0, 21)}..` : image}\``
}

/** The word that was probably meant by a name that is nearly one. */
function meant(token: IToken, span: Span, words: readonly string[]): Fix[] {
  if (token.tokenType !== tokens.Name) return []
  const word = nearest(token.image, words)
  return word === undefined ? [] : [{ title: `\`${word}\``, edits: [{ span, text: word }] }]
}
