import { binaryLevels, rightAssociative } from '../../../grammar/operators.ts'
import type { Argument, BinaryExpr, CaseExpr, Expr, PipeExpr, StackExpr, StackItem } from '../ast.ts'
import type { Item } from './comments.ts'
import { type Doc, group, indent, line, softline } from './doc.ts'
import type { Layout } from './layout.ts'

export function printExpr(layout: Layout, expr: Expr): Doc {
  const print = (inner: Expr): Doc => printExpr(layout, inner)
  switch (expr.kind) {
    case 'number':
    case 'text':
      return layout.source(expr)
    case 'name':
      return expr.name
    case 'list':
      return layout.list('[', expr.items, ']', print)
    case 'range':
      return [expr.from ? [print(expr.from), ' '] : '', '..', expr.to ? [' ', print(expr.to)] : '']
    case 'call':
      return [print(expr.callee), printArguments(layout, expr.args)]
    case 'as':
      return [print(expr.value), ' as ', expr.name.text]
    case 'pipe':
      return printPipe(layout, expr)
    case 'binary':
      return printBinary(layout, expr)
    case 'unary':
      return [expr.op === 'not' ? 'not ' : '-', print(expr.value)]
    case 'index':
      return [print(expr.value), '[', print(expr.index), ']']
    case 'member':
      return [print(expr.value), '.', expr.name.text]
    case 'case':
      return printCase(layout, expr)
    case 'stackExpr':
      return printStack(layout, expr)
    case 'paren':
      return group(['(', indent([softline, print(expr.value)]), softline, ')'])
    case 'missing':
      return ''
  }
}

export function printArguments(layout: Layout, args: readonly Argument[]): Doc {
  return layout.list('(', args, ')', ({ name, value }) => [name === undefined ? '' : `${name.text}: `, printExpr(layout, value)])
}

function printPipe(layout: Layout, expr: PipeExpr): Doc {
  const targets: Expr[] = []
  let first: Expr = expr
  while (first.kind === 'pipe') {
    targets.unshift(first.right)
    first = first.left
  }
  return group([printExpr(layout, first), indent(targets.map((target) => [line, '| ', printExpr(layout, target)]))])
}

/** Operators of one level stand in one group, each at the start of its line where they do not fit on one. */
function printBinary(layout: Layout, expr: BinaryExpr): Doc {
  const level = binaryLevels[expr.op]
  const rest: Doc[] = []
  let first: Expr = expr
  if (rightAssociative.has(expr.op)) return [printExpr(layout, expr.left), ` ${expr.op} `, printExpr(layout, expr.right)]
  while (first.kind === 'binary' && binaryLevels[first.op] === level) {
    rest.unshift([line, `${first.op} `, printExpr(layout, first.right)])
    first = first.left
  }
  return group([printExpr(layout, first), indent(rest)])
}

function printCase(layout: Layout, expr: CaseExpr): Doc {
  const arms = expr.arms.map((arm): readonly [Item, Doc] => [arm, [printExpr(layout, arm.key), ': ', printExpr(layout, arm.value)]])
  const otherwise: readonly (readonly [Item, Doc])[] = expr.otherwise
    ? [[expr.otherwise, ['else: ', printExpr(layout, expr.otherwise)]]]
    : []
  const printed = new Map([...arms, ...otherwise])
  const body = layout.list('{', [...printed.keys()], '}', (item) => printed.get(item)!, line)
  return ['case ', printExpr(layout, expr.subject), ' ', body]
}

export function printStack(layout: Layout, { input, items }: StackExpr): Doc {
  return ['stack', input === undefined ? '' : ['(', printExpr(layout, input), ')'], ' ', printItems(layout, items)]
}

function printItems(layout: Layout, items: readonly StackItem[]): Doc {
  return layout.block(items, (item) => printItem(layout, item))
}

function printItem(layout: Layout, item: StackItem): Doc {
  const small = (headEnd: number, items: readonly StackItem[]): Doc =>
    layout.smallBlock(headEnd, items, (inner) => printItem(layout, inner))
  switch (item.kind) {
    case 'item':
      return printExpr(layout, item.value)
    case 'repeat':
      return ['repeat ', printExpr(layout, item.count), ' ', small(item.count.span.end, item.items)]
    case 'for':
      return ['for ', item.variable.text, ' in ', printExpr(layout, item.over), ' ', small(item.over.span.end, item.items)]
    case 'shared':
      return [layout.documentation(item.doc), 'shared ', item.name.text, ' = ', printExpr(layout, item.value)]
    case 'caseItem':
      return printCaseItem(layout, item)
    case 'missing':
      return ''
  }
}

/** An arm with one item needs no braces; that item's comments move to the arm. */
function printCaseItem(layout: Layout, { subject, arms, otherwise }: Extract<StackItem, { kind: 'caseItem' }>): Doc {
  const head = ['case ', printExpr(layout, subject), ' ']
  const all = arms.map((arm): Arm => ({ item: arm, key: printExpr(layout, arm.key), items: arm.items }))
  // `else` is no node of its own: its comments are with its only item, and with several no one knows where it stands.
  if (otherwise !== undefined) all.push({ item: otherwise.length === 1 ? otherwise[0]! : { span: nowhere }, key: 'else', items: otherwise })
  const byItem = new Map(all.map((arm) => [arm.item, arm]))
  const print = (item: Item): Doc => {
    const { key, items } = byItem.get(item)!
    const only = items.length === 1 ? items[0]! : undefined
    if (only === undefined) return [key, ': ', printItems(layout, items), ',']
    if (only === item) return [key, ': ', printItem(layout, only), ',']
    return [layout.leading(only), key, ': ', printItem(layout, only), ',', layout.trailing(only), layout.closing(only)]
  }
  return [head, layout.block([...byItem.keys()], print)]
}

const nowhere: Item['span'] = { path: '', start: 0, end: 0 }

interface Arm {
  readonly item: Item
  readonly key: Doc
  readonly items: readonly StackItem[]
}
