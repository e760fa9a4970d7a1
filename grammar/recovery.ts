import {
  CstParser,
  EOF,
  type IParserErrorMessageProvider,
  type IRecognitionException,
  type IToken,
  MismatchedTokenException,
  NoViableAltException,
  type TokenType,
  tokenMatcher,
} from 'chevrotain'
import { tokens, vocabulary } from './lexer.ts'

/** A syntax error as the parser records it; wording it is the work of the diagnostics. */
export interface Fault extends IRecognitionException {
  /** The name of the token that was expected, or what the rule calls its alternatives. */
  readonly message: string
  /** Position of the offending token in the input; the number of tokens where the input ended. */
  index: number
  /** Whether it follows from an earlier fault in the same statement or list item, so that nobody should hear of it. */
  cascade: boolean
}

/** After so many faults the rest of a file is skipped. */
export const faultLimit = 150

/** How far a place to go on is searched for before the enclosing rule takes over. */
const searchLimit = 4000

const openers: readonly TokenType[] = [tokens.LeftParen, tokens.LeftBracket, tokens.LeftBrace]
const closers: readonly TokenType[] = [tokens.RightParen, tokens.RightBracket, tokens.RightBrace]
const undeletable: readonly TokenType[] = [...openers, tokens.RightBrace]

const declarationWords: readonly TokenType[] = [
  ...[tokens.Model, tokens.Layer, tokens.Block, tokens.Recurrence, tokens.Attention],
  ...[tokens.Function, tokens.Init, tokens.Checkpoint],
]
const statementWords: readonly TokenType[] = [
  ...[tokens.Size, tokens.Dim, tokens.Input, tokens.Output, tokens.In, tokens.Out, tokens.Weight, tokens.Shared],
  ...[tokens.State, tokens.Where, tokens.For, tokens.Expect, tokens.Ignore, tokens.Group, tokens.Optional],
]
/** Words that go on after an operand, so that a statement's word before them can be an operand. */
const joiningWords: readonly TokenType[] = [tokens.As, tokens.And, tokens.Or, tokens.Of, tokens.In]
/** After these a line goes on. */
const joiningTokens: readonly TokenType[] = [
  ...[tokens.Operator, tokens.Equal, tokens.Pipe, tokens.Comma, tokens.Colon, tokens.TakenFrom, tokens.Arrow, tokens.DotDot],
]
/** What may be invented where it is missing, by the rule that misses it: the rest of the construct is then read as usual. */
const insertable: Readonly<Record<string, readonly TokenType[]>> = {
  importDeclaration: [tokens.From],
  modelDeclaration: [tokens.Name],
  layerDeclaration: [tokens.Name],
  recurrenceDeclaration: [tokens.Name, tokens.Arrow],
  attentionDeclaration: [tokens.Name, tokens.Arrow, tokens.LeftBrace],
  functionDeclaration: [tokens.Name, tokens.Equal],
  initDeclaration: [tokens.Equal],
  checkpointDeclaration: [tokens.From],
  parameter: [tokens.Colon],
  bodyParameter: [tokens.Colon],
  body: [tokens.LeftBrace],
  recurrenceBody: [tokens.LeftBrace],
  checkpointBody: [tokens.LeftBrace],
  stackItems: [tokens.LeftBrace],
  dimStatement: [tokens.Colon],
  inputStatement: [tokens.Colon],
  outputStatement: [tokens.Colon],
  inStatement: [tokens.Colon],
  weightStatement: [tokens.Colon],
  stateStatement: [tokens.Colon],
  sharedStatement: [tokens.Equal],
  precisionEntry: [tokens.Equal],
  forHead: [tokens.In],
  outOfStatement: [tokens.Of],
  tensorRule: [tokens.TakenFrom],
  groupEntry: [tokens.TakenFrom],
}

/** Bodies: what is in them begins on a line of its own, and in lists after a comma. */
const withoutCommas: readonly string[] = [
  ...['file', 'body', 'recurrenceBody', 'attentionDeclaration', 'stackItems', 'checkpointBody'],
  ...['requireStatement', 'precisionStatement'],
]

/** What the grammar calls the alternatives of a body: nothing of the unit was read when none of them fits. */
const units: readonly string[] = ['a statement', 'a stack item', 'a rule', 'a declaration']

/** The rules of these units. */
const unitRules: readonly string[] = [
  ...['header', 'importDeclaration', 'declaration', 'statement', 'recurrenceStatement', 'attentionStatement'],
  ...['stackItem', 'checkpointEntry', 'precisionEntry'],
]

const messages: IParserErrorMessageProvider = {
  buildMismatchTokenMessage: ({ expected }) => expected.name,
  buildNotAllInputParsedMessage: () => EOF.name,
  buildNoViableAltMessage: ({ customUserDescription, ruleName }) => customUserDescription ?? ruleName,
  buildEarlyExitMessage: ({ customUserDescription, ruleName }) => customUserDescription ?? ruleName,
}

/** The hooks of chevrotain's recovery (`traits/recoverable`) that its type declarations leave out. */
interface Hooks {
  SAVE_ERROR(error: IRecognitionException): IRecognitionException
  flattenFollowSet(): readonly TokenType[]
  getCurrFollowKey(): object
  getFollowSetFromFollowKey(key: object): readonly TokenType[]
  canRecoverWithSingleTokenInsertion(expected: TokenType, follows: readonly TokenType[]): boolean
  getTokenToInsert(type: TokenType): IToken
  getLexerPosition(): number
  importLexerState(position: number): void
  getCurrRuleFullName(): string
}
const inherited = CstParser.prototype as unknown as Hooks

/**
 * A parser that recovers by the look of the text. Line breaks have no meaning in the language, but people begin statements on
 * new lines, so a fault ends where a line looks like a statement, or where the bracket around it closes. Nothing here changes
 * what a correct file means.
 */
export abstract class RecoveringParser extends CstParser {
  private count = 0
  /** Faults at tokens before this one follow from an earlier fault. */
  private quietUntil = 0
  /** So does one at this token, unless something new begins there. */
  private quietAt = -1
  /** Where reading goes on after the fault that is being handled. */
  private resume = 0
  /** The first token of a statement or item begins none, so reading cannot go on there. */
  private mustAdvance = false
  /** Where reading went on without a step; a second time at the same place would be for ever. */
  private stuckAt = -1
  private faults = 0
  /** For how many faults it was decided where reading goes on. */
  private decided = 0

  /** `validate` looks for ambiguities, which takes as long as all else; a test does it, so that no start of the compiler has to. */
  constructor(validate: boolean) {
    super([...vocabulary], {
      skipValidations: !validate,
      recoveryEnabled: true,
      maxLookahead: 3,
      nodeLocationTracking: 'onlyOffset',
      errorMessageProvider: messages,
    })
  }

  /** Gives the parser the tokens of a file. */
  protected start(input: IToken[]): void {
    this.input = input
    this.count = input.length
    this.quietUntil = 0
    this.quietAt = -1
    this.resume = 0
    this.mustAdvance = false
    this.stuckAt = -1
    this.faults = 0
    this.decided = 0
  }

  protected is(at: number, types: TokenType | readonly TokenType[]): boolean {
    const token = this.LA(at)
    return Array.isArray(types) ? types.some((type) => tokenMatcher(token, type)) : tokenMatcher(token, types as TokenType)
  }

  /** `layer Name (`, `model Name =` on one line, at its start: the body before it was not closed. */
  protected beginsDeclaration(at = 1): boolean {
    if (this.is(at, tokens.Import) && this.beginsLine(at)) return this.is(at + 1, [tokens.Name, tokens.Text]) && !this.beginsLine(at + 1)
    if (!this.is(at, declarationWords) || !this.is(at + 1, tokens.Name) || !this.beginsLine(at) || this.beginsLine(at + 1)) return false
    return this.is(at + 2, [tokens.LeftParen, tokens.LeftBrace, tokens.Equal, tokens.From]) && !this.is(at + 1, joiningWords)
  }

  /** A name that begins a statement (`y = ..`, `out y`): a value before it is missing. */
  protected beginsStatement(at = 1): boolean {
    if (!this.is(at, tokens.Name)) return false
    if (this.beginsDeclaration(at)) return true
    // `x: f32 in 0 .. n = 3`: the last operand of a range, before a default.
    if (this.is(at + 1, tokens.Equal))
      return this.beginsLine(at) || !this.is(at - 1, [tokens.Operator, tokens.Not, tokens.DotDot, tokens.Dot])
    if (!this.is(at, statementWords) || !this.beginsLine(at) || this.beginsLine(at + 1)) return false
    return this.is(at + 1, [tokens.Name, tokens.Text]) && !this.is(at + 1, joiningWords)
  }

  private beginsLine(at: number): boolean {
    const before = this.LA(at - 1).endLine
    return before === undefined || before < 0 || this.LA(at).startLine !== before
  }

  private get hooks(): Hooks {
    return this as unknown as Hooks
  }

  private get nextIndex(): number {
    return this.hooks.getLexerPosition() + 1
  }

  private skipTo(index: number): void {
    this.hooks.importLexerState(index - 1)
  }

  /**
   * How many tokens ahead reading can go on: the first that `accepts` takes, outside of brackets that open on the way.
   * A brace that closes the body around the fault ends the search, unless `leaves` it. Tokens before `first` are passed over.
   */
  private search(accepts: (at: number) => boolean, leaves: boolean, first = 1): number | undefined {
    const open: TokenType[] = []
    for (let at = 1; at <= searchLimit; at++) {
      const inBody = !leaves && !open.includes(tokens.RightBrace)
      const counts = at >= first || this.is(at, EOF)
      if (counts && (this.is(at, EOF) || this.beginsDeclaration(at) || (inBody && this.endsStatement(at))))
        return accepts(at) ? at : undefined
      const closer = closers.find((type) => this.is(at, type))
      if (closer !== undefined && open.includes(closer)) {
        open.length = open.lastIndexOf(closer)
        continue
      }
      if (counts && open.length === 0 && accepts(at)) return at
      const opener = openers.findIndex((type) => this.is(at, type))
      if (opener >= 0) open.push(closers[opener]!)
      else if (closer === tokens.RightBrace && !leaves) return undefined
    }
    return undefined
  }

  /** A line that looks like a statement: what is before it has ended. */
  protected endsStatement(at: number): boolean {
    return this.beginsLine(at) && this.beginsStatement(at)
  }

  /** Something that can follow stands at the start of a line, and the line before is finished. */
  private beginsItem(at: number): boolean {
    return this.beginsLine(at) && (at === 1 || !this.is(at - 1, joiningTokens))
  }

  // From here on: the hooks by which chevrotain asks how a fault is survived.

  protected SAVE_ERROR(error: IRecognitionException): IRecognitionException {
    const index = this.nextIndex
    const cascade = index < this.quietUntil || (index === this.quietAt && !units.includes(error.message))
    this.faults++
    return inherited.SAVE_ERROR.call(this, Object.assign(error, { index, cascade }))
  }

  /** What is mended by a guess can be wrong, so nothing more is said about its line. */
  private quietLine(from: number): void {
    let at = from
    while (!this.is(at - this.nextIndex + 1, EOF) && !this.beginsLine(at - this.nextIndex + 1)) at++
    this.quietUntil = Math.max(this.quietUntil, at)
    this.quietAt = at
  }

  /** Chevrotain's own computes every path of three tokens, only for its message. */
  protected raiseNoAltException(_occurrence: number, description: string | undefined): never {
    this.mustAdvance = units.includes(description ?? '')
    throw this.SAVE_ERROR(new NoViableAltException(description ?? this.hooks.getCurrRuleFullName(), this.LA(1), this.LA(0)))
  }

  protected findReSyncTokenType(): TokenType {
    // Every rule around a fault asks; the answer is the same.
    if (this.decided !== this.faults) this.decide()
    this.decided = this.faults
    return this.LA(this.resume - this.nextIndex + 1).tokenType ?? EOF
  }

  private decide(): void {
    const follows = this.hooks.flattenFollowSet()
    const first = this.mustAdvance || this.stuckAt === this.nextIndex ? 2 : 1
    this.mustAdvance = false
    const stops = (at: number): boolean => {
      if (this.is(at, EOF)) return true
      if (!this.is(at, follows)) return false
      return this.is(at, [...closers, tokens.Comma]) || this.endsStatement(at) || this.beginsItem(at)
    }
    const leaves = !follows.includes(tokens.RightBrace)
    const found = this.faults > faultLimit ? undefined : this.search(stops, leaves, first)
    this.resume = found === undefined ? this.endOfBody(leaves) : this.nextIndex + found - 1
    this.stuckAt = this.resume === this.nextIndex ? this.resume : -1
  }

  /** The brace that closes the body around the fault, or the end of the file. */
  private endOfBody(leaves: boolean): number {
    let depth = 0
    for (let at = 1; ; at++) {
      if (this.is(at, EOF)) return this.nextIndex + at - 1
      if (this.is(at, tokens.LeftBrace)) depth++
      if (this.is(at, tokens.RightBrace) && depth-- === 0 && !leaves && this.faults <= faultLimit) return this.nextIndex + at - 1
    }
  }

  protected isInCurrentRuleReSyncSet(): boolean {
    const rule = this.hooks.getCurrRuleFullName()
    if (rule === 'file') this.resume = this.count
    const at = this.resume - this.nextIndex + 1
    // The name that begins a statement could also begin an argument, but is none.
    if (this.endsStatement(at) && !unitRules.includes(rule)) return false
    return this.is(at, this.hooks.getFollowSetFromFollowKey(this.hooks.getCurrFollowKey()))
  }

  protected reSyncTo(): IToken[] {
    this.quietUntil = Math.max(this.quietUntil, this.resume)
    this.skipTo(this.resume)
    return []
  }

  /** A list or a body that meets what is neither an item nor its end: skips to the next item, or to the end. */
  protected tryInRepetitionRecovery(
    repetition: (...args: unknown[]) => void,
    args: unknown[],
    begins: () => boolean,
    end: TokenType,
  ): void {
    if (this.faults > faultLimit) return
    const hasCommas = !withoutCommas.includes(this.hooks.getCurrRuleFullName())
    const here = this.nextIndex
    const beginsAt = (at: number): boolean => {
      this.skipTo(here + at - 1)
      const answer = begins.call(this)
      this.skipTo(here)
      return answer
    }
    const found = this.search((at) => {
      if (this.is(at, end)) return true
      const restarts = hasCommas ? this.is(at - 1, tokens.Comma) && !this.endsStatement(at) : this.beginsItem(at)
      return at > 1 && restarts && beginsAt(at)
    }, end === EOF)
    if (found === undefined) return
    this.SAVE_ERROR(new MismatchedTokenException(end.name, this.LA(1), this.LA(0)))
    this.quietUntil = Math.max(this.quietUntil, here + found - 1)
    this.skipTo(here + found - 1)
    if (!this.is(1, end)) repetition.apply(this, args)
  }

  protected canRecoverWithSingleTokenDeletion(expected: TokenType): boolean {
    const goesOn = !this.beginsLine(2) || closers.includes(expected)
    return this.is(2, expected) && goesOn && !this.is(1, undeletable) && !this.endsStatement(1)
  }

  protected override canTokenTypeBeInsertedInRecovery(type: TokenType): boolean {
    if (this.is(1, EOF) || !insertable[this.hooks.getCurrRuleFullName()]?.includes(type)) return false
    // A body whose brace is missing begins on the next line; all else goes on where it is.
    return this.beginsLine(1) === (type === tokens.LeftBrace)
  }

  protected canPerformInRuleRecovery(expected: TokenType, follows: readonly TokenType[]): boolean {
    return (
      this.canRecoverWithSingleTokenDeletion(expected) ||
      this.closes(expected) ||
      this.hooks.canRecoverWithSingleTokenInsertion(expected, follows)
    )
  }

  /** A body that ends with the file, or where the next declaration begins. */
  private closes(expected: TokenType): boolean {
    return expected === tokens.RightBrace && (this.is(1, EOF) || this.beginsDeclaration())
  }

  protected tryInRuleRecovery(expected: TokenType, follows: readonly TokenType[]): IToken {
    const here = this.nextIndex
    if (this.canRecoverWithSingleTokenDeletion(expected)) {
      this.quietLine(here + 2)
      this.skipTo(here + 2)
      return this.LA(0)
    }
    if (this.closes(expected)) {
      this.quietUntil = Math.max(this.quietUntil, here + 1)
      return this.hooks.getTokenToInsert(expected)
    }
    if (this.hooks.canRecoverWithSingleTokenInsertion(expected, follows)) {
      if (expected !== tokens.LeftBrace) this.quietLine(here)
      return this.hooks.getTokenToInsert(expected)
    }
    // Chevrotain tells by the name that the fault is to be handled by the enclosing rule.
    throw Object.assign(new Error(), { name: 'InRuleRecoveryException' })
  }
}
