import type { IToken } from 'chevrotain'
import type { SourceFile } from '../source/source.ts'
import { lex } from '../syntax/lex.ts'

/** The call whose arguments an offset is in, from the tokens before it: so it is found in a text that does not parse. */
export interface CallSite {
  readonly callee: string
  /** How many commas of its own are before. */
  readonly position: number
  /** The names of arguments that are given before. */
  readonly given: readonly string[]
  /** `name:` before the offset: a value of this argument is written. */
  readonly argument: string | undefined
  /** Whether the call is the right side of a pipe, which gives its first input. */
  readonly piped: boolean
}

export function callSiteAt(source: SourceFile, offset: number): CallSite | undefined {
  const tokens = lex({ path: source.path, text: source.text.slice(0, offset) }).tokens
  let depth = 0
  let position = 0
  let argument: string | undefined
  const given: string[] = []
  for (let i = tokens.length - 1; i >= 0; i--) {
    const image = tokens[i]?.image ?? ''
    if (image === ')' || image === ']' || image === '}') depth++
    else if (image === '(' || image === '[' || image === '{') {
      if (depth-- > 0) continue
      if (image === '{') return undefined
      if (image === '[') {
        depth = 0
        continue
      }
      const callee = tokens[i - 1]
      if (callee === undefined || !/^[A-Za-z_]/.test(callee.image) || isHead(tokens, i - 2)) return undefined
      return { callee: callee.image, position, given, argument, piped: tokens[i - 2]?.image === '|' }
    } else if (depth === 0 && image === ',') position++
    else if (depth === 0 && image === ':') {
      const name = tokens[i - 1]?.image ?? ''
      if (position === 0) argument ??= name
      given.push(name)
    }
  }
  return undefined
}

const heads = new Set(['model', 'layer', 'block', 'recurrence', 'attention', 'function'])

/** Whether a name is that of a declaration which begins with this token: its brackets hold parameters, not arguments. */
const isHead = (tokens: readonly IToken[], at: number): boolean => tokens[at]?.startColumn === 1 && heads.has(tokens[at].image)
