import type { Expr, PipeExpr } from '../../syntax/ast.ts'
import type { TextFile, Workspace } from '../workspace.ts'
import { importedFile } from './definitions.ts'
import type { FileNames, Use } from './named.ts'
import { Resolver } from './resolve.ts'

export { calledBy, definitionsOf, exportsOf, importedFile, membersOf, ownDefinitions, parametersOf } from './definitions.ts'
export { described, type FileNames, isVisibleOutside, keyOf, type Named, type Use, type What } from './named.ts'
export { givenBy } from './scope.ts'

const cache = new WeakMap<TextFile, { readonly names: FileNames; readonly read: readonly (TextFile | undefined)[] }>()

export function namesOf(file: TextFile, workspace: Workspace): FileNames {
  const read = filesBehind(file, workspace)
  const known = cache.get(file)
  if (known?.read.length === read.length && known.read.every((one, i) => one === read[i])) return known.names
  const names = new Resolver(file, workspace).read()
  cache.set(file, { names, read })
  return names
}

/** What a file imports, directly or through others; undefined for what is not there. */
function filesBehind(file: TextFile, workspace: Workspace): readonly (TextFile | undefined)[] {
  const found = new Set<TextFile | undefined>()
  const open = [file]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    for (const { from } of next.file.imports) {
      const target = importedFile(from.value, next, workspace)
      if (target !== undefined && !found.has(target)) open.push(target)
      found.add(target)
    }
  }
  return [...found]
}

/** The use at an offset, its end included. */
export const useAt = ({ uses }: FileNames, offset: number): Use | undefined =>
  uses.find(({ span }) => span.start <= offset && offset <= span.end)

/** The right side of a pipe, without `as` and parentheses around it. */
export function pipeTarget({ right }: PipeExpr): Expr {
  let target = right
  while (target.kind === 'as' || target.kind === 'paren') target = target.value
  return target
}
