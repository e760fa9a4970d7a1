import Handlebars from 'handlebars'
import type { z } from 'zod'
import { helperNames, partialProblem, type Templates } from './template.ts'

/**
 * What is wrong between a template and the zod schema of its view model: names that the schema does not have, keys that the template
 * never uses, and what Handlebars would do silently (print a bare number as JavaScript does, take 0 for false, drop a line break).
 * An empty list means that the two agree.
 *
 * @param partials sources by the name that `{{> name}}` uses
 */
export function checkTemplate(source: string, schema: z.ZodType, partials: Templates = {}): string[] {
  const checker = new Checker(partials)
  const view = typeOf(schema)
  checker.program(Handlebars.parse(source), [view], 0)
  return [...new Set([...checker.problems, ...unused(view, '')])]
}

/** What a template may know of a value. `used` collects what it does use. */
interface Type {
  readonly kind: 'object' | 'array' | 'string' | 'number' | 'boolean' | 'other'
  readonly keys: ReadonlyMap<string, Type>
  readonly item: Type | undefined
  used: boolean
}

const type = (kind: Type['kind'], keys: ReadonlyMap<string, Type> = new Map(), item?: Type): Type => ({ kind, keys, item, used: false })

function typeOf(schema: z.core.$ZodType): Type {
  const { def } = schema._zod as unknown as {
    def: { type: string; shape?: Record<string, z.core.$ZodType>; element?: z.core.$ZodType; values?: unknown[] }
  }
  if (def.type === 'object') return type('object', new Map(Object.entries(def.shape ?? {}).map(([key, value]) => [key, typeOf(value)])))
  if (def.type === 'array' && def.element) return type('array', new Map(), typeOf(def.element))
  if (def.type === 'string' || def.type === 'enum') return type('string')
  if (def.type === 'literal') return type(typeof def.values?.[0] === 'number' ? 'number' : 'string')
  if (def.type === 'number' || def.type === 'boolean') return type(def.type)
  return type('other')
}

function unused(view: Type, path: string): string[] {
  const below = [...view.keys].flatMap(([key, value]) => unused(value, path === '' ? key : `${path}.${key}`))
  if (view.item) below.push(...unused(view.item, `${path}[]`))
  const whole = path !== '' && !view.used && view.keys.size === 0 && !view.item
  return whole ? [`${path} is in the schema, but the template does not use it`] : below
}

class Checker {
  readonly problems: string[] = []
  readonly #partials: Templates

  constructor(partials: Templates) {
    this.#partials = partials
  }

  program(program: hbs.AST.Program, scopes: readonly Type[], depth: number): void {
    for (const statement of program.body) this.#statement(statement, scopes, depth)
  }

  #statement(statement: hbs.AST.Statement, scopes: readonly Type[], depth: number): void {
    if (statement.type === 'MustacheStatement') this.#mustache(statement as hbs.AST.MustacheStatement, scopes)
    else if (statement.type === 'BlockStatement') this.#block(statement as hbs.AST.BlockStatement, scopes, depth)
    else if (statement.type === 'PartialStatement') this.#partial(statement as hbs.AST.PartialStatement, scopes, depth)
    else if (statement.type !== 'ContentStatement' && statement.type !== 'CommentStatement')
      this.#say(statement, `${statement.type} is not for templates`)
  }

  #mustache(statement: hbs.AST.MustacheStatement, scopes: readonly Type[]): void {
    const name = calledHelper(statement)
    if (name === undefined) {
      if (helperNames.includes(original(statement))) this.#say(statement, `${original(statement)} is a helper, and wants arguments`)
      const value = this.#resolve(statement.path as hbs.AST.PathExpression, scopes)
      if (value?.kind === 'number') this.#say(statement, `the number ${original(statement)} needs u32, i32 or f32 to be a literal`)
      else if (value && value.kind !== 'string')
        this.#say(statement, `${original(statement)} is ${value.kind}, and only texts print themselves`)
      return
    }
    if (!helperNames.includes(name)) this.#say(statement, `there is no helper ${name}, only ${helperNames.join(', ')}`)
    for (const param of statement.params) if (param.type === 'PathExpression') this.#resolve(param as hbs.AST.PathExpression, scopes)
  }

  #block(statement: hbs.AST.BlockStatement, scopes: readonly Type[], depth: number): void {
    const name = (statement.path as hbs.AST.PathExpression).original
    if (depth === 2) this.#say(statement, `#${name} is a third nested block: make it a partial, or decide in the view model`)
    const [subject] = statement.params
    const value = subject?.type === 'PathExpression' ? this.#resolve(subject as hbs.AST.PathExpression, scopes) : undefined
    let inner = scopes
    if (name === 'if' || name === 'unless') {
      if (value && value.kind !== 'boolean') this.#say(statement, `#${name} takes a boolean, and ${original(statement)} is ${value.kind}`)
    } else if (name === 'each') {
      if (value && !value.item) this.#say(statement, `#each takes a list, and ${original(statement)} is ${value.kind}`)
      inner = [...scopes, value?.item ?? type('other')]
    } else this.#say(statement, `there is no block #${name}, only #if, #unless and #each`)
    this.program(statement.program, inner, depth + 1)
    if (statement.inverse) this.program(statement.inverse, scopes, depth + 1)
  }

  #partial(statement: hbs.AST.PartialStatement, scopes: readonly Type[], depth: number): void {
    const name = (statement.name as hbs.AST.PathExpression).original
    if (statement.params.length > 0) this.#say(statement, `the partial ${name} takes named arguments, not a context`)
    const given = new Map((statement.hash?.pairs ?? []).map(({ key, value }): [string, Type] => [key, this.#argument(value, scopes)]))
    // One value may be given twice; each argument counts for itself.
    const args = new Map([...given].map(([key, value]) => [key, { ...value, used: false }]))
    const source = Object.hasOwn(this.#partials, name) ? this.#partials[name] : undefined
    if (source === undefined) {
      this.#say(statement, `there is no partial ${name}`)
      return
    }
    const problem = partialProblem(source)
    if (problem !== undefined) this.#say(statement, `${name}: ${problem}`)
    const inside = new Checker(this.#partials)
    inside.program(Handlebars.parse(source), [type('object', args)], depth)
    this.problems.push(...inside.problems.map((text) => `in ${name}: ${text}`))
    for (const [key, value] of args) if (!isUsed(value)) this.#say(statement, `${name} does not use its argument ${key}`)
  }

  #argument(value: hbs.AST.Expression, scopes: readonly Type[]): Type {
    if (value.type === 'PathExpression') return this.#resolve(value as hbs.AST.PathExpression, scopes) ?? type('other')
    if (value.type === 'NumberLiteral') return type('number')
    if (value.type === 'BooleanLiteral') return type('boolean')
    return type('string')
  }

  #resolve(path: hbs.AST.PathExpression, scopes: readonly Type[]): Type | undefined {
    // `@index`, `@first`, `@last` of #each.
    if (path.data) return type(path.parts[0] === 'index' ? 'number' : 'boolean')
    const scope = scopes[scopes.length - 1 - path.depth]
    if (!scope) return this.#missing(path, 'there is no scope that far out')
    let at: Type = scope
    for (const part of path.parts) {
      const next: Type | undefined = at.keys.get(part)
      if (!next) return at.kind === 'other' ? undefined : this.#missing(path, `the schema has no ${part}${near(part, at)}`)
      at = next
    }
    at.used = true
    return at
  }

  #missing(path: hbs.AST.PathExpression, why: string): undefined {
    this.#say(path, `${path.original}: ${why}`)
    return undefined
  }

  #say(node: hbs.AST.Node, text: string): void {
    this.problems.push(`line ${node.loc.start.line}: ${text}`)
  }
}

const calledHelper = (statement: hbs.AST.MustacheStatement): string | undefined => {
  const path = statement.path as hbs.AST.PathExpression
  return statement.params.length > 0 || statement.hash ? path.original : undefined
}

const original = (statement: hbs.AST.MustacheStatement | hbs.AST.BlockStatement): string => {
  const subject = statement.type === 'BlockStatement' ? statement.params[0] : statement.path
  return (subject as hbs.AST.PathExpression | undefined)?.original ?? '?'
}

const isUsed = (value: Type): boolean =>
  value.used || [...value.keys.values()].some(isUsed) || (value.item !== undefined && isUsed(value.item))

const near = (name: string, at: Type): string =>
  at.keys.size > 0 ? `, it has ${[...at.keys.keys()].join(', ')}` : ` (${name} of a ${at.kind})`
