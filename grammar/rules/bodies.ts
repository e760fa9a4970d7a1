import { tokens as t } from '../lexer.ts'
import { ExpressionRules } from './expressions.ts'

/** Types, and what stands in the braces of a model, a layer, a recurrence, an attention and a checkpoint. */
export abstract class BodyRules extends ExpressionRules {
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

  assignment = this.RULE('assignment', () => {
    this.CONSUME(t.Name)
    this.CONSUME(t.Equal)
    this.SUBRULE(this.expression)
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
        { ALT: () => this.SUBRULE(this.forEntry) },
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

  forEntry = this.RULE('forEntry', () => {
    this.SUBRULE(this.forHead)
    this.SUBRULE(this.checkpointBody)
  })

  ignoreEntry = this.RULE('ignoreEntry', () => {
    this.CONSUME(t.Ignore)
    this.CONSUME(t.Text)
  })

  expectEntry = this.RULE('expectEntry', () => {
    this.CONSUME(t.Expect)
    this.CONSUME(t.Text)
    this.MANY(() => {
      this.CONSUME(t.Or)
      this.CONSUME2(t.Text)
    })
    this.CONSUME(t.EqualEqual)
    this.SUBRULE(this.expression)
  })
}
