import type { Span } from '../../source/source.ts'
import type { Name } from '../../syntax/ast.ts'
import type { SyntaxNode } from '../../syntax/walk.ts'

/** Something that has a name: a definition, or what is declared inside of one. */
export interface Named {
  readonly name: Name
  /** What people call it. */
  readonly what: What
  /** The statement, parameter or declaration that gives it. */
  readonly node: SyntaxNode
  /** Where it can be named; undefined for a definition. */
  readonly extent: Span | undefined
  /** The offset from which on it is meant, inside its extent: `q = norm(q)` reads another `q` than it gives. */
  readonly since: number
}

export type What =
  | 'model'
  | 'layer'
  | 'block'
  | 'recurrence'
  | 'attention'
  | 'function'
  | 'init'
  | 'parameter'
  | 'size'
  | 'dim'
  | 'input'
  | 'output'
  | 'weight'
  | 'shared'
  | 'state'
  | 'value'
  /** `out first = h`, read as a member of the application. */
  | 'side result'
  /** What `as` gives outside of stacks: a part of the paths of weights. */
  | 'application'

/** A place that names something. */
export interface Use {
  readonly span: Span
  readonly target: Named
}

/** The names of one file: what is declared in it, and what each name in it stands for. Works on texts that do not parse, as far as they go. */
export interface FileNames {
  readonly locals: readonly Named[]
  /** In the order of the text; declarations are uses of themselves. */
  readonly uses: readonly Use[]
  /** The definition whose members can stand behind the value that ends at an offset. */
  readonly memberOf: ReadonlyMap<number, Named>
}

/** One name of a text for each thing named, whoever looks it up. */
export const keyOf = ({ name: { span } }: Named): string => `${span.start}:${span.path}`

/** Whether other files can name it: by import, as an argument or a member, or in the paths of a mapping. */
export const isVisibleOutside = ({ what, extent, node }: Named): boolean =>
  extent === undefined || node.kind === 'item' || !['dim', 'output', 'value'].includes(what)

/** `a layer`, `an input`. */
export const described = ({ what }: Named): string => `${/^[aeiou]/.test(what) ? 'an' : 'a'} ${what}`
