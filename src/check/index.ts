import * as messages from '../diagnostics/catalogue/check.ts'
import type { Diagnostic } from '../diagnostics/diagnostic.ts'
import type { Model } from '../model/model.ts'
import type { Expr, ModelDecl } from '../syntax/ast.ts'
import { builtinNames } from './builtins/index.ts'
import { Elaboration } from './elaboration.ts'
import { evaluate } from './expression.ts'
import { Env } from './frame.ts'
import { elaborateModel, type Given, type ModelRequest } from './model.ts'
import { checkNames } from './names/index.ts'
import type { Observer } from './observer.ts'
import { fromPlain } from './plain.ts'
import { type Definition, type FileScope, loadProgram, type Program, type Resolve, type SpecFile } from './program.ts'
import { Reporter } from './report.ts'
import { replacement, suggest } from './suggest.ts'
import { describe } from './value.ts'

export { applyTransforms, compareWithFile, resolveCheckpoint } from './checkpoint/index.ts'
export type { Program, Resolve, SpecFile } from './program.ts'

export interface CheckInput {
  readonly entry: SpecFile
  /** The standard library, read. */
  readonly std: readonly SpecFile[]
  /** Gives the files that imports name; without it there are none. */
  readonly resolve?: Resolve
  /** The models to elaborate, by name; all of the entry file if it is left out. Names and kinds are checked either way. */
  readonly only?: readonly string[]
  /** Sees what the expressions of elaborated models stand for. */
  readonly observer?: Observer
}

/** Values for sizes and parameters of a model, by name. */
export type Overrides = Readonly<Record<string, number | boolean | string | null>>

export interface Checked {
  readonly program: Program
  /** Every model of the entry file that has values for all its sizes and no errors, in the order of the text. */
  readonly models: readonly Model[]
  readonly diagnostics: readonly Diagnostic[]
}

/** Checks a file with all it imports: the names and kinds of every definition, and the shapes of every model that has its sizes. */
export function check(input: CheckInput): Checked {
  const { program, diagnostics: loading } = loadProgram(input.entry, input.std, input.resolve ?? (() => undefined))
  const reporter = new Reporter()
  for (const diagnostic of [...loading, ...program.files.flatMap((scope) => checkNames(scope))]) reporter.report(diagnostic)
  const models: Model[] = []
  const names = modelNames(program)
  for (const name of names) {
    const request = requestFor(program, name, reporter)
    if (input.only !== undefined && !input.only.includes(name)) continue
    if (request === undefined || needsValues(request).length > 0) continue
    const own = new Reporter(names.length > 1 ? [`in the model \`${name}\``] : [])
    const { model } = elaborateModel(program, request, own, input.observer)
    for (const diagnostic of own.diagnostics) reporter.report(diagnostic)
    if (model !== undefined) models.push(model)
  }
  checkpointsHaveModels(program, reporter)
  return { program, models: reporter.failed ? [] : models, diagnostics: reporter.diagnostics }
}

/** Elaborates one model of the entry file, with values for its sizes and parameters over those of the spec. */
export function elaborate(
  program: Program,
  name: string,
  overrides: Overrides = {},
): { readonly model: Model | undefined; readonly diagnostics: readonly Diagnostic[] } {
  const reporter = new Reporter()
  const base = requestFor(program, name, reporter)
  if (base === undefined) {
    if (!reporter.failed) {
      const known = modelNames(program)
      reporter.report(messages.noSuchModel.at(undefined, { name, known, near: suggest(name, known) ?? null }))
    }
    return { model: undefined, diagnostics: reporter.diagnostics }
  }
  const given = new Map<string, Given>(base.given)
  for (const [key, value] of Object.entries(overrides)) {
    if (parametersOf(base.decl).includes(key)) given.set(key, { value: fromPlain(value), span: undefined })
    else
      reporter.report(
        messages.unknownArgument.at(undefined, {
          definition: name,
          argument: key,
          known: parametersOf(base.decl),
          near: suggest(key, parametersOf(base.decl)) ?? null,
        }),
      )
  }
  if (reporter.failed) return { model: undefined, diagnostics: reporter.diagnostics }
  const { model } = elaborateModel(program, { ...base, given }, reporter)
  return { model, diagnostics: reporter.diagnostics }
}

/** The models of the entry file, parametric ones included. */
export const modelNames = (program: Program): readonly string[] =>
  program.entry.file.declarations.flatMap((decl) =>
    (decl.kind === 'model' || decl.kind === 'modelApplication') && decl.name.text !== '' ? [decl.name.text] : [],
  )

/** Sizes and parameters of a model that have no value yet. */
function needsValues({ decl, given }: Pick<ModelRequest, 'decl' | 'given'>): readonly string[] {
  const params = decl.params.flatMap((param) => (param.default === undefined ? [param.name.text] : []))
  const sizes = decl.body.flatMap((statement) => (statement.kind === 'size' && statement.value === undefined ? [statement.name.text] : []))
  return [...params, ...sizes].filter((name) => !given.has(name))
}

const parametersOf = (decl: ModelDecl): readonly string[] => [
  ...decl.params.map((param) => param.name.text),
  ...decl.body.flatMap((statement) => (statement.kind === 'size' ? [statement.name.text] : [])),
]

/** What `name` is an application of, with all values that the chain of applications gives. Undefined if there is no such model. */
function requestFor(program: Program, name: string, reporter: Reporter): ModelRequest | undefined {
  const definition = program.entry.find(name)
  return definition && follow(program, definition, reporter, new Set())
}

function follow(program: Program, definition: Definition, reporter: Reporter, seen: Set<Definition>): ModelRequest | undefined {
  const { decl, scope } = definition
  const checkpoint = scope.checkpoints.find((one) => one.name.text === decl.name.text)
  if (decl.kind === 'model') return { name: decl.name.text, decl, scope, given: new Map(), checkpoint, doc: decl.doc ?? '' }
  if (decl.kind !== 'modelApplication' || seen.has(definition)) return undefined
  seen.add(definition)
  const applied = applicationOf(decl.value)
  const target = applied && scope.find(applied.callee)
  const base = target && follow(program, target, reporter, seen)
  if (applied === undefined || base === undefined) {
    const unknown = applied !== undefined && target === undefined && !builtinNames.has(applied.callee)
    if (decl.value.kind !== 'missing' && !unknown) reporter.report(messages.notAModel.at(decl.value.span, { name: decl.name.text }))
    return undefined
  }
  const given = new Map(base.given)
  const e = new Elaboration(program, reporter, evaluate)
  const names = parametersOf(base.decl)
  const params = base.decl.params.map((param) => param.name.text)
  let position = 0
  for (const { name, value: expression, span } of applied.args) {
    const key = name?.text ?? params[position++]
    const value = e.evaluate(expression, { env: new Env(scope), place: { path: '', owner: '', claims: new Map() }, instance: '' })
    if (key === undefined) {
      reporter.report(
        messages.tooManyArguments.at(span, {
          definition: applied.callee,
          found: describe(value),
          expected: `${params.length} (${params.join(', ')})`,
        }),
      )
    } else if (!names.includes(key)) {
      const near = suggest(key, names)
      const at = name?.span ?? span
      reporter.report(
        messages.unknownArgument.at(
          at,
          { definition: applied.callee, argument: key, known: names, near: near ?? null },
          { fixes: replacement(at, near) },
        ),
      )
    } else given.set(key, { value, span: expression.span })
  }
  return { ...base, name: decl.name.text, given, checkpoint: checkpoint ?? base.checkpoint, doc: decl.doc ?? base.doc }
}

function applicationOf(expression: Expr): { readonly callee: string; readonly args: Extract<Expr, { kind: 'call' }>['args'] } | undefined {
  if (expression.kind === 'name') return { callee: expression.name, args: [] }
  return expression.kind === 'call' && expression.callee.kind === 'name'
    ? { callee: expression.callee.name, args: expression.args }
    : undefined
}

function checkpointsHaveModels(program: Program, reporter: Reporter): void {
  for (const scope of program.files) {
    for (const { name } of scope.checkpoints) {
      if (name.text === '' || isModel(scope, name.text)) continue
      const known = [...scope.names].flatMap(([key, { decl }]) => (decl.kind === 'model' || decl.kind === 'modelApplication' ? [key] : []))
      const near = suggest(name.text, known)
      reporter.report(
        messages.noSuchModel.at(name.span, { name: name.text, known, near: near ?? null }, { fixes: replacement(name.span, near) }),
      )
    }
  }
}

function isModel(scope: FileScope, name: string): boolean {
  const kind = scope.find(name)?.decl.kind
  return kind === 'model' || kind === 'modelApplication'
}
