import * as messages from '../diagnostics/catalogue/check.ts'
import type { Span } from '../source/source.ts'
import { convert } from './arithmetic.ts'
import { bodyFunctions, builtins, initFunctions, numberFunctions, pointwiseFunctions } from './builtins/index.ts'
import type { Elaboration } from './elaboration.ts'
import { Env, type Frame } from './frame.ts'
import type { Definition } from './program.ts'
import { type FunctionCallee, flag, type LayerCallee, none, orPoison, poison, type RecipeValue, type Value } from './value.ts'

/** The value of a name: of the body, of the file, of the library, or of the language. Poison if unknown, which the pass over names says. */
export function lookup(e: Elaboration, name: string, span: Span, frame: Frame): Value {
  const local = frame.env.get(name)
  if (local !== undefined) return local
  const inBody = frame.body?.get(name)
  if (inBody !== undefined) {
    if (inBody.kind !== 'node' && inBody.kind !== 'diagonal') return inBody
    e.reporter.report(
      messages.wrongKind.at(span, {
        found: `\`${name}\`, which is known at run time only`,
        expected: 'a value that is known when the spec is compiled',
      }),
    )
    return poison
  }
  const role = frame.env.role(name)
  if (role === 'time') return lengthOf(e, span, frame)
  if (role === 'batch') {
    e.reporter.report(
      messages.wrongKind.at(span, {
        found: `\`${name}\`, the number of sequences`,
        expected: 'a value: no sequence knows how many others there are',
      }),
    )
    return poison
  }
  if (frame.env.scope.missing.has(name)) return poison
  const definition = frame.env.scope.find(name)
  if (definition !== undefined) return ofDefinition(e, definition, span)
  if (name === 'position') return e.position()
  const builtin = builtinValue(name, span)
  // The pass over names has said so already; that it is said at all matters more.
  if (builtin.kind === 'poison') e.reporter.report(messages.unknownName.at(span, { name, near: null }))
  return builtin
}

/** The number of tokens of the whole sequence, f32 [B]: what is subtracted from it may exceed it. */
function lengthOf(e: Elaboration, span: Span, frame: Frame): Value {
  const tokens = e.emitAsIs('length', [], {}, [], frame, span)
  return orPoison(tokens && convert(e, { value: tokens, span }, 'f32', frame))
}

/** The value of a name of the language; poison if there is none. */
function builtinValue(name: string, span: Span): Value {
  if (name === 'true' || name === 'false') return flag(name === 'true')
  if (name === 'none') return none
  const builtin = builtins.get(name)
  if (builtin !== undefined) return recipe({ kind: 'builtin', builtin }, span)
  const callee = functionCallee(name)
  if (callee?.kind === 'init' && initFunctions[name] === 0) return { kind: 'init', init: { fn: name, args: [] } }
  return callee === undefined ? poison : { kind: 'function', callee }
}

function functionCallee(name: string): FunctionCallee | undefined {
  if (pointwiseFunctions.has(name)) return { kind: 'pointwise', fn: name }
  if (Object.hasOwn(initFunctions, name)) return { kind: 'init', fn: name }
  if (numberFunctions.has(name) || bodyFunctions.has(name)) return { kind: 'special', name }
  return undefined
}

function ofDefinition(e: Elaboration, { decl, scope }: Definition, span: Span): Value {
  switch (decl.kind) {
    case 'layer':
      return recipe({ kind: 'layer', decl, scope }, span)
    case 'function':
      return { kind: 'function', callee: { kind: 'function', decl, scope } }
    case 'recurrence':
    case 'attention':
      return { kind: 'function', callee: { kind: 'body', decl, scope } }
    case 'init':
      return e.init(decl.value, { env: new Env(scope), place: { path: '', owner: '', claims: new Map() }, instance: '' })
    default:
      return poison
  }
}

const recipe = (callee: LayerCallee, span: Span): RecipeValue => ({
  kind: 'recipe',
  callee,
  given: new Map(),
  as: undefined,
  span,
  made: span,
})
