import type { Diagnostic, Fix } from '../diagnostics/diagnostic.ts'
import { verifyModel } from '../model/verify.ts'
import { verifyPlan } from '../plan/verify.ts'
import type { SourceFile, Span } from '../source/source.ts'
import type { CompileHost } from './host.ts'
import { passes } from './passes.ts'
import { folderOf, normalise } from './paths.ts'
import { type Compilation, type CompileOptions, failed } from './state.ts'

export type PassName = 'parse' | 'check' | 'choose' | 'plan' | 'print' | 'emit'

export interface RunOptions extends CompileOptions {
  /** The last pass to run. */
  readonly until?: PassName | undefined
  /** Checks after each pass that what it made is legal. For finding mistakes of the compiler, which then throw. */
  readonly verify?: boolean | undefined
  /** Called after each pass with the milliseconds that it took. */
  readonly onPass?: ((name: PassName, milliseconds: number) => void) | undefined
}

/**
 * Compiles the spec at `path`: runs the passes in order, until one finds errors. Never throws for what a spec says; diagnostics and
 * sources have paths as the user gave them.
 */
export function compile(
  host: CompileHost,
  path: string,
  { until = 'emit', verify = false, onPass, ...options }: RunOptions = {},
): Compilation {
  let state: Compilation = { host, path, options, sources: new Map(), diagnostics: [] }
  for (const pass of passes) {
    const started = performance.now()
    state = pass.run(state)
    if (verify) assertLegal(pass.name as PassName, state)
    onPass?.(pass.name as PassName, performance.now() - started)
    if (failed(state) || pass.name === until) break
  }
  return asGiven(state)
}

function assertLegal(pass: PassName, { model, plan }: Compilation): void {
  const problems = pass === 'choose' && model ? verifyModel(model) : pass === 'plan' && plan ? verifyPlan(plan) : []
  if (problems.length > 0) throw new Error(`not legal after ${pass}:\n${problems.join('\n')}`)
}

/** Paths relative to the entry become paths relative to where the user is. */
function asGiven(state: Compilation): Compilation {
  const base = folderOf(state.path)
  const given = (path: string): string => (base === '' || path.startsWith('std/') ? path : normalise(base + path))
  const span = (at: Span): Span => ({ ...at, path: given(at.path) })
  const fix = (one: Fix): Fix => ({ ...one, edits: one.edits.map((edit) => ({ ...edit, span: span(edit.span) })) })
  const moved = (diagnostic: Diagnostic): Diagnostic => ({
    ...diagnostic,
    span: diagnostic.span && span(diagnostic.span),
    related: diagnostic.related.map((one) => ({ ...one, span: span(one.span) })),
    fixes: diagnostic.fixes.map(fix),
  })
  const sources = new Map(
    [...state.sources.values()].map((source): [string, SourceFile] => [given(source.path), { ...source, path: given(source.path) }]),
  )
  return { ...state, sources, diagnostics: state.diagnostics.map(moved) }
}
