import type { Location } from 'vscode-languageserver'
import { importedFile, namesOf, useAt } from './names/index.ts'
import type { Workspace } from './workspace.ts'

/** Where something is declared, for the library its file; of the path of an import, the file that it names. */
export function definition(workspace: Workspace, path: string, offset: number): Location | undefined {
  const file = workspace.file(path)
  if (file === undefined) return undefined
  const target = useAt(namesOf(file, workspace), offset)?.target
  if (target !== undefined) return workspace.location(target.name.span)
  const from = file.file.imports.map((one) => one.from).find(({ span }) => span.start <= offset && offset <= span.end)
  const imported = from && importedFile(from.value, file, workspace)
  return imported && workspace.location({ path: imported.source.path, start: 0, end: 0 })
}
