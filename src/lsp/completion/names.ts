import { type CompletionItem, CompletionItemKind, InsertTextFormat } from 'vscode-languageserver'
import { bodyWords } from '../../check/body/call.ts'
import { bodyFunctions, builtinNames, builtins, initFunctions, numberFunctions } from '../../check/builtins/index.ts'
import type { SyntaxNode } from '../../syntax/walk.ts'
import { declarationOf } from '../declaration.ts'
import { definitionsOf, exportsOf, importedFile, membersOf, type Named, namesOf, type What } from '../names/index.ts'
import { wordText } from '../words.ts'
import type { TextFile, Workspace } from '../workspace.ts'
import type { Place } from './place.ts'

const kinds: Readonly<Record<What, CompletionItemKind>> = {
  model: CompletionItemKind.Class,
  layer: CompletionItemKind.Class,
  block: CompletionItemKind.Class,
  recurrence: CompletionItemKind.Function,
  attention: CompletionItemKind.Function,
  function: CompletionItemKind.Function,
  init: CompletionItemKind.Constant,
  parameter: CompletionItemKind.TypeParameter,
  size: CompletionItemKind.Constant,
  dim: CompletionItemKind.TypeParameter,
  input: CompletionItemKind.Variable,
  output: CompletionItemKind.Variable,
  weight: CompletionItemKind.Field,
  shared: CompletionItemKind.Variable,
  state: CompletionItemKind.Field,
  value: CompletionItemKind.Variable,
  'side result': CompletionItemKind.Property,
  application: CompletionItemKind.Property,
}

/** The kind of value that an argument takes, as its declaration calls it; undefined where any may stand. */
export type Wanted = string | undefined

/** Inserted as it is written here, and sorted by `rank`, then by name. */
export function item(label: string, kind: CompletionItemKind, rank: number, more: Partial<CompletionItem> = {}): CompletionItem {
  return { label, kind, sortText: `${rank}${label}`, insertTextFormat: InsertTextFormat.PlainText, ...more }
}

export function named(one: Named, rank: number, workspace: Workspace, label = one.name.text): CompletionItem {
  const documentation = { kind: 'markdown' as const, value: declarationOf(one, workspace).join('\n\n') }
  return item(label, kinds[one.what], rank, { detail: one.what, documentation })
}

export function word(label: string, kind: CompletionItemKind, rank: number): CompletionItem {
  const text = wordText(label)
  return item(label, kind, rank, text === undefined ? {} : { documentation: { kind: 'markdown', value: text } })
}

/** What can be named as a value, or as an item of a stack. What is wanted comes first, then what is near. */
export function namesHere(file: TextFile, place: Place, wanted: Wanted, workspace: Workspace): readonly CompletionItem[] {
  const { start, expected, declaration } = place
  const locals = namesOf(file, workspace).locals.filter(
    ({ extent, name, since, node }) =>
      extent !== undefined &&
      extent.start <= start &&
      start <= extent.end &&
      name.span.end < start &&
      since <= start &&
      // What is being written has no value yet.
      (node as { value?: SyntaxNode }).value?.kind !== 'missing',
  )
  const innermost = new Map(locals.map((one) => [one.name.text, one]))
  const definitions = [...definitionsOf(file, workspace)].flatMap(([name, one]) => (innermost.has(name) ? [] : [{ name, one }]))
  const known = new Set([...innermost.keys(), ...definitions.map(({ name }) => name)])
  const inBody = ['recurrence', 'attention', 'function'].includes(declaration ?? '')
  const fits = ({ what, node }: Named): boolean => {
    if (expected === 'model' || what === 'model') return expected === 'model' && what === 'model'
    if (expected === 'item' && what === 'parameter') return !plainKinds.has(kindOf(node) ?? '')
    if (expected === 'item') return ['layer', 'block', 'shared', 'value'].includes(what)
    return !inBody || !['layer', 'block', 'recurrence', 'attention', 'init'].includes(what)
  }
  const languageFits = (name: string): boolean => {
    if (expected === 'model') return false
    if (expected === 'item') return builtins.has(name)
    return inBody ? bodyWords.has(name) || !builtins.has(name) : !bodyFunctions.has(name) || builtins.has(name)
  }
  return [
    ...[...innermost.values()].flatMap((one) => (fits(one) ? [named(one, isWanted(one, wanted) ? 1 : 2, workspace)] : [])),
    ...definitions.flatMap(({ name, one }) => (fits(one) ? [named(one, isWanted(one, wanted) ? 1 : 3, workspace, name)] : [])),
    ...[...builtinNames].flatMap((name) =>
      known.has(name) || !languageFits(name) ? [] : [word(name, CompletionItemKind.Function, isWantedWord(name, wanted) ? 1 : 3)],
    ),
  ]
}

const plainKinds = new Set(['size', 'real', 'flag', 'text', 'init'])

/** `size` of the parameter `heads: size`. */
const kindOf = (node: SyntaxNode): string | undefined => (node as { type?: { name?: { text: string } } }).type?.name?.text

function isWanted({ what, node }: Named, wanted: Wanted): boolean {
  const kind = kindOf(node)
  switch (wanted) {
    case 'size':
    case 'real':
      return what === 'size' || kind === 'size' || kind === wanted
    case 'layer':
      return what === 'layer' || what === 'block' || what === 'shared' || kind === 'layer'
    case 'init':
      return what === 'init' || kind === 'init'
    case 'tensor':
      return what === 'value' || what === 'input' || what === 'weight'
    default:
      return wanted !== undefined && kind === wanted
  }
}

function isWantedWord(name: string, wanted: Wanted): boolean {
  if (wanted === 'flag') return name === 'true' || name === 'false'
  if (wanted === 'init') return Object.hasOwn(initFunctions, name)
  if (wanted === 'layer') return builtins.get(name)?.weights === true
  return wanted === 'size' && numberFunctions.has(name)
}

/** What `.` gives of the value before it. */
export function membersHere(file: TextFile, { before }: Place, workspace: Workspace): readonly CompletionItem[] {
  const dot = before.at(-1)?.startOffset ?? -1
  const definition = namesOf(file, workspace).memberOf.get(dot)
  return definition === undefined ? [] : membersOf(definition.node).map((one) => named(one, 1, workspace))
}

/** The definitions of the file that the import around a place names. */
export function importsHere(file: TextFile, offset: number, workspace: Workspace): readonly CompletionItem[] {
  const around = file.file.imports.find(({ span }) => span.start <= offset && offset <= span.end)
  const target = around && importedFile(around.from.value, file, workspace)
  const taken = new Set(around?.names.map(({ name }) => name.text))
  return [...exportsOf(target).values()].flatMap((one) => (taken.has(one.name.text) ? [] : [named(one, 1, workspace)]))
}
