import Handlebars from 'handlebars'
import { doc, f32, i32, indent, join, u32 } from './helpers.ts'

/** Template sources by name: `matmul`, and partials below `lib/`: `lib/reduce` is used as `{{> lib/reduce words=words}}`. */
export type Templates = Readonly<Record<string, string>>

/** @throws TemplateError if there is no such template, if it is malformed, or if the view lacks something it names */
export type Render = (template: string, view: object) => string

export class TemplateError extends Error {
  readonly template: string
  constructor(template: string, message: string, options?: ErrorOptions) {
    super(`template ${template}: ${message}`, options)
    this.name = 'TemplateError'
    this.template = template
  }
}

const helpers = { u32, i32, f32, join, indent, doc }

/** Helpers that a template may call; besides them only `#if`, `#unless` and `#each`. */
export const helperNames: readonly string[] = Object.keys(helpers)

/**
 * The only way from a template to text. Nothing is escaped and nothing missing is ignored: a name that the view does not have is an
 * error, `#if` takes booleans only, partials see their arguments only. Templates are compiled when first rendered.
 */
export function createRenderer(templates: Templates): Render {
  const engine = Handlebars.create()
  for (const [name, helper] of Object.entries(helpers)) {
    // Handlebars passes its own options object last.
    engine.registerHelper(name, (...args: unknown[]) => (helper as (...given: unknown[]) => string)(...args.slice(0, -1)))
  }
  engine.registerHelper('if', condition('if', true))
  engine.registerHelper('unless', condition('unless', false))
  const each = engine.helpers['each'] as Handlebars.HelperDelegate
  engine.registerHelper('each', function (this: unknown, items: unknown, options: Handlebars.HelperOptions) {
    if (!Array.isArray(items)) throw new TypeError(`#each takes a list, found ${JSON.stringify(items) ?? String(items)}`)
    return each.call(this, items, options)
  })
  for (const [name, source] of Object.entries(templates)) {
    if (!name.startsWith('lib/')) continue
    const problem = partialProblem(source)
    if (problem !== undefined) throw new TemplateError(name, problem)
    engine.registerPartial(name, source)
  }
  const compiled = new Map<string, HandlebarsTemplateDelegate>()
  const compile = (name: string): HandlebarsTemplateDelegate => {
    const source = Object.hasOwn(templates, name) ? templates[name] : undefined
    if (source === undefined) throw new TemplateError(name, `not found, there are ${Object.keys(templates).sort().join(', ')}`)
    return engine.compile(source, compileOptions)
  }
  return (name, view) => {
    try {
      const template = compiled.get(name) ?? compile(name)
      compiled.set(name, template)
      return tidy(template(view, runtimeOptions))
    } catch (error) {
      if (error instanceof TemplateError) throw error
      throw new TemplateError(name, error instanceof Error ? error.message : String(error), { cause: error })
    }
  }
}

const compileOptions: CompileOptions & { explicitPartialContext: boolean } = {
  noEscape: true,
  strict: true,
  knownHelpers: Object.fromEntries(helperNames.map((name) => [name, true])) as Record<string, boolean>,
  knownHelpersOnly: true,
  explicitPartialContext: true,
}

const runtimeOptions: RuntimeOptions = { allowProtoPropertiesByDefault: false, allowProtoMethodsByDefault: false }

/** Handlebars takes the line break after a partial for its own, so a partial must bring one. */
export function partialProblem(source: string): string | undefined {
  return source.endsWith('\n') ? undefined : 'a partial must end with a line break'
}

function condition(name: string, holds: boolean) {
  return function (this: unknown, ...args: unknown[]): string {
    const [value, options] = args as [unknown, Handlebars.HelperOptions]
    if (typeof value !== 'boolean') throw new TypeError(`#${name} takes a boolean, found ${JSON.stringify(value) ?? String(value)}`)
    return value === holds ? options.fn(this) : options.inverse(this)
  }
}

/** No trailing spaces, no run of blank lines, none at the start or after an opening brace, one line break at the end. */
export function tidy(text: string): string {
  const lines = text.split('\n').map((line) => line.trimEnd())
  const kept = lines.filter((line, i) => line !== '' || !/^$|[{(]$/.test(lines[i - 1] ?? ''))
  return `${kept.join('\n').trim()}\n`
}
