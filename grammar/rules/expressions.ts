import { tokens as t } from '../lexer.ts'
import { RecoveringParser } from '../recovery.ts'

/**
 * Expressions, and stacks, which are expressions made of items made of expressions. Lists take a comma after each item; that none
 * is missing between two items is checked when the syntax tree is read, so that a forgotten comma costs one message and not the
 * rest of the list. Binary operators are a flat sequence; `operators.ts` has their precedence.
 */
export abstract class ExpressionRules extends RecoveringParser {
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

  defaultValue = this.RULE('defaultValue', () => {
    this.CONSUME(t.Equal)
    this.SUBRULE(this.expression)
  })

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
      // `repeat (n) { .. }` and a call of `repeat` begin alike: the first alternative has it.
      IGNORE_AMBIGUITIES: true,
      MAX_LOOKAHEAD: 2,
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

  forHead = this.RULE('forHead', () => {
    this.CONSUME(t.For)
    this.CONSUME(t.Name)
    this.CONSUME(t.In)
    this.SUBRULE(this.rangeOrExpression)
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

  sharedStatement = this.RULE('sharedStatement', () => {
    this.CONSUME(t.Shared)
    this.CONSUME(t.Name)
    this.CONSUME(t.Equal)
    this.SUBRULE(this.expression)
  })

  /** `and = ..` after an operand is a new statement and no operator; so are `as = ..` and `or, b = ..`. */
  private beginsBinding(): boolean {
    return this.is(1, t.Name) && this.is(2, [t.Equal, t.Comma, t.Colon])
  }

  /** `repeat`, `for` and `shared` begin an item of a stack, unless what follows shows a name. */
  private beginsItemWord(): boolean {
    return this.is(1, [t.Repeat, t.For, t.Shared]) && this.is(2, [t.Name, t.Number, t.LeftBrace]) && !this.is(2, t.As)
  }
}
