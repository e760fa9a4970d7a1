import { type Checked, check, type SpecFile } from '../check/index.ts'
import type { Diagnostic } from '../diagnostics/diagnostic.ts'
import { remarksOf } from '../plan/remarks.ts'
import { Facts } from './facts.ts'
import { resolveImport } from './paths.ts'
import type { TextFile, Workspace } from './workspace.ts'

/** What is known of one document and the files that it imports. */
export interface Analysis {
  readonly entry: TextFile
  /** All files that were asked for, as they were; undefined for one that was not there. */
  readonly read: ReadonlyMap<string, TextFile | undefined>
  /** Of the document and of what it imports. */
  readonly diagnostics: readonly Diagnostic[]
  /** Undefined while the text does not parse. */
  readonly checked: Checked | undefined
  /** What expressions stand for in the models of this text. */
  readonly facts: Facts
  /** The last analysis without errors before this one, for what this text does not tell. */
  readonly lastGood: Analysis | undefined
}

export function analyse(entry: TextFile, workspace: Workspace, before: Analysis | undefined): Analysis {
  const read = new Map<string, TextFile | undefined>([[entry.source.path, entry]])
  const diagnostics = [...entry.diagnostics]
  const lastGood = before === undefined || hasErrors(before.diagnostics) ? before?.lastGood : { ...before, lastGood: undefined }
  const facts = new Facts()
  const state = { entry, read, facts, lastGood }
  // As the command line does: what follows from a text that was misread is not worth saying.
  if (hasErrors(diagnostics)) return { ...state, diagnostics, checked: undefined }
  const resolve = (path: string, from: string): SpecFile | undefined => {
    const target = resolveImport(path, from)
    const file = target === undefined ? undefined : workspace.file(target)
    if (target !== undefined && !read.has(target)) diagnostics.push(...(file?.diagnostics ?? []))
    if (target !== undefined) read.set(target, file)
    return file
  }
  const checked = check({ entry, std: workspace.std, resolve, observer: facts })
  const sources = new Map([...checked.program.files, ...checked.program.library].map(({ source }) => [source.path, source]))
  const remarks = remarksOf(
    checked.models.map(({ graph }) => graph),
    sources,
  )
  return { ...state, diagnostics: [...diagnostics, ...checked.diagnostics, ...remarks], checked }
}

export const hasErrors = (diagnostics: readonly Diagnostic[]): boolean => diagnostics.some(({ severity }) => severity === 'error')
