import type { Observer } from '../check/observer.ts'
import type { Span } from '../source/source.ts'
import type { Expr } from '../syntax/ast.ts'

/** A definition may be applied with many sizes; no more of them are kept. */
const mostValues = 4

/** What the elaboration of a document's models said of places in the text. */
export class Facts implements Observer {
  readonly #values = new Map<string, string[]>()
  readonly #maps = new Map<string, readonly string[]>()

  value(expression: Expr, describe: () => string): void {
    const key = keyOf(expression.span)
    const known = this.#values.get(key)
    if (known === undefined) {
      this.#values.set(key, [describe()])
      return
    }
    if (known.length >= mostValues) return
    const text = describe()
    if (!known.includes(text)) known.push(text)
  }

  mapped(call: Span, describe: () => readonly string[]): void {
    const key = keyOf(call)
    if (!this.#maps.has(key)) this.#maps.set(key, describe())
  }

  /** What an expression stands for, a text for each different use. */
  valuesAt(span: Span): readonly string[] {
    return this.#values.get(keyOf(span)) ?? []
  }

  mappingAt(span: Span): readonly string[] {
    return this.#maps.get(keyOf(span)) ?? []
  }
}

const keyOf = ({ path, start, end }: Span): string => `${start}:${end}:${path}`
