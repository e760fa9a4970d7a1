import * as messages from '../../diagnostics/catalogue/check.ts'
import type { Span } from '../../source/source.ts'
import type {
  AttentionDecl,
  BodyParam,
  Expr,
  FunctionDecl,
  KindType,
  LayerDecl,
  ModelDecl,
  NameExpr,
  Param,
  RecurrenceDecl,
  RecurrenceStatement,
  Statement,
} from '../../syntax/ast.ts'
import { isExpr, walk } from '../../syntax/walk.ts'
import { bodyWords } from '../body/call.ts'
import { builtins } from '../builtins/index.ts'
import { kindOf, type ParamKind, tensorType } from '../signature.ts'
import { replacement, suggest } from '../suggest.ts'
import { checkKind } from './calls.ts'
import { checkExpression, checkStack, checkType } from './expressions.ts'
import { staticKind } from './kinds.ts'
import type { Names, StaticKind } from './names.ts'

const kindNames = ['size', 'real', 'flag', 'text', 'init', 'layer']

/** What other languages call our kinds. */
const foreignKinds: Readonly<Record<string, string>> = {
  ...{ int: 'size', integer: 'size', uint: 'size', u32: 'size', number: 'real', float: 'real', double: 'real', f32: 'real' },
  ...{ bool: 'flag', boolean: 'flag', string: 'text', str: 'text', module: 'layer', block: 'layer' },
}

/** What the parameters of a model know beyond its own names. */
const statistics = ['params', 'decode_state', 'flops', 'horizon']

export function checkLayer(decl: LayerDecl, names: Names): void {
  const inputs = decl.body.filter((statement) => statement.kind === 'in')
  declareRoles(decl.body, names, true)
  for (const param of decl.params) declareParam(param, names)
  for (const input of inputs) checkType(input.type, names, true)
  for (const input of inputs) names.declare(input.name, 'tensor', 'the input')
  checkDefaults(decl.params, names)
  for (const { default: value } of inputs) if (value) checkExpression(value, names)
  for (const statement of decl.body) checkStatement(statement, names, 'layer')
  checkOuts(
    decl.body.flatMap((statement) => (statement.kind === 'out' && statement.name === undefined ? [statement.span] : [])),
    decl.body.some((statement) => statement.kind === 'missing'),
    decl.name.text,
    decl.name.span,
    names,
  )
  names.finish()
}

/** @param used names that the model's checkpoint uses */
export function checkModel(decl: ModelDecl, names: Names, used: ReadonlySet<string>): void {
  declareRoles(decl.body, names, false)
  for (const param of decl.params) declareParam(param, names)
  checkDefaults(decl.params, names)
  const outputs = decl.body.filter((statement) => statement.kind === 'output')
  for (const statement of decl.body) if (statement.kind === 'size') checkStatement(statement, names, 'model')
  for (const statement of decl.body) if (statement.kind === 'output') checkType(statement.type, names, false)
  for (const statement of decl.body) if (statement.kind !== 'size' && statement.kind !== 'output') checkStatement(statement, names, 'model')
  const stacks = decl.body.some((statement) => statement.kind === 'stack' || statement.kind === 'missing')
  const seen = new Map<string, Span>()
  for (const { name } of outputs) {
    const first = seen.get(name.text)
    if (first !== undefined)
      names.report(messages.duplicateName.at(name.span, { name: name.text }, { related: [{ span: first, message: 'it is given here' }] }))
    seen.set(name.text, name.span)
    if (names.own(name.text)) names.markUsed(name.text)
    else if (!stacks && name.text !== '') names.report(messages.outputMissing.at(name.span, { name: name.text }))
  }
  for (const name of used) names.markUsed(name)
  // A bare stack begins with the only input.
  const bare = decl.body.some((statement) => statement.kind === 'stack' && statement.stack.input === undefined)
  if (bare) for (const statement of decl.body) if (statement.kind === 'input') names.markUsed(statement.name.text)
  names.finish()
}

function declareRoles(body: readonly Statement[], names: Names, implicit: boolean): void {
  const dims = body.filter((statement) => statement.kind === 'dim')
  for (const { name, role } of dims) {
    if (role.text === 'batch' || role.text === 'time') {
      const first = dims.find((dim) => dim.role.text === role.text)?.name
      names.declare(name, 'role')
      if (first !== undefined && first !== name)
        names.report(
          messages.secondRole.at(
            name.span,
            { role: role.text, first: first.text, name: name.text },
            { related: [{ span: first.span, message: `the ${role.text} axis is declared here` }] },
          ),
        )
    } else if (role.text !== '') {
      names.report(
        messages.unknownRole.at(role.span, { name: role.text }, { fixes: replacement(role.span, suggest(role.text, ['batch', 'time'])) }),
      )
      names.assume(name.text, 'unknown', name.span)
    }
  }
  if (!implicit) return
  const nowhere: Span = { path: names.file.source.path, start: 0, end: 0 }
  for (const [name, role] of [
    ['B', 'batch'],
    ['T', 'time'],
  ] as const) {
    if (!dims.some((dim) => dim.role.text === role)) names.assume(name, 'role', nowhere)
  }
}

function declareParam({ name, type }: Param, names: Names): void {
  checkKindType(type, names)
  names.declare(name, parameterKind(kindOf(type, names.file)), 'the parameter')
}

function parameterKind(kind: ParamKind): StaticKind {
  switch (kind.kind) {
    case 'size':
    case 'real':
      return 'number'
    case 'flag':
    case 'text':
    case 'init':
    case 'layer':
    case 'list':
      return kind.kind
    case 'definition':
      return 'layer'
    default:
      return 'unknown'
  }
}

function checkKindType({ name, length }: KindType, names: Names): void {
  if (length) checkExpression(length, names)
  if (name.text === '' || kindNames.includes(name.text)) return
  const definition = names.file.find(name.text)
  if (definition?.decl.kind === 'layer') return
  if (definition !== undefined) {
    names.report(
      messages.wrongKind.at(name.span, {
        found: `the ${definition.decl.kind} \`${name.text}\``,
        expected: 'a kind of parameter, or a layer',
      }),
    )
    return
  }
  const layers = [...names.file.known()].filter((known) => names.file.find(known)?.decl.kind === 'layer')
  const near = foreignKinds[name.text.toLowerCase()] ?? suggest(name.text, [...kindNames, ...layers])
  names.report(messages.unknownKind.at(name.span, { name: name.text, near: near ?? null }, { fixes: replacement(name.span, near) }))
}

function checkDefaults(params: readonly Param[], names: Names): void {
  for (const { type, default: value } of params) {
    if (!value) continue
    checkExpression(value, names)
    checkKind(value, kindOf(type, names.file), names)
  }
}

const inModels = new Set(['input', 'output', 'stack', 'precision'])
const inLayers = new Set(['in', 'out'])

function checkStatement(statement: Statement, names: Names, where: 'model' | 'layer'): void {
  if (where === 'layer' ? inModels.has(statement.kind) : inLayers.has(statement.kind)) {
    const span = { ...statement.span, end: statement.span.start + statement.kind.length }
    names.report(messages.misplacedStatement.at(span, { statement: statement.kind, where: where === 'model' ? 'a model' : 'a layer' }))
    return
  }
  switch (statement.kind) {
    case 'missing':
    case 'dim':
    case 'in':
    case 'output':
    case 'precision':
      return
    case 'size':
      if (statement.value) {
        checkExpression(statement.value, names)
        checkKind(statement.value, { kind: 'size' }, names)
      } else if (where === 'layer') {
        const args = { found: `\`size ${statement.name.text}\` without a value`, expected: 'a value: what a layer is given is a parameter' }
        names.report(messages.wrongKind.at(statement.span, args))
      }
      names.declare(statement.name, 'number', 'the size')
      return
    case 'input':
      checkType(statement.type, names, false)
      names.declare(statement.name, 'tensor', 'the input')
      return
    case 'weight':
      checkType(statement.type, names, false)
      if (statement.init) {
        checkExpression(statement.init, names)
        checkKind(statement.init, { kind: 'either', of: [{ kind: 'init' }, { kind: 'tensor' }] }, names)
      }
      names.declare(statement.name, 'tensor', 'the weight')
      return
    case 'shared':
      checkExpression(statement.value, names)
      names.declare(statement.name, statement.value.kind === 'list' ? 'list' : 'layer', 'the shared layer')
      return
    case 'bind': {
      checkExpression(statement.value, names)
      if (statement.type) checkType(statement.type, names, false)
      const kind = statement.targets.length === 1 ? staticKind(statement.value, names) : 'unknown'
      for (const target of statement.targets) names.declare(target, kind, 'the value')
      return
    }
    case 'out':
      checkExpression(statement.value, names)
      if (statement.name !== undefined && !names.own(statement.name.text)) names.assume(statement.name.text, 'tensor', statement.name.span)
      return
    case 'stack':
      checkStack(statement.stack, names)
      return
    case 'require': {
      const inner = names.inner()
      if (where === 'model') for (const name of statistics) inner.assume(name, 'unknown', statement.span)
      for (const condition of statement.conditions) checkExpression(condition, inner)
    }
  }
}

function checkOuts(outs: readonly Span[], damaged: boolean, definition: string, at: Span, names: Names): void {
  if (outs.length === 0 && !damaged) names.report(messages.noOut.at(at, { definition }))
  for (const span of outs.slice(1)) names.report(messages.secondOut.at(span, {}))
}

export function checkBody(decl: RecurrenceDecl | AttentionDecl, names: Names): void {
  declareBodyParams(decl.params, names)
  checkType(decl.result, names, false)
  if (decl.kind === 'attention') {
    for (const position of ['i', 'j']) names.assume(position, 'unknown', decl.name.span)
    for (const statement of decl.body) {
      if (statement.kind === 'where') checkExpression(statement.condition, names)
      else if (statement.kind === 'assign') {
        checkExpression(statement.value, names)
        names.declare(statement.name, 'unknown', 'the value')
      } else if (statement.kind === 'outOf') {
        checkWeighting(statement.weighting, names)
        checkExpression(statement.of, names)
      }
    }
  } else checkEquations(decl.body, names, new Set(decl.body.flatMap((one) => (one.kind === 'state' ? [one.name.text] : []))))
  const outs = decl.body.flatMap((statement) => (statement.kind === 'out' || statement.kind === 'outOf' ? [statement.span] : []))
  checkOuts(
    outs,
    decl.body.some((statement) => statement.kind === 'missing'),
    decl.name.text,
    decl.name.span,
    names,
  )
  names.finish()
}

/** The names in a weighting; `softmax` here also takes a `sink`, and what else it may be is the body's matter. */
function checkWeighting(weighting: Expr, names: Names): void {
  if (weighting.kind !== 'call') checkExpression(weighting, names)
  else for (const { value } of weighting.args) checkExpression(value, names)
}

function checkEquations(statements: readonly RecurrenceStatement[], names: Names, states: ReadonlySet<string>): void {
  for (const statement of statements) {
    switch (statement.kind) {
      case 'missing':
        break
      case 'state':
        checkType(statement.type, names, false)
        if (statement.init) checkExpression(statement.init, names)
        names.declare(statement.name, 'unknown', 'the state')
        break
      case 'assign':
        checkExpression(statement.value, names)
        if (!states.has(statement.name.text)) names.declare(statement.name, 'unknown', 'the value')
        break
      case 'for': {
        checkExpression(statement.over, names)
        const inner = names.inner()
        inner.assume(statement.variable.text, 'number', statement.variable.span)
        checkEquations(statement.body, inner, states)
        inner.finish()
        break
      }
      case 'out':
        checkExpression(statement.value, names)
    }
  }
}

export function checkFunction(decl: FunctionDecl, names: Names): void {
  declareBodyParams(decl.params, names)
  checkExpression(decl.value, names)
  for (const callee of calleesOf(decl.value)) {
    const found = names.own(callee.name) ? undefined : names.file.find(callee.name)?.decl.kind
    const isLayer =
      found === undefined ? !names.own(callee.name) && builtins.has(callee.name) && !bodyWords.has(callee.name) : found !== 'function'
    if (isLayer) names.report(messages.notInBody.at(callee.span, { found: `\`${callee.name}\``, kind: 'function' }))
  }
  names.finish()
}

/** What an expression calls by name, or pipes into. */
function calleesOf(expression: Expr): readonly NameExpr[] {
  const found: NameExpr[] = []
  walk(expression, (node) => {
    if (!isExpr(node)) return
    const callee = node.kind === 'call' ? node.callee : node.kind === 'pipe' ? node.right : undefined
    if (callee?.kind === 'name') found.push(callee)
  })
  return found
}

function declareBodyParams(params: readonly BodyParam[], names: Names): void {
  for (const param of params) {
    const type = tensorType(param)
    if (type === undefined) checkKindType(param.type as KindType, names)
    names.declare(param.name, type === undefined ? parameterKind(kindOf(param.type as KindType, names.file)) : 'unknown', 'the parameter')
  }
  for (const param of params) {
    const type = tensorType(param)
    if (type !== undefined) checkType(type, names, true)
  }
  for (const { default: value } of params) if (value) checkExpression(value, names)
}
