import { type CompletionItem, CompletionItemKind } from 'vscode-languageserver'
import { declarationWords, keywords, type TokenEntry } from '../../grammar/tokens.ts'
import { transformNames } from '../check/checkpoint/transforms.ts'
import { type CallSite, callSiteAt } from './call-site.ts'
import { importsHere, item, membersHere, named, namesHere, type Wanted, word } from './completion/names.ts'
import { pathsHere } from './completion/paths.ts'
import { type Place, placeAt } from './completion/place.ts'
import { definitionsOf } from './names/index.ts'
import { takenBy } from './signature-help.ts'
import type { TextFile, Workspace } from './workspace.ts'

/** What can be written at a place: what the grammar takes there, and the names that are known there. */
export function completion(file: TextFile, offset: number, workspace: Workspace): readonly CompletionItem[] {
  const paths = pathsHere(file, offset, workspace)
  if (paths !== undefined) return paths
  const place = placeAt(file, offset)
  if (place === undefined) return []
  const items = [...expectedItems(file, place, offset, workspace), ...keywordsHere(place)]
  return [...new Map(items.map((one) => [one.label, one])).values()]
}

const kindNames = ['size', 'real', 'flag', 'text', 'init', 'layer']
const tensorTypes = ['f32', 'u32', 'bool']

function expectedItems(file: TextFile, place: Place, offset: number, workspace: Workspace): readonly CompletionItem[] {
  const types = (names: readonly string[]) => names.map((name) => word(name, CompletionItemKind.Keyword, 1))
  switch (place.expected) {
    case 'new name':
      return []
    case 'member':
      return membersHere(file, place, workspace)
    case 'role':
      return types(['batch', 'time'])
    case 'tensor type':
      return types(tensorTypes)
    case 'kind or tensor type':
      return types([...tensorTypes, ...kindNames])
    case 'kind':
      return [...types(kindNames), ...layersHere(file, workspace)]
    case 'transform':
      return transformNames.map((name) => item(name, CompletionItemKind.Function, 1))
    case 'declaration':
      return declarationWords.map((name) => word(name, CompletionItemKind.Keyword, 1))
    default: {
      if (place.declaration === 'import') return importsHere(file, offset, workspace)
      const takesName = place.next.has('Name') || place.next.size === 0
      const site = callSiteAt(file.source, offset)
      if (!takesName) return []
      return [...argumentsHere(site, file, workspace), ...namesHere(file, place, wantedBy(site, file, workspace), workspace)]
    }
  }
}

const layersHere = (file: TextFile, workspace: Workspace): readonly CompletionItem[] =>
  [...definitionsOf(file, workspace)].flatMap(([name, one]) =>
    one.what === 'layer' || one.what === 'block' ? [named(one, 3, workspace, name)] : [],
  )

/** Names of arguments that are not given yet. */
function argumentsHere(site: CallSite | undefined, file: TextFile, workspace: Workspace): readonly CompletionItem[] {
  if (site === undefined || site.argument !== undefined) return []
  const free = (takenBy(site.callee, file, workspace) ?? []).filter(({ name }) => !site.given.includes(name))
  return free.map(({ name, label, doc }) =>
    item(`${name}:`, CompletionItemKind.Property, 0, {
      insertText: `${name}: `,
      filterText: name,
      detail: label,
      ...(doc === '' ? {} : { documentation: { kind: 'markdown' as const, value: doc } }),
    }),
  )
}

function wantedBy(site: CallSite | undefined, file: TextFile, workspace: Workspace): Wanted {
  return site?.argument === undefined ? undefined : takenBy(site.callee, file, workspace)?.find(({ name }) => name === site.argument)?.kind
}

const keywordEntries: ReadonlyMap<string, TokenEntry> = new Map(Object.entries(keywords))

function keywordsHere({ next }: Place): readonly CompletionItem[] {
  return [...next].flatMap((name) => {
    const pattern = keywordEntries.get(name)?.pattern
    return typeof pattern === 'string' ? [word(pattern, CompletionItemKind.Keyword, 4)] : []
  })
}
