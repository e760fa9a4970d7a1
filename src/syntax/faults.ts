import { EOF, type IToken } from 'chevrotain'
import { tokens } from '../../grammar/lexer.ts'
import { type Fault, faultLimit } from '../../grammar/recovery.ts'
import * as messages from '../diagnostics/catalogue/syntax.ts'
import type { Diagnostic } from '../diagnostics/diagnostic.ts'
import type { SourceFile, Span } from '../source/source.ts'

/** Words for what the parser met and missed; a fault that follows from another one says nothing. */
export function describeFaults(source: SourceFile, all: readonly IToken[], faults: readonly Fault[]): Diagnostic[] {
  const diagnostics = faults.filter((fault) => !fault.cascade).map((fault) => new FaultReader(source, all, fault).describe())
  if (faults.length > faultLimit) diagnostics.push(messages.tooManyMistakes.at(undefined, { limit: faultLimit }))
  return diagnostics
}

const pairs: Readonly<Record<string, readonly [open: string, close: string]>> = {
  RightParen: ['(', ')'],
  RightBracket: ['[', ']'],
  RightBrace: ['{', '}'],
}
const openNames = ['LeftParen', 'LeftBracket', 'LeftBrace']
const closeNames = ['RightParen', 'RightBracket', 'RightBrace']

/** What a rule asks for, in the user's words. */
const places: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  binding: { Equal: '`=` and a value after the name' },
  assignment: { Equal: '`=` and a value after the name' },
  header: { Number: 'the number of the edition, as in `gdn 1`' },
  importDeclaration: { From: '`from` and the file, as in `from "./blocks.gdn"`', Text: 'the file as a text, as in `from "./blocks.gdn"`' },
  importName: { Name: 'the name of a definition' },
  modelDeclaration: { Name: 'a name for the model' },
  layerDeclaration: { Name: 'a name for the layer' },
  recurrenceDeclaration: { Name: 'a name for the recurrence', Arrow: '`->` and the type of the result' },
  attentionDeclaration: { Name: 'a name for the attention', Arrow: '`->` and the type of the result', LeftBrace: '`{` and the body' },
  functionDeclaration: { Name: 'a name for the function', Equal: '`=` and the value of the function' },
  initDeclaration: { Equal: '`=` and a starting value' },
  parameter: { Name: 'the name of a parameter', Colon: '`:` and the kind of the parameter' },
  bodyParameter: { Name: 'the name of a parameter, or its side', Colon: '`:` and the type of the parameter' },
  parameters: { LeftParen: '`(`' },
  bodyParameters: { LeftParen: '`(` and the parameters' },
  kind: { Name: 'a kind: size, real, flag, text, init, layer, or the name of a layer' },
  tensorType: { Name: 'a type such as `f32[B, T, d]`' },
  dimStatement: { Colon: '`:` and the role of the axis, `batch` or `time`', Name: 'the role of the axis, `batch` or `time`' },
  inputStatement: { Colon: '`:` and the type of the input' },
  outputStatement: { Colon: '`:` and the type of the output' },
  inStatement: { Colon: '`:` and the type of the input' },
  weightStatement: { Colon: '`:` and the type of the weight' },
  stateStatement: { Colon: '`:` and the type of the state' },
  sharedStatement: { Equal: '`=` and the recipe that is shared' },
  forHead: { In: '`in` and what is run through', Name: 'a name for what runs' },
  stackItems: { LeftBrace: '`{` and the items' },
  body: { LeftBrace: '`{` and the body' },
  recurrenceBody: { LeftBrace: '`{` and the equations' },
  caseArm: { Colon: '`:` and the value of the arm' },
  caseItemArm: { Colon: '`:` and the item of the arm' },
  precisionEntry: { Equal: '`=` and an element type such as `f16`', Name: 'an element type such as `f16`' },
  suffix: { Name: 'a name after the `.`' },
  checkpointDeclaration: { From: '`from` and the format, as in `from safetensors`', Name: 'the format, as in `from safetensors`' },
  checkpointBody: { LeftBrace: '`{` and the rules' },
  tensorRule: { TakenFrom: '`<-` and the tensor of the file', Text: 'our tensor as a text' },
  groupEntry: { TakenFrom: '`<-` and the prefix in the file', Text: 'a prefix as a text' },
  ignoreEntry: { Text: 'a pattern as a text' },
  expectEntry: { Text: 'a key as a text', EqualEqual: '`==` and the expected value' },
  transform: { Name: 'the name of a transform' },
}

/** What the alternatives of a rule are called in the grammar, and which statements a body takes. */
const statements: Readonly<Record<string, string>> = {
  statement: 'a statement such as `size d = 8`, `in x: f32[B, T, d]`, `y = linear(x, 8)` or `out y`',
  recurrenceStatement: 'a statement such as `state S: f32[K, V]`, `S = exp(g) * S`, `for j in 0 .. n { .. }` or `out read(S, q)`',
  attentionStatement: 'a statement such as `where j <= i`, `s = dot(q, k)` or `out softmax(s) of v`',
  checkpointEntry: 'a rule such as `"ours" <- "theirs"`, or `group`, `ignore`, `expect`, `optional`',
  stackItem: 'an item such as `rms_norm() as norm`, or `repeat`, `for`, `case`, `shared`',
  caseItemArm: 'an item such as `rms_norm() as norm`, or `{` and several',
}

class FaultReader {
  private readonly source: SourceFile
  private readonly all: readonly IToken[]
  private readonly fault: Fault
  private readonly rule: string

  constructor(source: SourceFile, all: readonly IToken[], fault: Fault) {
    this.source = source
    this.all = all
    this.fault = fault
    this.rule = fault.context.ruleStack.at(-1) ?? 'file'
  }

  describe(): Diagnostic {
    const { message, token } = this.fault
    const found = this.found()
    if (message === 'a value') return this.missingValue(found)
    if (message === 'Of') return messages.outNeedsOf.at(this.span(), { found })
    if (message === EOF.name || message === 'a declaration') return this.notADeclaration(found)
    const close = pairs[message]
    if (close !== undefined) return this.notClosed(close, found)
    if (this.isStrayCloser()) return messages.unmatchedBracket.at(this.span(), { found: token.image })
    const expected = places[this.rule]?.[message]
    if (statements[this.rule] !== undefined && expected === undefined) {
      return messages.notAStatement.at(this.span(), { found, expected: statements[this.rule]! })
    }
    const label = tokens[message as keyof typeof tokens]?.LABEL ?? message
    return messages.unexpected.at(this.span(), { found, expected: expected ?? label })
  }

  private found(): string {
    const { token } = this.fault
    if (token.tokenType === EOF) return 'the end of the file'
    const text = token.image.length > 24 ? `${token.image.slice(0, 21)}..` : token.image
    return `\`${text}\``
  }

  /** The offending token, or an empty span after the last one. */
  private span(): Span {
    const { token } = this.fault
    if (token.tokenType !== EOF && token.startOffset >= 0) {
      return { path: this.source.path, start: token.startOffset, end: token.startOffset + token.image.length }
    }
    const end = this.all.at(-1)
    const at = end === undefined ? 0 : end.startOffset + end.image.length
    return { path: this.source.path, start: at, end: at }
  }

  private missingValue(found: string): Diagnostic {
    const before = this.all[this.fault.index - 1]
    const hint = before?.image === '<-' ? ['`<-` is one sign, of checkpoints; `a < -b` needs a space'] : []
    const after =
      before === undefined ? 'the beginning' : `\`${before.image.length > 24 ? `${before.image.slice(0, 21)}..` : before.image}\``
    return messages.missingValue.at(this.span(), { found, after }, { notes: hint })
  }

  private notADeclaration(found: string): Diagnostic {
    const { token } = this.fault
    if (closeNames.includes(token.tokenType.name)) return messages.unmatchedBracket.at(this.span(), { found: token.image })
    return messages.notADeclaration.at(this.span(), { found })
  }

  private isStrayCloser(): boolean {
    const closer = closeNames.indexOf(this.fault.token.tokenType.name)
    if (closer < 0) return false
    const opener = this.opener()
    return opener === undefined || opener.tokenType.name !== openNames[closer]
  }

  /** The innermost bracket that is open before the fault. */
  private opener(): IToken | undefined {
    const open: IToken[] = []
    for (const token of this.all.slice(0, this.fault.index)) {
      if (openNames.includes(token.tokenType.name)) open.push(token)
      const closer = closeNames.indexOf(token.tokenType.name)
      if (closer >= 0 && open.at(-1)?.tokenType.name === openNames[closer]) open.pop()
    }
    return open.at(-1)
  }

  private notClosed([open, close]: readonly [string, string], found: string): Diagnostic {
    const { token, index } = this.fault
    const opener = this.opener()
    if (this.isStrayCloser()) return messages.unmatchedBracket.at(this.span(), { found: token.image })
    const before = this.all[index - 1]
    const inside = token.tokenType !== EOF && before !== undefined && token.startLine === before.endLine
    // On the line of the list something is wrong in it; on a later line the list was not closed.
    if (opener === undefined || (inside && !this.beginsStatement())) {
      const expected = close === '}' ? (statements[this.innerRule()] ?? '`}`') : `\`,\` or \`${close}\``
      if (close === '}') return messages.notAStatement.at(this.span(), { found, expected })
      return messages.unexpected.at(this.span(), { found, expected })
    }
    const related = [{ span: this.tokenSpan(opener), message: `this \`${open}\` is open` }]
    return messages.unclosedBracket.at(this.span(), { open, close, line: opener.startLine ?? 0 }, { related })
  }

  private beginsStatement(): boolean {
    return this.all[this.fault.index + 1]?.tokenType === tokens.Equal
  }

  private innerRule(): string {
    const inner: Readonly<Record<string, string>> = {
      body: 'statement',
      recurrenceBody: 'recurrenceStatement',
      attentionDeclaration: 'attentionStatement',
      checkpointBody: 'checkpointEntry',
      stackItems: 'stackItem',
    }
    return inner[this.rule] ?? this.rule
  }

  private tokenSpan(token: IToken): Span {
    return { path: this.source.path, start: token.startOffset, end: token.startOffset + token.image.length }
  }
}
