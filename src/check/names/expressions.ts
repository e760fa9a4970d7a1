import * as messages from '../../diagnostics/catalogue/check.ts'
import type { CallExpr, Expr, StackExpr, StackItem, TensorTypeExpr } from '../../syntax/ast.ts'
import { checkCall } from './calls.ts'
import { staticKind } from './kinds.ts'
import type { Names } from './names.ts'

/** Resolves every name of an expression and checks the kinds of arguments that are plain to see. */
export function checkExpression(expression: Expr, names: Names): void {
  switch (expression.kind) {
    case 'number':
    case 'text':
    case 'missing':
      return
    case 'name':
      if (names.kindOf(expression.name) === 'role') names.markUsed(expression.name)
      else names.use(expression.name, expression.span)
      return
    case 'paren':
    case 'unary':
    case 'as':
    case 'member':
      checkExpression(expression.value, names)
      return
    case 'list':
      for (const item of expression.items) checkExpression(item, names)
      return
    case 'range':
      if (expression.from) checkExpression(expression.from, names)
      if (expression.to) checkExpression(expression.to, names)
      return
    case 'binary':
      checkExpression(expression.left, names)
      checkExpression(expression.right, names)
      return
    case 'index':
      checkExpression(expression.value, names)
      checkExpression(expression.index, names)
      return
    case 'case':
      checkExpression(expression.subject, names)
      for (const { key, value } of expression.arms) {
        checkExpression(key, names)
        checkExpression(value, names)
      }
      if (expression.otherwise) checkExpression(expression.otherwise, names)
      return
    case 'call':
      checkArguments(expression, names)
      checkCall(expression, undefined, names)
      return
    case 'pipe':
      checkPipe(expression.left, expression.right, names)
      return
    case 'stackExpr':
      checkStack(expression, names)
      return
  }
}

function checkArguments({ callee, args }: CallExpr, names: Names): void {
  checkExpression(callee, names)
  for (const { value } of args) checkExpression(value, names)
}

function checkPipe(left: Expr, right: Expr, names: Names): void {
  checkExpression(left, names)
  let target = right
  while (target.kind === 'as' || target.kind === 'paren') target = target.value
  if (target.kind === 'call') {
    checkArguments(target, names)
    checkCall(target, left, names)
  } else checkExpression(target, names)
}

/** Names in the axes of a type; an unknown one is bound here if `binds`. */
export function checkType(type: TensorTypeExpr, names: Names, binds: boolean): void {
  const { dtype } = type
  if (dtype.text !== '' && !['f32', 'u32', 'bool'].includes(dtype.text)) {
    names.report(
      messages.wrongKind.at(dtype.span, {
        found: `\`${dtype.text}\``,
        expected: '`f32` or `u32`: `precision` says how numbers are stored',
      }),
    )
  }
  const visit = (size: Expr): void => {
    if (size.kind === 'name') {
      if (names.kindOf(size.name) === 'role') names.markUsed(size.name)
      else if (binds && size.name !== '' && names.kindOf(size.name) === undefined) names.assume(size.name, 'number', size.span)
      else names.use(size.name, size.span)
    } else if (size.kind === 'binary') {
      visit(size.left)
      visit(size.right)
    } else if (size.kind === 'paren' || size.kind === 'unary') visit(size.value)
    else checkExpression(size, names)
  }
  for (const axis of type.axes) if (axis.kind === 'axis') visit(axis.size)
  if (type.range) checkExpression(type.range, names)
}

export function checkStack({ input, items }: StackExpr, names: Names): void {
  if (input) checkExpression(input, names)
  checkItems(items, names.inner())
}

function checkItems(items: readonly StackItem[], names: Names): void {
  for (const item of items) {
    switch (item.kind) {
      case 'missing':
        break
      case 'shared':
        checkExpression(item.value, names)
        names.declare(item.name, item.value.kind === 'list' ? 'list' : 'layer', 'the shared layer')
        break
      case 'repeat':
        checkExpression(item.count, names)
        checkInner(item.items, names.inner())
        break
      case 'for': {
        checkExpression(item.over, names)
        const inner = names.inner()
        inner.assume(item.variable.text, 'unknown', item.variable.span)
        checkInner(item.items, inner)
        break
      }
      case 'caseItem':
        checkExpression(item.subject, names)
        for (const { key, items: arm } of item.arms) {
          checkExpression(key, names)
          checkInner(arm, names.inner(), names)
        }
        if (item.otherwise) checkInner(item.otherwise, names.inner(), names)
        break
      case 'item': {
        checkExpression(item.value, names)
        const kind = staticKind(item.value, names)
        if (kind !== 'layer' && kind !== 'unknown') {
          const found = kind === 'tensor' ? 'a tensor' : kind === 'none' ? '`none`' : `a ${kind}`
          names.report(messages.wrongKind.at(item.value.span, { found, expected: 'a layer with one open input, which a stack gives it' }))
        }
        if (item.value.kind === 'as') names.assume(item.value.name.text, 'tensor', item.value.name.span)
        break
      }
    }
  }
  names.finish()
}

/** Items of a nested block; what a chosen arm names is known after it. */
function checkInner(items: readonly StackItem[], inner: Names, after?: Names): void {
  checkItems(items, inner)
  if (after === undefined) return
  for (const item of items) {
    if (item.kind === 'item' && item.value.kind === 'as') after.assume(item.value.name.text, 'tensor', item.value.name.span)
  }
}
