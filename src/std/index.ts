import type { SourceFile } from '../source/source.ts'
import type { File } from '../syntax/ast.ts'
import { parseFile } from '../syntax/parse.ts'

/** The files of the library, one per family. Their text lies beside this module; a host gives it. */
export const libraryFiles = [
  'attention.gdn',
  'blocks.gdn',
  'convolutions.gdn',
  'delta.gdn',
  'embeddings.gdn',
  'experts.gdn',
  'feed_forward.gdn',
  'gated.gdn',
  'linear_attention.gdn',
  'norms.gdn',
  'rotary.gdn',
  'ssd.gdn',
] as const

/** The text of a file of the library by its name. */
export type ReadLibrary = (name: (typeof libraryFiles)[number]) => string

/** The sources of the library; their paths begin with `std/`. */
const stdSources = (read: ReadLibrary): readonly SourceFile[] => libraryFiles.map((name) => ({ path: `std/${name}`, text: read(name) }))

/** The library, read. @throws Error if its text is damaged */
export function readLibrary(read: ReadLibrary): readonly { readonly source: SourceFile; readonly file: File }[] {
  return stdSources(read).map((source) => {
    const { file, diagnostics } = parseFile(source)
    const first = diagnostics.find(({ severity }) => severity === 'error')
    if (first !== undefined) throw new Error(`${source.path}: ${first.message}`)
    return { source, file }
  })
}
