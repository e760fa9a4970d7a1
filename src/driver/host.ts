import type { RuntimeFiles } from '../emit/modules.ts'
import type { Templates } from '../emit/template.ts'

/** What compiling needs from outside. In Node `nodeCompileHost` gives it; a browser may hold everything in memory. */
export interface CompileHost {
  /** Text of a spec, or undefined if there is no such file. Paths have forward slashes. */
  readText(path: string): string | undefined
  /** A file of the standard library by its name: `src/std/<name>`. */
  library(name: string): string
  /** `templates/wgsl` or `templates/ts`, by name without the endings. */
  templates(language: 'wgsl' | 'ts'): Templates
  /** What packages contain. Needed by the pass `emit` only. */
  runtime(): RuntimeFiles
  /** This compiler. */
  readonly compiler: { readonly version: string; readonly license: string }
}
