import type { Weight } from '../../../src/model/model.ts'
import type { Span } from '../../../src/source/source.ts'
import type { Argument, CheckpointDecl, CheckpointEntry, Expr, Name, TextLiteral, Transform } from '../../../src/syntax/ast.ts'

/** Builds the syntax of a mapping together with a text in which its spans are right, without a parser. */
export class Mapping {
  text = ''
  readonly entries: CheckpointEntry[] = []
  #list = this.entries

  rule(ours: string, theirs: string | { fill: string }, ...transforms: readonly Written[]): this {
    return this.#rule(false, ours, theirs, transforms)
  }

  optional(ours: string, theirs: string | { fill: string }, ...transforms: readonly Written[]): this {
    return this.#rule(true, ours, theirs, transforms)
  }

  group(ours: string, theirs: string, inside: (mapping: this) => void = () => {}): this {
    const start = this.#write('group ')
    const left = this.#literal(ours)
    this.#write(' <- ')
    const right = this.#literal(theirs)
    this.#write(' {\n')
    const outer = this.#list
    const entries: CheckpointEntry[] = []
    this.#list = entries
    inside(this)
    this.#list = outer
    this.#write('}\n')
    this.#list.push({ kind: 'group', span: this.#from(start), ours: left, theirs: right, entries })
    return this
  }

  ignore(pattern: string): this {
    const start = this.#write('ignore ')
    this.#list.push({ kind: 'ignore', pattern: this.#literal(pattern), span: this.#from(start) })
    this.#write('\n')
    return this
  }

  expect(key: string, value: number | string | boolean | null): this {
    const start = this.#write('expect ')
    const literal = this.#literal(key)
    this.#write(' == ')
    const expression: Expr =
      typeof value === 'number'
        ? this.#number(value)
        : typeof value === 'string'
          ? this.#literal(value)
          : { kind: 'name', name: value === null ? 'none' : String(value), span: this.#word(String(value)) }
    this.#list.push({ kind: 'expect', keys: [literal], value: expression, span: this.#from(start) })
    this.#write('\n')
    return this
  }

  decl(format = 'safetensors'): CheckpointDecl {
    const span: Span = { path: 'test.gdn', start: 0, end: this.text.length + 1 }
    const name = (text: string): Name => ({ text, span })
    return { kind: 'checkpoint', span, doc: undefined, name: name('M'), format: name(format), entries: this.entries }
  }

  /** The text that a span marks. */
  at(span: Span | undefined): string {
    return span === undefined ? '' : this.text.slice(span.start, span.end)
  }

  #rule(optional: boolean, ours: string, theirs: string | { fill: string }, transforms: readonly Written[]): this {
    const start = this.#write(optional ? 'optional ' : '')
    const left = this.#literal(ours)
    this.#write(' <- ')
    const right = typeof theirs === 'string' ? this.#literal(theirs) : { text: theirs.fill, span: this.#word(theirs.fill) }
    const list = transforms.map((written) => this.#transform(written))
    this.#list.push({ kind: 'rule', optional, ours: left, theirs: right, transforms: list, span: this.#from(start) })
    this.#write('\n')
    return this
  }

  #transform([name, ...args]: Written): Transform {
    this.#write(' | ')
    const start = this.text.length
    const written: Name = { text: name, span: this.#word(name) }
    if (args.length === 0) return { name: written, args: [], span: this.#from(start) }
    this.#write('(')
    const list: Argument[] = []
    for (const arg of args) {
      if (list.length > 0) this.#write(', ')
      if (typeof arg === 'object' && !Array.isArray(arg) && 'name' in arg) {
        const label: Name = { text: arg.name, span: this.#word(arg.name) }
        this.#write(': ')
        const value = this.#value(arg.value)
        list.push({ name: label, value, span: { ...label.span, end: value.span.end } })
      } else {
        const value = this.#value(arg as Value)
        list.push({ name: undefined, value, span: value.span })
      }
    }
    this.#write(')')
    return { name: written, args: list, span: this.#from(start) }
  }

  #value(value: Value): Expr {
    if (typeof value === 'number') return this.#number(value)
    if (typeof value === 'string') return { kind: 'name', name: value, span: this.#word(value) }
    if ('items' in value) {
      const start = this.#write('[')
      const items = value.items.map((item, k) => {
        if (k > 0) this.#write(', ')
        return this.#number(item)
      })
      this.#write(']')
      return { kind: 'list', items, span: this.#from(start) }
    }
    const start = this.text.length
    const from = value.from === undefined ? undefined : this.#number(value.from)
    this.#write(' .. ')
    const to = value.to === undefined ? undefined : this.#number(value.to)
    return { kind: 'range', from, to, span: this.#from(start) }
  }

  #number(value: number): Expr {
    return { kind: 'number', value, isInteger: Number.isInteger(value), text: String(value), span: this.#word(String(value)) }
  }

  #literal(value: string): TextLiteral {
    return { kind: 'text', value, span: this.#word(`"${value}"`) }
  }

  #word(text: string): Span {
    return this.#from(this.#write(text))
  }

  #write(text: string): number {
    const start = this.text.length
    this.text += text
    return start
  }

  #from(start: number): Span {
    return { path: 'test.gdn', start, end: this.text.length }
  }
}

export type Value =
  | number
  | string
  | { readonly from?: number | undefined; readonly to?: number | undefined }
  | { readonly items: readonly number[] }
export type Written = readonly [name: string, ...args: (Value | { readonly name: string; readonly value: Value })[]]

/** `weights({ 'layers.0.x': [4, 3] })` */
export function weights(shapes: Readonly<Record<string, readonly number[]>>): readonly Weight[] {
  return Object.entries(shapes).map(([path, shape]) => ({ path, shape, init: 0, source: '' }))
}

export function evaluateNumber(expression: Expr): number | undefined {
  return expression.kind === 'number' ? expression.value : undefined
}
