import type { AttentionStatement, CheckpointEntry, RecurrenceStatement, Statement, TensorTypeExpr } from '../ast.ts'
import { type Doc, group, indent, join, line } from './doc.ts'
import { printArguments, printExpr, printStack } from './expressions.ts'
import type { Layout } from './layout.ts'

export function printType(layout: Layout, { dtype, axes, range }: TensorTypeExpr): Doc {
  const shape = axes.map((axis) => (axis.kind === 'rest' ? '..' : printExpr(layout, axis.size)))
  const suffix = axes.length === 0 ? '' : ['[', shape.flatMap((axis, index) => (index === 0 ? [axis] : [', ', axis])), ']']
  return [dtype.text, suffix, range === undefined ? '' : [' in ', printExpr(layout, range)]]
}

/** Statements of a model, layer or block; words and values of neighbouring `size`, `dim`, `input` and `output` are aligned. */
export function printStatements(layout: Layout, statements: readonly Statement[]): Doc {
  const columns = align(layout, statements)
  return layout.block(statements, (statement) => [
    'doc' in statement ? layout.documentation(statement.doc) : '',
    printStatement(layout, statement, columns.get(statement) ?? { word: 0, name: 0 }),
  ])
}

/** Widths that a statement is padded to: of its word, and of the name before its `=`. */
interface Columns {
  word: number
  name: number
}

const aligned: readonly string[] = ['size', 'dim', 'input', 'output']

/** A run has no empty line, comment or documentation in it; within it, the values of consecutive sizes stand below one another. */
function align(layout: Layout, statements: readonly Statement[]): ReadonlyMap<Statement, Columns> {
  const columns = new Map<Statement, Columns>()
  let run: Columns = { word: 0, name: 0 }
  let before: Statement | undefined
  for (const statement of statements) {
    if (!aligned.includes(statement.kind)) {
      before = undefined
      continue
    }
    const documented = 'doc' in statement && statement.doc !== undefined
    const continues = before !== undefined && !documented && layout.comments.of(statement).leading.length === 0
    if (!continues || layout.comments.blankBefore(statement)) run = { word: 0, name: 0 }
    run.word = Math.max(run.word, statement.kind.length)
    if (statement.kind === 'size' && statement.value !== undefined) run.name = Math.max(run.name, statement.name.text.length)
    columns.set(statement, run)
    before = statement
  }
  return columns
}

function printStatement(layout: Layout, statement: Statement, columns: Columns): Doc {
  const expr = (value: Parameters<typeof printExpr>[1]): Doc => printExpr(layout, value)
  switch (statement.kind) {
    case 'size': {
      const { name, value } = statement
      if (value === undefined) return [statement.kind.padEnd(columns.word), ' ', name.text]
      return [statement.kind.padEnd(columns.word), ' ', name.text.padEnd(columns.name), ' = ', expr(value)]
    }
    case 'dim':
      return [statement.kind.padEnd(columns.word), ' ', statement.name.text, ': ', statement.role.text]
    case 'input':
    case 'output':
      return [statement.kind.padEnd(columns.word), ' ', statement.name.text, ': ', printType(layout, statement.type)]
    case 'in': {
      const given = statement.default === undefined ? '' : [' = ', expr(statement.default)]
      return ['in ', statement.name.text, ': ', printType(layout, statement.type), given]
    }
    case 'weight': {
      const init = statement.init === undefined ? '' : [' init ', expr(statement.init)]
      return ['weight ', statement.name.text, ': ', printType(layout, statement.type), init]
    }
    case 'shared':
      return ['shared ', statement.name.text, ' = ', expr(statement.value)]
    case 'bind': {
      const targets = statement.targets.map(({ text }) => text).join(', ')
      return [targets, statement.type === undefined ? '' : [': ', printType(layout, statement.type)], ' = ', expr(statement.value)]
    }
    case 'out':
      return ['out ', statement.name === undefined ? '' : `${statement.name.text} = `, expr(statement.value)]
    case 'stack':
      return printStack(layout, statement.stack)
    case 'require':
      return printRequire(layout, statement)
    case 'precision':
      return printPrecision(layout, statement)
    case 'missing':
      return ''
  }
}

function printRequire(layout: Layout, { span, conditions }: Extract<Statement, { kind: 'require' }>): Doc {
  // Without its comma, a condition that begins with a bracket or a sign would continue this one.
  const glued = (_: unknown, index: number): boolean => {
    const next = conditions[index + 1]
    return next !== undefined && /^(?:[([-]|as\b|and\b|or\b)/.test(layout.source(next))
  }
  return ['require ', layout.loose(span.start, conditions, (condition) => printExpr(layout, condition), glued)]
}

function printPrecision(layout: Layout, { span, entries }: Extract<Statement, { kind: 'precision' }>): Doc {
  const print = ({ key, dtype }: (typeof entries)[number]): Doc => ['kind' in key ? layout.source(key) : key.text, ' = ', dtype.text]
  return ['precision ', layout.loose(span.start, entries, print, () => false)]
}

export function printEquation(layout: Layout, statement: RecurrenceStatement): Doc {
  const value = (expr: Parameters<typeof printExpr>[1]): Doc => printExpr(layout, expr)
  switch (statement.kind) {
    case 'state': {
      const init = statement.init === undefined ? '' : [' = ', value(statement.init)]
      return ['state ', statement.name.text, ': ', printType(layout, statement.type), init]
    }
    case 'assign':
      return [statement.name.text, ' = ', value(statement.value)]
    case 'for': {
      const body = layout.smallBlock(statement.over.span.end, statement.body, (inner) => printEquation(layout, inner))
      return ['for ', statement.variable.text, ' in ', value(statement.over), ' ', body]
    }
    case 'out':
      return ['out ', value(statement.value)]
    case 'missing':
      return ''
  }
}

export function printWeighting(layout: Layout, statement: AttentionStatement): Doc {
  switch (statement.kind) {
    case 'where':
      return ['where ', printExpr(layout, statement.condition)]
    case 'assign':
      return [statement.name.text, ' = ', printExpr(layout, statement.value)]
    case 'outOf':
      return ['out ', printExpr(layout, statement.weighting), ' of ', printExpr(layout, statement.of)]
    case 'missing':
      return ''
  }
}

export function printEntry(layout: Layout, entry: CheckpointEntry): Doc {
  switch (entry.kind) {
    case 'rule': {
      const theirs = 'text' in entry.theirs ? entry.theirs.text : layout.source(entry.theirs)
      const transforms = entry.transforms.map(({ name, args, span }) => {
        // `| exp` and `| exp()` are the same; the author's choice stays.
        const called = args.length > 0 || layout.source({ span }).endsWith(')')
        return [line, '| ', name.text, called ? printArguments(layout, args) : '']
      })
      const rule = [entry.optional ? 'optional ' : '', layout.source(entry.ours), ' <- ', theirs]
      return group([rule, indent(indent(transforms))])
    }
    case 'group': {
      const body = layout.block(entry.entries, (inner) => printEntry(layout, inner))
      return ['group ', layout.source(entry.ours), ' <- ', layout.source(entry.theirs), ' ', body]
    }
    case 'for': {
      const body = layout.block(entry.entries, (inner) => printEntry(layout, inner))
      return ['for ', entry.variable.text, ' in ', printExpr(layout, entry.over), ' ', body]
    }
    case 'ignore':
      return ['ignore ', layout.source(entry.pattern)]
    case 'expect':
      return [
        'expect ',
        join(
          ' or ',
          entry.keys.map((key) => layout.source(key)),
        ),
        ' == ',
        printExpr(layout, entry.value),
      ]
    case 'missing':
      return ''
  }
}
