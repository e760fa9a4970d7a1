import type { Diagnostic } from './diagnostic.ts'

/** Diagnostics in the order in which a reader meets them: by file, place and code; the same one twice is one. */
export function inOrder(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  const paths = [...new Set(diagnostics.map(({ span }) => span?.path))]
  const seen = new Set<string>()
  return diagnostics
    .map((diagnostic, index) => ({ diagnostic, index, file: paths.indexOf(diagnostic.span?.path) }))
    .sort((a, b) => a.file - b.file || start(a.diagnostic) - start(b.diagnostic) || a.index - b.index)
    .map(({ diagnostic }) => diagnostic)
    .filter(({ code, span, message }) => {
      const key = JSON.stringify([code, span, message])
      return !seen.has(key) && seen.add(key)
    })
}

function start({ span }: Diagnostic): number {
  return span?.start ?? -1
}
