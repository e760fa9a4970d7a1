import * as messages from '../../diagnostics/catalogue/check.ts'
import type { Span } from '../../source/source.ts'
import type { CallExpr, Expr } from '../../syntax/ast.ts'
import { builtins } from '../builtins/index.ts'
import { callOnly, describeKind, kindOf, layerSignature, type ParamKind } from '../signature.ts'
import { replacement, suggest } from '../suggest.ts'
import { staticKind } from './kinds.ts'
import type { Names, StaticKind } from './names.ts'

/** What a definition takes: names of inputs, and parameters with their kinds. */
interface Takes {
  readonly inputs: readonly string[]
  readonly params: readonly { readonly name: string; readonly kind: ParamKind }[]
  readonly rest: boolean
}

/** Checks a call of a definition: names of arguments, and kinds where both sides are plain. The rest is seen when a model applies it. */
export function checkCall({ callee, args, span }: CallExpr, piped: Expr | undefined, names: Names): void {
  if (callee.kind !== 'name' || names.kindOf(callee.name) !== undefined) return
  const takes = takesOf(callee.name, names, callee.span)
  if (takes === undefined) return
  const known = [...takes.inputs, ...takes.params.map(({ name }) => name)]
  const seen = new Map<string, Span>()
  for (const arg of args) {
    if (arg.name === undefined || arg.name.text === '') continue
    const key = arg.name.text
    const param = takes.params.find(({ name }) => name === key)
    const first = seen.get(key)
    if (!known.includes(key) && key !== 'reset') {
      const near = suggest(key, known)
      names.report(
        messages.unknownArgument.at(
          arg.name.span,
          { definition: callee.name, argument: key, known, near: near ?? null },
          { fixes: replacement(arg.name.span, near) },
        ),
      )
    } else if (first !== undefined) {
      names.report(
        messages.givenTwice.at(
          arg.value.span,
          { definition: callee.name, argument: key },
          { related: [{ span: first, message: 'given here first' }] },
        ),
      )
    } else if (param !== undefined) checkKind(arg.value, param.kind, names)
    seen.set(key, arg.value.span)
  }
  checkPositional(
    callee.name,
    takes,
    [...(piped ? [piped] : []), ...args.flatMap((arg) => (arg.name ? [] : [arg.value]))],
    seen,
    names,
    span,
  )
}

function checkPositional(
  definition: string,
  takes: Takes,
  values: readonly Expr[],
  named: ReadonlyMap<string, Span>,
  names: Names,
  _span: Span,
): void {
  if (takes.rest) return
  let next = 0
  for (const value of values) {
    const kind = staticKind(value, names)
    // What may be a tensor may fill an input: from here on nothing is certain.
    if (kind === 'unknown') return
    if (kind === 'tensor' || kind === 'role') continue
    const param = takes.params[next++]
    const first = param && named.get(param.name)
    if (param !== undefined && first !== undefined) {
      names.report(
        messages.givenTwice.at(value.span, { definition, argument: param.name }, { related: [{ span: first, message: 'given here too' }] }),
      )
    } else if (param !== undefined) checkKind(value, param.kind, names)
    else if (takes.inputs.length === 0 || takes.params.length > 0) {
      const expected =
        takes.params.length === 0
          ? 'no parameters'
          : `${takes.params.length} (${takes.params.map(({ name, kind: one }) => `\`${name}\`: ${describeKind(one)}`).join(', ')})`
      names.report(messages.tooManyArguments.at(value.span, { definition, found: describeStatic(kind), expected }))
      return
    }
  }
}

function takesOf(name: string, names: Names, span: Span): Takes | undefined {
  const found = names.file.find(name)
  const decl = found?.decl
  switch (decl?.kind) {
    case 'layer': {
      const { inputs, params } = layerSignature(decl, found?.scope ?? names.file)
      return { inputs: inputs.map((input) => input.name), params, rest: false }
    }
    case 'recurrence':
    case 'attention':
    case 'function': {
      const more = decl.kind === 'function' ? [] : callOnly[decl.kind]
      const tensors = decl.params.filter((param) => param.isTensor).map((param) => param.name.text)
      const rest = decl.params.filter((param) => !param.isTensor)
      const params = rest.map((param) => ({
        name: param.name.text,
        kind: 'axes' in param.type ? ({ kind: 'any' } as const) : kindOf(param.type, found?.scope ?? names.file),
      }))
      // A number can stand for a tensor of a body, so positions say nothing here.
      return { inputs: [...tensors, ...more], params, rest: true }
    }
    case 'model':
    case 'modelApplication':
      names.report(
        messages.wrongKind.at(span, { found: `the model \`${name}\``, expected: 'a layer, a function, a recurrence or an attention' }),
      )
      return undefined
    case undefined: {
      const signature = builtins.get(name)?.signature
      if (signature === undefined || name === 'max') return undefined
      return {
        inputs: signature.inputs.map((input) => input.name),
        params: signature.params,
        rest: signature.rest !== undefined || signature.moreInputs,
      }
    }
    default:
      return undefined
  }
}

/** Reports a value that cannot be of a kind, whatever its names stand for. */
export function checkKind(value: Expr, kind: ParamKind, names: Names): void {
  const found = staticKind(value, names)
  if (found === 'unknown' || found === 'none' || fits(found, kind)) return
  names.report(messages.wrongKind.at(value.span, { found: describeStatic(found), expected: describeKind(kind) }))
}

function fits(found: StaticKind, kind: ParamKind): boolean {
  switch (kind.kind) {
    case 'any':
      return true
    case 'size':
    case 'real':
      return found === 'number'
    case 'definition':
      return found === 'layer'
    case 'init':
      return found === 'init' || found === 'number' || found === 'list'
    case 'list':
      return found === 'list' || (found === 'text' && kind.of.kind === 'text')
    case 'either':
      return kind.of.some((one) => fits(found, one))
    default:
      return found === kind.kind
  }
}

function describeStatic(kind: StaticKind): string {
  const words: Partial<Record<StaticKind, string>> = { flag: '`true` or `false`', init: 'a starting value', none: '`none`' }
  return words[kind] ?? `a ${kind}`
}
