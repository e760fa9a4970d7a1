import { type IToken, tokenMatcher } from 'chevrotain'
import { lexer, tokens } from '../../grammar/lexer.ts'
import { foreign } from '../../grammar/tokens.ts'
import { fileTooLarge, foreignSpelling, strayDoc, tooDeep, unexpectedCharacter } from '../diagnostics/catalogue/syntax.ts'
import type { Diagnostic } from '../diagnostics/diagnostic.ts'
import type { SourceFile, Span } from '../source/source.ts'

/** A `//` comment, or a `///` that documents nothing. */
export interface Comment {
  readonly text: string
  readonly span: Span
}

export interface Lexed {
  readonly tokens: readonly IToken[]
  readonly comments: readonly Comment[]
  readonly diagnostics: readonly Diagnostic[]
  /** Whether the text is beyond what the parser reads. */
  readonly refused: boolean
}

export const sizeLimit = 4_000_000
export const nestingLimit = 64

/** Declarations with parameters. */
const parametric = [tokens.Model, tokens.Layer, tokens.Block, tokens.Recurrence, tokens.Attention, tokens.Function]
const documented = [
  ...[...parametric, tokens.Init, tokens.Checkpoint],
  ...[tokens.Size, tokens.Dim, tokens.Input, tokens.Output, tokens.In, tokens.Weight, tokens.Shared],
]

export function lex(source: SourceFile): Lexed {
  const diagnostics: Diagnostic[] = []
  const span = (start: number, length: number): Span => ({ path: source.path, start, end: start + length })
  if (source.text.length > sizeLimit) {
    return {
      tokens: [],
      comments: [],
      diagnostics: [fileTooLarge.at(undefined, { size: source.text.length, limit: sizeLimit })],
      refused: true,
    }
  }

  const lexed = lexer.tokenize(source.text)
  for (const error of lexed.errors) {
    for (const [offset, length] of characterRuns(source.text, error.offset, error.length)) {
      const found = String.fromCodePoint(source.text.codePointAt(offset)!)
      const codePoint = `U+${found.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}`
      const at = span(offset, length)
      diagnostics.push(
        unexpectedCharacter.at(at, { found, codePoint }, { fixes: [{ title: 'remove it', edits: [{ span: at, text: '' }] }] }),
      )
    }
  }
  for (const token of [...lexed.tokens, ...(lexed.groups['foreign'] ?? [])]) {
    const entry = foreign[token.tokenType.name as keyof typeof foreign]
    if (entry === undefined || token.tokenType.name === 'UnclosedText') continue
    diagnostics.push(foreignDiagnostic(source.text, token, span(token.startOffset, token.image.length)))
  }

  const kept: IToken[] = []
  const comments = (lexed.groups['comments'] ?? []).map((token) => ({
    text: token.image,
    span: span(token.startOffset, token.image.length),
  }))
  const docs = documenting(lexed.tokens)
  for (const token of lexed.tokens) {
    if (token.tokenType !== tokens.Doc || docs.has(token)) {
      kept.push(token)
      continue
    }
    const at = span(token.startOffset, token.image.length)
    comments.push({ text: token.image, span: at })
    diagnostics.push(
      strayDoc.at(
        at,
        {},
        { fixes: [{ title: 'make it an ordinary comment', edits: [{ span: { ...at, end: at.start + 3 }, text: '//' }] }] },
      ),
    )
  }

  const deepest = tooDeepAt(kept)
  if (deepest !== undefined) diagnostics.push(tooDeep.at(span(deepest.startOffset, 1), { limit: nestingLimit }))
  return {
    tokens: kept,
    comments: comments.sort((a, b) => a.span.start - b.span.start),
    diagnostics,
    refused: deepest !== undefined,
  }
}

/** Doc lines belong to the word after them, if that word takes any. */
function documenting(all: readonly IToken[]): ReadonlySet<IToken> {
  const found = new Set<IToken>()
  const parameters = parameterNames(all)
  let taken = false
  for (let index = all.length - 1; index >= 0; index--) {
    const token = all[index]!
    const after = all[index + 1]
    if (token.tokenType !== tokens.Doc)
      taken = parameters.has(token) || (after !== undefined && documented.includes(token.tokenType) && tokenMatcher(after, tokens.Name))
    else if (taken) found.add(token)
  }
  return found
}

/** Names that begin a parameter: behind the bracket or a comma of a definition's list, with a kind or a side. */
function parameterNames(all: readonly IToken[]): ReadonlySet<IToken> {
  const found = new Set<IToken>()
  const spoken = all.filter(({ tokenType }) => tokenType !== tokens.Doc)
  const inList: boolean[] = []
  for (const [index, token] of spoken.entries()) {
    const [before, after] = [spoken[index - 1], spoken[index + 1]]
    switch (token.tokenType) {
      case tokens.LeftParen:
        inList.push(
          before !== undefined && tokenMatcher(before, tokens.Name) && parametric.includes(spoken[index - 2]?.tokenType ?? tokens.Doc),
        )
        break
      case tokens.LeftBracket:
      case tokens.LeftBrace:
        inList.push(false)
        break
      case tokens.RightParen:
      case tokens.RightBracket:
      case tokens.RightBrace:
        inList.pop()
        break
      default:
        if (inList.at(-1) !== true || !tokenMatcher(token, tokens.Name)) continue
        if (before?.tokenType !== tokens.LeftParen && before?.tokenType !== tokens.Comma) continue
        if (after?.tokenType === tokens.Colon || after?.tokenType === tokens.LeftBracket) found.add(token)
    }
  }
  return found
}

function tooDeepAt(all: readonly IToken[]): IToken | undefined {
  let depth = 0
  for (const token of all) {
    const type = token.tokenType
    if (type === tokens.LeftParen || type === tokens.LeftBracket || type === tokens.LeftBrace) {
      if (++depth > nestingLimit) return token
    } else if (type === tokens.RightParen || type === tokens.RightBracket || type === tokens.RightBrace) {
      depth = Math.max(0, depth - 1)
    }
  }
  return undefined
}

/** Runs of one repeated character, or of letters: `$$$` is one mistake, `öß` is one, `$§` are two. */
function characterRuns(text: string, offset: number, length: number): readonly (readonly [number, number])[] {
  const runs: [number, number][] = []
  let previous = ''
  for (let at = offset; at < offset + length; ) {
    const character = String.fromCodePoint(text.codePointAt(at)!)
    const continues = character === previous || (isLetter(character) && isLetter(previous))
    if (continues) runs.at(-1)![1] += character.length
    else runs.push([at, character.length])
    previous = character
    at += character.length
  }
  return runs
}

function isLetter(character: string): boolean {
  return /[\p{L}\p{M}]/u.test(character)
}

function foreignDiagnostic(source: string, token: IToken, span: Span): Diagnostic {
  const found = token.image
  const [meant, plain] = meaning(token)
  const text = apart(source, span, plain)
  const first = found.split(/[\n\r]/)[0]!
  const shown = found.trim() === '' ? 'a wide space' : `\`${first.length > 20 ? `${first.slice(0, 17)}..` : first}\``
  return foreignSpelling.at(
    span,
    { found: shown, meant },
    { fixes: [{ title: plain.trim() === '' ? (plain === '' ? 'remove it' : 'a plain space') : `\`${plain}\``, edits: [{ span, text }] }] },
  )
}

/** A word in the place of a sign must not grow together with its neighbours. */
function apart(source: string, { start, end }: Span, text: string): string {
  if (!/^\w+$/.test(text)) return text
  const before = /\w$/.test(source.slice(Math.max(0, start - 1), start)) ? ' ' : ''
  const after = /^\w/.test(source.slice(end, end + 1)) ? ' ' : ''
  return `${before}${text}${after}`
}

function meaning(token: IToken): readonly [meant: string, text: string] {
  switch (token.tokenType.name) {
    case 'WideSpace':
      return ['expected a plain space', ' ']
    case 'CurlyQuoted':
      return ['expected plain quotes', `"${token.image.slice(1, -1).replaceAll('"', '\\"')}"`]
    case 'SingleQuoted': {
      const text = `"${token.image.slice(1, -1).replaceAll("\\'", "'").replaceAll('"', '\\"')}"`
      return [`expected a text in double quotes`, text]
    }
    case 'BlockComment': {
      const body = token.image.slice(2).replace(/\*\/$/, '')
      return [
        'expected `//` before each line',
        body
          .split(/\r?\n/)
          .map((line) => `//${line === '' ? '' : ` ${line.trim()}`}`)
          .join('\n'),
      ]
    }
    case 'HashComment':
      return ['expected `//`', `//${token.image.slice(1)}`]
    case 'Semicolon':
      return ['expected nothing: a statement needs no end', '']
    default: {
      const text = foreign[token.tokenType.name as keyof typeof foreign].label.slice(1, -1)
      return [`expected \`${text}\``, text]
    }
  }
}
