import type { CstNode, IToken } from 'chevrotain'
import type { ExpressionCstNode } from './cst.ts'
import { tokens as t } from './lexer.ts'
import type { Fault } from './recovery.ts'
import { BodyRules } from './rules/bodies.ts'

/** The grammar of edition 1, from the file downwards; `rules/` has what stands inside of declarations. */
export class GdnParser extends BodyRules {
  constructor(validate = false) {
    super(validate)
    this.performSelfAnalysis()
  }

  /** Reads the tokens of one file. */
  read(input: IToken[]): { readonly cst: CstNode; readonly faults: readonly Fault[] } {
    this.start(input)
    const cst = this.file()
    return { cst, faults: this.errors as Fault[] }
  }

  /** Reads the tokens of an expression alone; undefined if that is not what they are. */
  readExpression(input: IToken[]): ExpressionCstNode | undefined {
    this.start(input)
    const cst = this.expression()
    return this.errors.length === 0 ? (cst as ExpressionCstNode) : undefined
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
    this.MANY(() => this.CONSUME(t.Doc))
    this.CONSUME(t.Name)
    this.CONSUME(t.Colon)
    this.SUBRULE(this.kind)
    this.OPTION(() => this.SUBRULE(this.defaultValue))
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
    this.MANY(() => this.CONSUME(t.Doc))
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

  initDeclaration = this.RULE('initDeclaration', () => {
    this.CONSUME(t.Init)
    this.CONSUME(t.Name)
    this.CONSUME(t.Equal)
    this.SUBRULE(this.expression)
  })

  checkpointDeclaration = this.RULE('checkpointDeclaration', () => {
    this.CONSUME(t.Checkpoint)
    this.CONSUME(t.Name)
    this.CONSUME(t.From)
    this.CONSUME2(t.Name)
    this.SUBRULE(this.checkpointBody)
  })
}

/** One for the process: to analyse the grammar takes longer than to read a file. */
export const parser = new GdnParser()
