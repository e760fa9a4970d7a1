import type { Dim } from '../dims/index.ts'
import type { NodeId } from '../graph/graph.ts'
import type { Span } from '../source/source.ts'
import type { Reset } from './along.ts'
import type { BodyValue } from './body/value.ts'
import type { FileScope } from './program.ts'
import type { Value } from './value.ts'

/** Where the weights of applications go. */
export interface Place {
  /** Prefix of their paths; '' at the model's own level. */
  readonly path: string
  /** The shared value whose weights these are, '' for weights of one use. */
  readonly owner: string
  /** The paths made in this use, and where: one path twice is a mistake. */
  readonly claims: Map<string, Span>
  /** The text that gave the path its last name: an `as`, if `given`, else an application that could have one. */
  readonly naming?: { readonly span: Span; readonly given: boolean }
  /** The experts that these are the weights of, one of which is being put together. */
  readonly bank?: Bank | undefined
}

/** Experts of one recipe: each of its weights has them as its first axis. */
export interface Bank {
  readonly count: number
  readonly form: Dim
  /** From the weight of one expert, as the recipe sees it, to that of all. */
  readonly weights: Map<NodeId, NodeId>
}

export const below = (place: Place, segment: string): Place => ({
  path: join(place.path, segment),
  owner: place.owner,
  claims: place.claims,
  bank: place.bank,
})

export const join = (path: string, segment: string): string => (path === '' ? segment : segment === '' ? path : `${path}.${segment}`)

/** The names of one body. A name may be bound to a computation, which runs when it is first needed (defaults of parameters). */
export class Env {
  readonly scope: FileScope
  /** Names of run-time axes. In a layer `B` and `T` are known without a declaration. */
  readonly roles = new Map<string, 'batch' | 'time'>()
  readonly #outer: Env | undefined
  readonly #names = new Map<string, Value | (() => Value)>()

  constructor(scope: FileScope, outer?: Env) {
    this.scope = scope
    this.#outer = outer
  }

  set(name: string, value: Value | (() => Value)): void {
    this.#names.set(name, value)
  }

  has(name: string): boolean {
    return this.#names.has(name) || (this.#outer?.has(name) ?? false)
  }

  get(name: string): Value | undefined {
    const found = this.#names.get(name)
    if (found === undefined) return this.#outer?.get(name)
    if (typeof found !== 'function') return found
    // A default that needs itself finds poison, which the pass over names has reported.
    this.#names.set(name, { kind: 'poison' })
    const value = found()
    this.#names.set(name, value)
    return value
  }

  role(name: string): 'batch' | 'time' | undefined {
    return this.roles.get(name) ?? this.#outer?.role(name)
  }

  names(): readonly string[] {
    return [...(this.#outer?.names() ?? []), ...this.#names.keys()]
  }
}

/** What an expression is evaluated in. */
export interface Frame {
  readonly env: Env
  readonly place: Place
  /** Path of the innermost layer instance, for the nodes that are made. */
  readonly instance: string
  /** Where the states of ops in it start anew. */
  readonly reset?: Reset | undefined
  /** Names of the body around a compile-time expression. */
  readonly body?: ReadonlyMap<string, BodyValue>
}
