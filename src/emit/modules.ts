import { spellOutAliases } from './gpu-types.ts'

/** Modules that packages contain, by path from `src`: `runtime/index.js`, `graph/ops/linear.d.ts`, `util/json.ts`. */
export type RuntimeFiles = ReadonlyMap<string, string>

/** Names that `runtime/index.d.ts` exports, and those that the module itself uses. */
export function exportedNames(runtime: RuntimeFiles): ReadonlySet<string> {
  const names = new Set(['kernels', 'manifest', 'createModel', 'Model', 'CreateOptions'])
  for (const [path, text] of runtime) {
    if (!path.startsWith('runtime/') || !path.endsWith('.d.ts')) continue
    for (const match of text.matchAll(/^export (?:declare )?(?:abstract )?(?:class|interface|type|const|function) (\w+)/gm))
      names.add(match[1] ?? '')
  }
  return names
}

const specifier = /(\bfrom\s*|\bimport\s*\(?\s*)(['"])(\.{1,2}\/[^'"\n]+)\2/g

/**
 * The modules that a package needs, `proofs` among them where it can prove its kernels (paths without their ending): JavaScript, its sources, and the declarations that its public types reach. Declarations name their
 * neighbours by `.js`, as every version of TypeScript understands.
 */
export function reachable(runtime: RuntimeFiles, proofs: readonly string[]): ReadonlyMap<string, string> {
  const found = new Map<string, string>()
  const visit = (path: string, place: (path: string) => string, rename: (target: string) => string): void => {
    const to = place(path)
    if (found.has(to)) return
    const text = runtime.get(path)
    if (text === undefined) throw new Error(`the runtime has no ${path}`)
    found.set(to, path.endsWith('.d.ts') ? portable(text) : text)
    for (const match of withoutDocs(text).matchAll(specifier)) visit(rename(join(path, match[3] ?? '')), place, rename)
  }
  const same = (path: string): string => path
  const declaration = (path: string): string => path.replace(/(\.d)?\.[jt]s$/, '.d.ts')
  for (const root of ['runtime/index', ...proofs]) {
    visit(`${root}.js`, same, same)
    visit(`${root}.ts`, (path) => `src/${path}`, same)
  }
  visit('runtime/index.d.ts', same, declaration)
  return found
}

const portable = (declaration: string): string => spellOutAliases(declaration).replace(/(['"])(\.{1,2}\/[^'"\n]+)\.ts\1/g, '$1$2.js$1')

/** Without comments, in which a path is only mentioned. Declarations and compiled modules have none inside strings that matter here. */
const withoutDocs = (text: string): string => text.replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '')

/** The path that `specifier` names in the file `from`. */
function join(from: string, specifier: string): string {
  const parts = from.split('/').slice(0, -1)
  for (const part of specifier.split('/')) {
    if (part === '..') parts.pop()
    else if (part !== '.') parts.push(part)
  }
  return parts.join('/')
}
