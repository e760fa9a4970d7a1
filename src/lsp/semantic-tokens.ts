import {
  type Range,
  type SemanticTokenModifiers,
  type SemanticTokens,
  SemanticTokensBuilder,
  type SemanticTokensLegend,
  SemanticTokenTypes,
} from 'vscode-languageserver'
import { keywords, signs, type TokenEntry } from '../../grammar/tokens.ts'
import { builtinNames, builtins } from '../check/builtins/index.ts'
import { isLibrary } from '../check/report.ts'
import { lex } from '../syntax/lex.ts'
import { type SyntaxNode, walk } from '../syntax/walk.ts'
import { definitionsOf, type Named, namesOf, type Use, type What } from './names/index.ts'
import type { TextFile, Workspace } from './workspace.ts'

/** Standard types only, which every theme colours. */
const types = {
  keyword: SemanticTokenTypes.keyword,
  kind: SemanticTokenTypes.type,
  layer: SemanticTokenTypes.class,
  body: SemanticTokenTypes.function,
  parameter: SemanticTokenTypes.parameter,
  /** Sizes and axes: what the types of tensors are made of. */
  size: SemanticTokenTypes.typeParameter,
  /** Weights, states, and what else is read as a member. */
  member: SemanticTokenTypes.property,
  value: SemanticTokenTypes.variable,
  number: SemanticTokenTypes.number,
  text: SemanticTokenTypes.string,
  comment: SemanticTokenTypes.comment,
  operator: SemanticTokenTypes.operator,
} as const
type Type = keyof typeof types

const modifiers = ['declaration', 'readonly', 'defaultLibrary', 'documentation'] as const satisfies readonly `${SemanticTokenModifiers}`[]
type Modifier = (typeof modifiers)[number]

export const semanticTokensLegend: SemanticTokensLegend = { tokenTypes: Object.values(types), tokenModifiers: [...modifiers] }

/** What each token of a file, or of a range of it, is. Where the text does not parse, words are what they look like. */
export function semanticTokens(file: TextFile, workspace: Workspace, range?: Range): SemanticTokens {
  const { document, source } = file
  const [from, to] = range === undefined ? [0, source.text.length] : [document.offsetAt(range.start), document.offsetAt(range.end)]
  const words = new Words(file, workspace)
  const { tokens, comments } = lex(source)
  const all = [
    ...comments.map(({ span, text }) => ({ startOffset: span.start, image: text, token: { type: 'comment' } as Token })),
    ...tokens.map(({ startOffset, image, tokenType }) => ({ startOffset, image, token: read(tokenType.name, startOffset, image) })),
  ]
  const builder = new SemanticTokensBuilder()
  for (const { startOffset, image, token } of all.sort((a, b) => a.startOffset - b.startOffset)) {
    if (token === undefined || startOffset + image.length <= from || startOffset >= to) continue
    const { line, character } = document.positionAt(startOffset)
    const bits = (token.modifiers ?? []).reduce((sum, modifier) => sum | (1 << modifiers.indexOf(modifier)), 0)
    builder.push(line, character, image.length, Object.keys(types).indexOf(token.type), bits)
  }
  return builder.build()

  function read(kind: string, offset: number, image: string): Token | undefined {
    if (/^[A-Za-z_]/.test(image)) return words.at(offset, image) ?? { type: Object.hasOwn(keywords, kind) ? 'keyword' : 'value' }
    if (kind === 'Number') return { type: 'number' }
    if (kind === 'Doc') return { type: 'comment', modifiers: ['documentation'] }
    const sign: TokenEntry | undefined = signs[kind as keyof typeof signs]
    if (sign === undefined) return image.startsWith('"') ? { type: 'text' } : undefined
    return sign.scope.startsWith('keyword.operator') ? { type: 'operator' } : undefined
  }
}

interface Token {
  readonly type: Type
  readonly modifiers?: readonly Modifier[]
}

const typeOf: Readonly<Record<What, Type>> = {
  model: 'layer',
  layer: 'layer',
  block: 'layer',
  recurrence: 'body',
  attention: 'body',
  function: 'body',
  init: 'value',
  parameter: 'parameter',
  size: 'size',
  dim: 'size',
  input: 'parameter',
  output: 'value',
  weight: 'member',
  shared: 'value',
  state: 'member',
  value: 'value',
  'side result': 'member',
  application: 'member',
}

const fixed: ReadonlySet<What> = new Set<What>(['init', 'parameter', 'size', 'dim', 'shared'])

/** What the words of a file stand for. Keywords are words too, where they are used as names. */
class Words {
  readonly #uses: ReadonlyMap<number, Use>
  readonly #definitions: ReadonlyMap<string, Named>
  /** Names that no declaration of the file gives, by what the syntax says. */
  readonly #plain = new Map<number, Type>()

  constructor(file: TextFile, workspace: Workspace) {
    this.#uses = new Map(namesOf(file, workspace).uses.map((use) => [use.span.start, use]))
    this.#definitions = definitionsOf(file, workspace)
    walk(file.file, (node, parent) => {
      const type = typeOfName(node, parent)
      if (type !== undefined) this.#plain.set(node.span.start, type)
    })
  }

  at(offset: number, image: string): Token | undefined {
    const use = this.#uses.get(offset)
    if (use !== undefined) return ofNamed(use.target, use.target.name.span.start === offset && use.target.name.span.path === use.span.path)
    const type = this.#plain.get(offset)
    if (type === 'value' && builtinNames.has(image)) return ofLanguage(image)
    if (type !== undefined) return { type }
    const definition = this.#definitions.get(image)
    return definition && ofNamed(definition, false)
  }
}

function ofNamed({ what, name }: Named, isDeclaration: boolean): Token {
  const found: Modifier[] = []
  if (isDeclaration) found.push('declaration')
  if (fixed.has(what)) found.push('readonly')
  if (isLibrary(name.span.path)) found.push('defaultLibrary')
  return { type: typeOf[what], modifiers: found }
}

function ofLanguage(word: string): Token {
  if (['true', 'false', 'none'].includes(word)) return { type: 'keyword' }
  const type = word === 'position' ? 'value' : builtins.has(word) ? 'layer' : 'body'
  return { type, modifiers: ['defaultLibrary'] }
}

/** `name` nodes, and the names that statements hold. */
function typeOfName(node: SyntaxNode, parent: SyntaxNode | undefined): Type | undefined {
  if (node.kind === 'name') return ['B', 'T'].includes((node as { name?: string }).name ?? '') ? 'size' : 'value'
  if (node.kind !== undefined || !('text' in node) || parent === undefined) return undefined
  // Of `f32[B, T]`, `heads: size`, `dim B: batch`, `from safetensors`.
  if (
    'dtype' in parent ||
    'length' in parent ||
    ('role' in parent && parent.role === node) ||
    ('format' in parent && parent.format === node)
  )
    return 'kind'
  if ('args' in parent && parent.kind === undefined) return 'body'
  if (parent.kind === 'member') return 'member'
  return parent.kind === undefined && 'value' in parent ? 'parameter' : 'value'
}
