import { type CompletionItem, CompletionItemKind } from 'vscode-languageserver'
import { follow } from '../../grammar/follow.ts'
import { keywords, builtinNames as languageNames, type TokenEntry, typeNames } from '../../grammar/tokens.ts'
import { builtinNames, builtins } from '../check/builtins/index.ts'
import { lex } from '../syntax/lex.ts'
import { callSiteAt } from './call-site.ts'
import { declarationOf } from './hover.ts'
import { definitionsOf, namesOf } from './names.ts'
import { takenBy } from './signature-help.ts'
import type { TextFile, Workspace } from './workspace.ts'

const kinds: Readonly<Record<string, CompletionItemKind>> = {
  layer: CompletionItemKind.Class,
  block: CompletionItemKind.Class,
  model: CompletionItemKind.Class,
  recurrence: CompletionItemKind.Function,
  attention: CompletionItemKind.Function,
  function: CompletionItemKind.Function,
  init: CompletionItemKind.Constant,
  size: CompletionItemKind.Constant,
  parameter: CompletionItemKind.TypeParameter,
  weight: CompletionItemKind.Field,
}

/** What can be written at a place: what the grammar takes there, and the names that are known there. */
export function completion(file: TextFile, offset: number, workspace: Workspace): readonly CompletionItem[] {
  const text = file.source.text
  const start = offset - (/\w*$/.exec(text.slice(Math.max(0, offset - 64), offset))?.[0].length ?? 0)
  const before = lex({ path: '', text: text.slice(0, start) }).tokens
  if (insideText(text, start)) return []
  // Declarations do not depend on each other, and one before may be broken.
  const first = before.findLastIndex(({ image, startColumn }) => startColumn === 1 && declarationWords.has(image))
  const own = first < 0 ? before : before.slice(first)
  const last = before.at(-1)?.image ?? ''
  const next = [...follow(first < 0 ? 'file' : 'declaration', own)].map(({ name }) => name)
  if (first >= 0 && own.at(-1)?.image === '}' && next.length === 0) return words([...declarationWords])
  const items: CompletionItem[] = []
  if (last === ':' || last === '->') items.push(...kindsHere(file, workspace))
  const takesName = next.includes('Name') && !declaresNext(last)
  const damaged = next.length === 0
  if (takesName || damaged) items.push(...argumentsHere(file, offset, workspace), ...namesHere(file, start, workspace))
  items.push(...words(next.flatMap((name) => wordOfToken(name))))
  return [...new Map(items.map((item) => [item.label, item])).values()]
}

const declarationWords = new Set(['model', 'layer', 'block', 'recurrence', 'attention', 'function', 'init', 'checkpoint', 'import'])

/** After these words a new name is written, which nobody can guess. */
const declaresNext = (word: string): boolean =>
  [
    'model',
    'layer',
    'block',
    'recurrence',
    'attention',
    'function',
    'size',
    'dim',
    'input',
    'output',
    'in',
    'weight',
    'shared',
    'state',
    'as',
  ].includes(word)

const wordOfToken = (name: string): string[] => {
  const pattern = (keywords as Readonly<Record<string, TokenEntry>>)[name]?.pattern
  return typeof pattern === 'string' ? [pattern] : []
}

function words(found: readonly string[]): CompletionItem[] {
  return found.map((label) => {
    const hover = Object.values<TokenEntry>(keywords).find(({ pattern }) => pattern === label)?.hover
    return { label, kind: CompletionItemKind.Keyword, sortText: `3${label}`, ...(hover === undefined ? {} : { documentation: hover }) }
  })
}

/** After a colon: kinds of parameters, element types, layers. */
function kindsHere(file: TextFile, workspace: Workspace): CompletionItem[] {
  const layers = [...definitionsOf(file, workspace)].flatMap(([name, { what }]) => (what === 'layer' || what === 'block' ? [name] : []))
  return [
    ...typeNames.map((label) => ({ label, kind: CompletionItemKind.Keyword, sortText: `0${label}` })),
    ...layers.map((label) => ({ label, kind: CompletionItemKind.Class, sortText: `2${label}` })),
  ]
}

function argumentsHere(file: TextFile, offset: number, workspace: Workspace): CompletionItem[] {
  const site = callSiteAt(file.source, offset)
  if (site === undefined || site.argument !== undefined) return []
  return (takenBy(site.callee, file, workspace) ?? []).flatMap(({ name, label }) =>
    site.given.includes(name)
      ? []
      : [
          {
            label: `${name}:`,
            insertText: `${name}: `,
            filterText: name,
            detail: label,
            kind: CompletionItemKind.Property,
            sortText: `0${name}`,
          },
        ],
  )
}

function namesHere(file: TextFile, offset: number, workspace: Workspace): CompletionItem[] {
  const locals = namesOf(file, workspace).locals.filter(
    ({ extent, name }) => extent !== undefined && extent.start <= offset && offset <= extent.end && name.span.end < offset,
  )
  const known = new Set(locals.map(({ name }) => name.text))
  const definitions = [...definitionsOf(file, workspace)].filter(([name]) => !known.has(name))
  return [
    ...locals.map(({ name, what }) => ({
      label: name.text,
      detail: what,
      kind: kinds[what] ?? CompletionItemKind.Variable,
      sortText: `1${name.text}`,
    })),
    ...definitions.map(([label, named]) => ({
      label,
      detail: named.what,
      kind: kinds[named.what] ?? CompletionItemKind.Variable,
      documentation: { kind: 'markdown' as const, value: declarationOf(named, workspace).join('\n\n') },
      sortText: `2${label}`,
    })),
    ...[...builtinNames]
      .filter((name) => !known.has(name) && !definitions.some(([other]) => other === name))
      .map((label) => {
        const documentation = builtins.get(label)?.doc ?? (Object.hasOwn(languageNames, label) ? languageNames[label] : undefined)
        return {
          label,
          kind: CompletionItemKind.Function,
          sortText: `2${label}`,
          ...(documentation === undefined ? {} : { documentation }),
        }
      }),
  ]
}

/** Whether a place is in a text or a comment: an odd number of quotes before it on its line, or `//`. */
function insideText(text: string, offset: number): boolean {
  const line = text.slice(text.lastIndexOf('\n', offset - 1) + 1, offset)
  const plain = line.replace(/"[^"]*"/g, '')
  return plain.includes('"') || plain.includes('//')
}
