import { pointwise } from '../../graph/pointwise.ts'
import type { Argument, Expr } from '../../syntax/ast.ts'
import { bodyFunctions, builtins, initFunctions, numberFunctions, pointwiseFunctions } from '../builtins/index.ts'
import { layerSignature, type Signature } from '../signature.ts'
import type { Names, StaticKind } from './names.ts'

/** What kind of value an expression has, as far as its form and the kinds of names say. */
export function staticKind(expression: Expr, names: Names): StaticKind {
  switch (expression.kind) {
    case 'number':
      return 'number'
    case 'text':
      return 'text'
    case 'list':
      return 'list'
    case 'range':
      return 'range'
    case 'paren':
    case 'as':
      return staticKind(expression.value, names)
    case 'name':
      return nameKind(expression.name, names)
    case 'unary':
      return expression.op === 'not' ? 'unknown' : arithmeticKind([expression.value], names)
    case 'binary':
      return ['+', '-', '*', '/', '%', '^'].includes(expression.op) ? arithmeticKind([expression.left, expression.right], names) : 'unknown'
    case 'call':
      return callKind(expression.callee, expression.args, undefined, names)
    case 'pipe': {
      let { right } = expression
      while (right.kind === 'as' || right.kind === 'paren') right = right.value
      return right.kind === 'call'
        ? callKind(right.callee, right.args, expression.left, names)
        : callKind(right, [], expression.left, names)
    }
    case 'stackExpr':
      return 'tensor'
    default:
      return 'unknown'
  }
}

function nameKind(name: string, names: Names): StaticKind {
  const local = names.kindOf(name)
  if (local !== undefined) return local
  const definition = names.file.find(name)
  if (definition !== undefined) return definition.decl.kind === 'layer' ? 'layer' : definition.decl.kind === 'init' ? 'init' : 'unknown'
  if (name === 'true' || name === 'false') return 'flag'
  if (name === 'none') return 'none'
  if (name === 'position') return 'tensor'
  if (builtins.has(name)) return 'layer'
  return initFunctions[name] === 0 ? 'init' : 'unknown'
}

function arithmeticKind(sides: readonly Expr[], names: Names): StaticKind {
  const kinds = sides.map((side) => staticKind(side, names))
  if (kinds.includes('tensor')) return 'tensor'
  return kinds.every((kind) => kind === 'number') ? 'number' : 'unknown'
}

function callKind(callee: Expr, args: readonly Argument[], piped: Expr | undefined, names: Names): StaticKind {
  if (callee.kind !== 'name' || names.kindOf(callee.name) !== undefined) return 'unknown'
  const { name } = callee
  const kinds = [...(piped ? [piped] : []), ...args.map((arg) => arg.value)].map((value) => staticKind(value, names))
  const found = names.file.find(name)
  const definition = found?.decl
  if (definition?.kind === 'recurrence' || definition?.kind === 'attention') return 'tensor'
  const signature =
    definition?.kind === 'layer'
      ? layerSignature(definition, found?.scope ?? names.file)
      : definition === undefined
        ? builtins.get(name)?.signature
        : undefined
  if (signature !== undefined && name !== 'split' && !(name === 'max' && kinds.length === 2)) return applied(signature, args, piped, kinds)
  if (definition !== undefined || bodyFunctions.has(name)) return 'unknown'
  if (numberFunctions.has(name)) return 'number'
  if (Object.hasOwn(initFunctions, name)) return 'init'
  if (!pointwiseFunctions.has(name) || kinds.length !== pointwise[name]?.arity) return 'unknown'
  if (kinds.includes('tensor')) return 'tensor'
  return kinds.every((kind) => kind === 'number') ? 'number' : 'unknown'
}

/** With all inputs a tensor, with the first one open a layer. */
function applied(signature: Signature, args: readonly Argument[], piped: Expr | undefined, kinds: readonly StaticKind[]): StaticKind {
  const offset = piped === undefined ? 0 : 1
  const named = new Set(args.flatMap((arg) => (arg.name ? [arg.name.text] : [])))
  const positional = kinds.filter((_, i) => i < offset || args[i - offset]?.name === undefined)
  if (positional.includes('unknown')) return 'unknown'
  const tensors = positional.filter((kind) => kind === 'tensor').length
  const open = signature.inputs.filter((input) => !input.optional && !named.has(input.name)).length
  return tensors >= open ? 'tensor' : tensors === 0 ? 'layer' : 'unknown'
}
