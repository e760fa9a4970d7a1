import type { CstNode, IToken } from 'chevrotain'
import { tokens as t } from './lexer.ts'
import { type Fault, RecoveringParser } from './recovery.ts'

/**
 * The grammar of edition 1. Lists take a comma after each item; that none is missing between two items is checked when the
 * syntax tree is read, so that a forgotten comma costs one message and not the rest of the list. Binary operators are a flat
 * sequence here; `operators.ts` has their precedence.
 */
class GdnParser extends RecoveringParser {
  constructor() {
    super()
    this.performSelfAnalysis()
  }

  /** Reads the tokens of one file. */
  read(input: IToken[]): { readonly cst: CstNode; readonly faults: readonly Fault[] } {
    this.start(input)
    const cst = this.file()
    return { cst, faults: this.errors as Fault[] }
  }

  file = this.RULE('file', () => {
    this.OPTION(() => this.SUBRULE(this.header))
    this.MANY(() =>
      this.OR({
        ERR_MSG: 'a declaration',
        DEF: [{ ALT: () => this.SUBRULE(this.importDeclaration) }, { ALT: () => this.SUBRULE(this.declaration) }],
      }),
    )
  })

  header = this.RULE('header', () => {
    this.CONSUME(t.Gdn)
    this.CONSUME(t.Number)
  })

  importDeclaration = this.RULE('importDeclaration', () => {
    this.CONSUME(t.Import)
    this.SUBRULE(this.importName)
    this.MANY({
      GATE: () => !this.is(2, [t.Text, t.From]),
      DEF: () => {
        this.CONSUME(t.Comma)
        this.SUBRULE2(this.importName)
      },
    })
    this.OPTION(() => this.CONSUME2(t.Comma))
    this.CONSUME(t.From)
    this.CONSUME(t.Text)
  })

  importName = this.RULE('importName', () => {
    this.CONSUME(t.Name)
    this.OPTION(() => {
      this.CONSUME(t.As)
      this.CONSUME2(t.Name)
    })
  })

  // Declarations

  declaration = this.RULE('declaration', () => {
    this.MANY(() => this.CONSUME(t.Doc))
    this.OR({
      ERR_MSG: 'a declaration',
      DEF: [
        { ALT: () => this.SUBRULE(this.modelDeclaration) },
        { ALT: () => this.SUBRULE(this.layerDeclaration) },
        { ALT: () => this.SUBRULE(this.recurrenceDeclaration) },
        { ALT: () => this.SUBRULE(this.attentionDeclaration) },
        { ALT: () => this.SUBRULE(this.functionDeclaration) },
        { ALT: () => this.SUBRULE(this.initDeclaration) },
        { ALT: () => this.SUBRULE(this.checkpointDeclaration) },
      ],
    })
  })

  modelDeclaration = this.RULE('modelDeclaration', () => {
    this.CONSUME(t.Model)
    this.CONSUME(t.Name)
    this.OR({
      ERR_MSG: 'a model body',
      DEF: [
        {
          ALT: () => {
            this.CONSUME(t.Equal)
            this.SUBRULE(this.expression)
          },
        },
        {
          ALT: () => {
            this.OPTION(() => this.SUBRULE(this.parameters))
            this.SUBRULE(this.body)
          },
        },
      ],
    })
  })

  layerDeclaration = this.RULE('layerDeclaration', () => {
    this.OR([{ ALT: () => this.CONSUME(t.Layer) }, { ALT: () => this.CONSUME(t.Block) }])
    this.CONSUME(t.Name)
    this.OPTION(() => this.SUBRULE(this.parameters))
    this.SUBRULE(this.body)
  })

  parameters = this.RULE('parameters', () => {
    this.CONSUME(t.LeftParen)
    this.MANY({
      GATE: () => !this.beginsStatement(),
      DEF: () => {
        this.SUBRULE(this.parameter)
        this.OPTION(() => this.CONSUME(t.Comma))
      },
    })
    this.CONSUME(t.RightParen)
  })

  parameter = this.RULE('parameter', () => {
    this.CONSUME(t.Name)
    this.CONSUME(t.Colon)
    this.SUBRULE(this.kind)
    this.OPTION(() => this.SUBRULE(this.defaultValue))
  })

  defaultValue = this.RULE('defaultValue', () => {
    this.CONSUME(t.Equal)
    this.SUBRULE(this.expression)
  })

  kind = this.RULE('kind', () => {
    this.CONSUME(t.Name)
    this.OPTION(() => {
      this.CONSUME(t.LeftBracket)
      this.OPTION2(() => this.SUBRULE(this.expression))
      this.CONSUME(t.RightBracket)
    })
  })

  recurrenceDeclaration = this.RULE('recurrenceDeclaration', () => {
    this.CONSUME(t.Recurrence)
    this.CONSUME(t.Name)
    this.SUBRULE(this.bodyParameters)
    this.CONSUME(t.Arrow)
    this.SUBRULE(this.tensorType)
    this.SUBRULE(this.recurrenceBody)
  })

  recurrenceBody = this.RULE('recurrenceBody', () => {
    this.CONSUME(t.LeftBrace)
    this.MANY({ GATE: () => !this.beginsDeclaration(), DEF: () => this.SUBRULE(this.recurrenceStatement) })
    this.CONSUME(t.RightBrace)
  })

  recurrenceStatement = this.RULE('recurrenceStatement', () => {
    this.OR({
      ERR_MSG: 'a statement',
      DEF: [
        { ALT: () => this.SUBRULE(this.stateStatement) },
        { ALT: () => this.SUBRULE(this.forStatement) },
        { ALT: () => this.SUBRULE(this.outStatement) },
        { ALT: () => this.SUBRULE(this.assignment) },
      ],
    })
  })

  stateStatement = this.RULE('stateStatement', () => {
    this.CONSUME(t.State)
    this.CONSUME(t.Name)
    this.CONSUME(t.Colon)
    this.SUBRULE(this.tensorType)
    this.OPTION(() => this.SUBRULE(this.defaultValue))
  })

  forStatement = this.RULE('forStatement', () => {
    this.SUBRULE(this.forHead)
    this.SUBRULE(this.recurrenceBody)
  })

  forHead = this.RULE('forHead', () => {
    this.CONSUME(t.For)
    this.CONSUME(t.Name)
    this.CONSUME(t.In)
    this.SUBRULE(this.rangeOrExpression)
  })

  assignment = this.RULE('assignment', () => {
    this.CONSUME(t.Name)
    this.CONSUME(t.Equal)
    this.SUBRULE(this.expression)
  })

  attentionDeclaration = this.RULE('attentionDeclaration', () => {
    this.CONSUME(t.Attention)
    this.CONSUME(t.Name)
    this.SUBRULE(this.bodyParameters)
    this.CONSUME(t.Arrow)
    this.SUBRULE(this.tensorType)
    this.CONSUME(t.LeftBrace)
    this.MANY({ GATE: () => !this.beginsDeclaration(), DEF: () => this.SUBRULE(this.attentionStatement) })
    this.CONSUME(t.RightBrace)
  })

  attentionStatement = this.RULE('attentionStatement', () => {
    this.OR({
      ERR_MSG: 'a statement',
      DEF: [
        { ALT: () => this.SUBRULE(this.whereStatement) },
        { ALT: () => this.SUBRULE(this.outOfStatement) },
        { ALT: () => this.SUBRULE(this.assignment) },
      ],
    })
  })

  whereStatement = this.RULE('whereStatement', () => {
    this.CONSUME(t.Where)
    this.SUBRULE(this.expression)
  })

  outOfStatement = this.RULE('outOfStatement', () => {
    this.CONSUME(t.Out)
    this.SUBRULE(this.expression)
    this.CONSUME(t.Of)
    this.SUBRULE2(this.expression)
  })

  functionDeclaration = this.RULE('functionDeclaration', () => {
    this.CONSUME(t.Function)
    this.CONSUME(t.Name)
    this.SUBRULE(this.bodyParameters)
    this.CONSUME(t.Equal)
    this.SUBRULE(this.expression)
  })

  bodyParameters = this.RULE('bodyParameters', () => {
    this.CONSUME(t.LeftParen)
    this.MANY({
      GATE: () => !this.beginsStatement(),
      DEF: () => {
        this.SUBRULE(this.bodyParameter)
        this.OPTION(() => this.CONSUME(t.Comma))
      },
    })
    this.CONSUME(t.RightParen)
  })

  bodyParameter = this.RULE('bodyParameter', () => {
    this.CONSUME(t.Name)
    this.OPTION(() => {
      this.CONSUME(t.LeftBracket)
      this.CONSUME2(t.Name)
      this.CONSUME(t.RightBracket)
    })
    this.CONSUME(t.Colon)
    this.SUBRULE(this.tensorType)
    this.OPTION2(() => {
      this.CONSUME(t.In)
      this.SUBRULE(this.range)
    })
    this.OPTION3(() => this.SUBRULE(this.defaultValue))
  })

  range = this.RULE('range', () => {
    this.OR({
      ERR_MSG: 'a range',
      DEF: [
        {
          ALT: () => {
            this.CONSUME(t.DotDot)
            this.SUBRULE(this.operation)
          },
        },
        {
          ALT: () => {
            this.SUBRULE2(this.operation)
            this.CONSUME2(t.DotDot)
            this.OPTION(() => this.SUBRULE3(this.operation))
          },
        },
      ],
    })
  })

  tensorType = this.RULE('tensorType', () => {
    this.CONSUME(t.Name)
    this.OPTION(() => {
      this.CONSUME(t.LeftBracket)
      this.MANY({
        GATE: () => !this.beginsStatement(),
        DEF: () => {
          this.SUBRULE(this.axis)
          this.OPTION2(() => this.CONSUME(t.Comma))
        },
      })
      this.CONSUME(t.RightBracket)
    })
  })

  axis = this.RULE('axis', () => {
    this.OR([{ ALT: () => this.CONSUME(t.DotDot) }, { ALT: () => this.SUBRULE(this.operation) }])
  })

  initDeclaration = this.RULE('initDeclaration', () => {
    this.CONSUME(t.Init)
    this.CONSUME(t.Name)
    this.CONSUME(t.Equal)
    this.SUBRULE(this.expression)
  })

  // Bodies of models, layers and blocks

  body = this.RULE('body', () => {
    this.CONSUME(t.LeftBrace)
    this.MANY({ GATE: () => !this.beginsDeclaration(), DEF: () => this.SUBRULE(this.statement) })
    this.CONSUME(t.RightBrace)
  })

  statement = this.RULE('statement', () => {
    this.MANY(() => this.CONSUME(t.Doc))
    this.OR({
      ERR_MSG: 'a statement',
      DEF: [
        { ALT: () => this.SUBRULE(this.sizeStatement) },
        { ALT: () => this.SUBRULE(this.dimStatement) },
        { ALT: () => this.SUBRULE(this.inputStatement) },
        { ALT: () => this.SUBRULE(this.outputStatement) },
        { ALT: () => this.SUBRULE(this.inStatement) },
        { ALT: () => this.SUBRULE(this.weightStatement) },
        { ALT: () => this.SUBRULE(this.sharedStatement) },
        { ALT: () => this.SUBRULE(this.outStatement) },
        { ALT: () => this.SUBRULE(this.stackExpression) },
        { ALT: () => this.SUBRULE(this.requireStatement) },
        { ALT: () => this.SUBRULE(this.precisionStatement) },
        { ALT: () => this.SUBRULE(this.binding) },
      ],
    })
  })

  sizeStatement = this.RULE('sizeStatement', () => {
    this.CONSUME(t.Size)
    this.CONSUME(t.Name)
    this.OPTION(() => this.SUBRULE(this.defaultValue))
  })

  dimStatement = this.RULE('dimStatement', () => {
    this.CONSUME(t.Dim)
    this.CONSUME(t.Name)
    this.CONSUME(t.Colon)
    this.CONSUME2(t.Name)
  })

  inputStatement = this.RULE('inputStatement', () => {
    this.CONSUME(t.Input)
    this.CONSUME(t.Name)
    this.CONSUME(t.Colon)
    this.SUBRULE(this.tensorType)
  })

  outputStatement = this.RULE('outputStatement', () => {
    this.CONSUME(t.Output)
    this.CONSUME(t.Name)
    this.CONSUME(t.Colon)
    this.SUBRULE(this.tensorType)
  })

  inStatement = this.RULE('inStatement', () => {
    this.CONSUME(t.In)
    this.CONSUME(t.Name)
    this.CONSUME(t.Colon)
    this.SUBRULE(this.tensorType)
    this.OPTION(() => this.SUBRULE(this.defaultValue))
  })

  weightStatement = this.RULE('weightStatement', () => {
    this.CONSUME(t.Weight)
    this.CONSUME(t.Name)
    this.CONSUME(t.Colon)
    this.SUBRULE(this.tensorType)
    this.OPTION({
      GATE: () => !this.beginsStatement() && !this.beginsDeclaration(),
      DEF: () => {
        this.CONSUME(t.Init)
        this.SUBRULE(this.expression)
      },
    })
  })

  sharedStatement = this.RULE('sharedStatement', () => {
    this.CONSUME(t.Shared)
    this.CONSUME(t.Name)
    this.CONSUME(t.Equal)
    this.SUBRULE(this.expression)
  })

  outStatement = this.RULE('outStatement', () => {
    this.CONSUME(t.Out)
    this.OPTION(() => {
      this.CONSUME(t.Name)
      this.CONSUME(t.Equal)
    })
    this.SUBRULE(this.expression)
  })

  requireStatement = this.RULE('requireStatement', () => {
    this.CONSUME(t.Require)
    this.CONSUME(t.LeftBrace)
    this.MANY({
      GATE: () => !this.beginsStatement(),
      DEF: () => {
        this.SUBRULE(this.expression)
        this.OPTION(() => this.CONSUME(t.Comma))
      },
    })
    this.CONSUME(t.RightBrace)
  })

  precisionStatement = this.RULE('precisionStatement', () => {
    this.CONSUME(t.Precision)
    this.CONSUME(t.LeftBrace)
    this.MANY(() => {
      this.SUBRULE(this.precisionEntry)
      this.OPTION(() => this.CONSUME(t.Comma))
    })
    this.CONSUME(t.RightBrace)
  })

  precisionEntry = this.RULE('precisionEntry', () => {
    this.OR([{ ALT: () => this.CONSUME(t.Text) }, { ALT: () => this.CONSUME(t.Name) }])
    this.CONSUME(t.Equal)
    this.CONSUME2(t.Name)
  })

  binding = this.RULE('binding', () => {
    this.CONSUME(t.Name)
    this.MANY(() => {
      this.CONSUME(t.Comma)
      this.CONSUME2(t.Name)
    })
    this.OPTION(() => {
      this.CONSUME(t.Colon)
      this.SUBRULE(this.tensorType)
    })
    this.CONSUME(t.Equal)
    this.SUBRULE(this.expression)
  })

  // Stacks

  stackExpression = this.RULE('stackExpression', () => {
    this.CONSUME(t.Stack)
    this.OPTION(() => {
      this.CONSUME(t.LeftParen)
      this.SUBRULE(this.expression)
      this.CONSUME(t.RightParen)
    })
    this.SUBRULE(this.stackItems)
  })

  stackItems = this.RULE('stackItems', () => {
    this.CONSUME(t.LeftBrace)
    this.MANY({ GATE: () => !this.beginsDeclaration(), DEF: () => this.SUBRULE(this.stackItem) })
    this.CONSUME(t.RightBrace)
  })

  stackItem = this.RULE('stackItem', () => {
    this.MANY(() => this.CONSUME(t.Doc))
    this.OR({
      ERR_MSG: 'a stack item',
      IGNORE_AMBIGUITIES: true,
      DEF: [
        { ALT: () => this.SUBRULE(this.repeatItem) },
        { ALT: () => this.SUBRULE(this.forItem) },
        { ALT: () => this.SUBRULE(this.caseItem) },
        { ALT: () => this.SUBRULE(this.sharedStatement) },
        { GATE: () => !this.beginsItemWord(), ALT: () => this.SUBRULE(this.expression) },
      ],
    })
  })

  repeatItem = this.RULE('repeatItem', () => {
    this.CONSUME(t.Repeat)
    this.SUBRULE(this.operation)
    this.SUBRULE(this.stackItems)
  })

  forItem = this.RULE('forItem', () => {
    this.SUBRULE(this.forHead)
    this.SUBRULE(this.stackItems)
  })

  caseItem = this.RULE('caseItem', () => {
    this.CONSUME(t.Case)
    this.SUBRULE(this.operation)
    this.CONSUME(t.LeftBrace)
    this.MANY(() => {
      this.SUBRULE(this.caseItemArm)
      this.OPTION(() => this.CONSUME(t.Comma))
    })
    this.CONSUME(t.RightBrace)
  })

  caseItemArm = this.RULE('caseItemArm', () => {
    this.SUBRULE(this.caseKey)
    this.CONSUME(t.Colon)
    this.OR({
      ERR_MSG: 'a stack item',
      DEF: [{ ALT: () => this.SUBRULE(this.stackItems) }, { ALT: () => this.SUBRULE(this.stackItem) }],
    })
  })

  // Expressions

  expression = this.RULE('expression', () => {
    this.SUBRULE(this.operation)
    this.MANY(() => {
      this.CONSUME(t.Pipe)
      this.SUBRULE(this.postfix)
    })
  })

  rangeOrExpression = this.RULE('rangeOrExpression', () => {
    this.OR({
      ERR_MSG: 'a value',
      DEF: [
        {
          ALT: () => {
            this.CONSUME(t.DotDot)
            this.OPTION(() => this.SUBRULE(this.operation))
          },
        },
        {
          ALT: () => {
            this.SUBRULE(this.expression)
            this.OPTION2(() => {
              this.CONSUME2(t.DotDot)
              this.OPTION3(() => this.SUBRULE2(this.operation))
            })
          },
        },
      ],
    })
  })

  operation = this.RULE('operation', () => {
    this.SUBRULE(this.operand)
    this.MANY({
      GATE: () => !this.beginsBinding(),
      DEF: () => {
        this.CONSUME(t.Operator)
        this.SUBRULE2(this.operand)
      },
    })
  })

  operand = this.RULE('operand', () => {
    this.MANY(() => this.SUBRULE(this.prefix))
    this.SUBRULE(this.postfix)
  })

  prefix = this.RULE('prefix', () => {
    this.OR([{ ALT: () => this.CONSUME(t.Minus) }, { ALT: () => this.CONSUME(t.Not) }])
  })

  postfix = this.RULE('postfix', () => {
    this.SUBRULE(this.primary)
    this.MANY(() => this.SUBRULE(this.suffix))
    this.OPTION({
      GATE: () => this.is(2, t.Name) && !this.endsStatement(2) && !this.beginsBinding(),
      DEF: () => {
        this.CONSUME(t.As)
        this.CONSUME(t.Name)
      },
    })
  })

  suffix = this.RULE('suffix', () => {
    this.OR([
      { ALT: () => this.SUBRULE(this.callArguments) },
      {
        ALT: () => {
          this.CONSUME(t.LeftBracket)
          this.SUBRULE(this.rangeOrExpression)
          this.CONSUME(t.RightBracket)
        },
      },
      {
        ALT: () => {
          this.CONSUME(t.Dot)
          this.OR2({ ERR_MSG: 'a member', DEF: [{ GATE: () => !this.beginsStatement(), ALT: () => this.CONSUME(t.Name) }] })
        },
      },
    ])
  })

  callArguments = this.RULE('callArguments', () => {
    this.CONSUME(t.LeftParen)
    this.MANY({
      GATE: () => !this.beginsStatement(),
      DEF: () => {
        this.SUBRULE(this.argument)
        this.OPTION(() => this.CONSUME(t.Comma))
      },
    })
    this.CONSUME(t.RightParen)
  })

  argument = this.RULE('argument', () => {
    this.OPTION(() => {
      this.CONSUME(t.Name)
      this.CONSUME(t.Colon)
    })
    this.SUBRULE(this.rangeOrExpression)
  })

  primary = this.RULE('primary', () => {
    this.OR({
      ERR_MSG: 'a value',
      DEF: [
        { ALT: () => this.CONSUME(t.Number) },
        { ALT: () => this.CONSUME(t.Text) },
        {
          ALT: () => {
            this.CONSUME(t.LeftParen)
            this.SUBRULE(this.expression)
            this.CONSUME(t.RightParen)
          },
        },
        { ALT: () => this.SUBRULE(this.list) },
        { ALT: () => this.SUBRULE(this.caseExpression) },
        { ALT: () => this.SUBRULE(this.stackExpression) },
        { GATE: () => !this.beginsStatement() && !this.is(2, t.Colon), ALT: () => this.CONSUME(t.Name) },
      ],
    })
  })

  list = this.RULE('list', () => {
    this.CONSUME(t.LeftBracket)
    this.MANY({
      GATE: () => !this.beginsStatement(),
      DEF: () => {
        this.SUBRULE(this.expression)
        this.OPTION(() => this.CONSUME(t.Comma))
      },
    })
    this.CONSUME(t.RightBracket)
  })

  caseExpression = this.RULE('caseExpression', () => {
    this.CONSUME(t.Case)
    this.SUBRULE(this.operation)
    this.CONSUME(t.LeftBrace)
    this.MANY(() => {
      this.SUBRULE(this.caseArm)
      this.OPTION(() => this.CONSUME(t.Comma))
    })
    this.CONSUME(t.RightBrace)
  })

  caseArm = this.RULE('caseArm', () => {
    this.SUBRULE(this.caseKey)
    this.CONSUME(t.Colon)
    this.SUBRULE(this.expression)
  })

  caseKey = this.RULE('caseKey', () => {
    this.OR({
      ERR_MSG: 'the value of an arm',
      IGNORE_AMBIGUITIES: true,
      DEF: [
        { ALT: () => this.CONSUME(t.Else) },
        { ALT: () => this.CONSUME(t.Name) },
        { ALT: () => this.CONSUME(t.Text) },
        {
          ALT: () => {
            this.OPTION(() => this.CONSUME(t.Minus))
            this.CONSUME(t.Number)
          },
        },
      ],
    })
  })

  // Checkpoints

  checkpointDeclaration = this.RULE('checkpointDeclaration', () => {
    this.CONSUME(t.Checkpoint)
    this.CONSUME(t.Name)
    this.CONSUME(t.From)
    this.CONSUME2(t.Name)
    this.SUBRULE(this.checkpointBody)
  })

  checkpointBody = this.RULE('checkpointBody', () => {
    this.CONSUME(t.LeftBrace)
    this.MANY({ GATE: () => !this.beginsDeclaration(), DEF: () => this.SUBRULE(this.checkpointEntry) })
    this.CONSUME(t.RightBrace)
  })

  checkpointEntry = this.RULE('checkpointEntry', () => {
    this.OR({
      ERR_MSG: 'a rule',
      DEF: [
        { ALT: () => this.SUBRULE(this.tensorRule) },
        { ALT: () => this.SUBRULE(this.groupEntry) },
        { ALT: () => this.SUBRULE(this.ignoreEntry) },
        { ALT: () => this.SUBRULE(this.expectEntry) },
      ],
    })
  })

  tensorRule = this.RULE('tensorRule', () => {
    this.OPTION(() => this.CONSUME(t.Optional))
    this.CONSUME(t.Text)
    this.CONSUME(t.TakenFrom)
    this.OR({
      ERR_MSG: 'a tensor of the file',
      DEF: [{ GATE: () => !this.is(2, t.TakenFrom), ALT: () => this.CONSUME2(t.Text) }, { ALT: () => this.CONSUME(t.Name) }],
    })
    this.MANY(() => {
      this.CONSUME(t.Pipe)
      this.SUBRULE(this.transform)
    })
  })

  transform = this.RULE('transform', () => {
    this.CONSUME(t.Name)
    this.OPTION(() => this.SUBRULE(this.callArguments))
  })

  groupEntry = this.RULE('groupEntry', () => {
    this.CONSUME(t.Group)
    this.CONSUME(t.Text)
    this.CONSUME(t.TakenFrom)
    this.CONSUME2(t.Text)
    this.SUBRULE(this.checkpointBody)
  })

  ignoreEntry = this.RULE('ignoreEntry', () => {
    this.CONSUME(t.Ignore)
    this.CONSUME(t.Text)
  })

  expectEntry = this.RULE('expectEntry', () => {
    this.CONSUME(t.Expect)
    this.CONSUME(t.Text)
    this.CONSUME(t.EqualEqual)
    this.SUBRULE(this.expression)
  })

  /** `repeat`, `for` and `shared` begin an item of a stack, unless what follows shows a name. */
  private beginsItemWord(): boolean {
    return this.is(1, [t.Repeat, t.For, t.Shared]) && this.is(2, [t.Name, t.Number, t.LeftBrace]) && !this.is(2, t.As)
  }

  /** `and = ..` after an operand is a new statement and no operator; so are `as = ..` and `or, b = ..`. */
  private beginsBinding(): boolean {
    return this.is(1, t.Name) && this.is(2, [t.Equal, t.Comma, t.Colon])
  }
}

export const parser = new GdnParser()
