import * as messages from '../diagnostics/catalogue/check.ts'
import type { Fix } from '../diagnostics/diagnostic.ts'
import { constant, type Dim } from '../dims/index.ts'
import type { Origin } from '../graph/builder.ts'
import type { NodeId } from '../graph/graph.ts'
import type { Init, Weight } from '../model/model.ts'
import type { Span } from '../source/source.ts'
import type { Elaboration } from './elaboration.ts'
import { type Bank, type Frame, join, type Place } from './frame.ts'
import type { TensorValue } from './value.ts'

interface Entry {
  readonly weight: Weight
  readonly node: NodeId
  /** As one expert of a bank sees it. */
  readonly one: TensorValue | undefined
  readonly forms: readonly Dim[]
  readonly owner: string
  readonly span: Span
}

/** The weights of a model, each at its one path. */
export class Weights {
  readonly #entries = new Map<string, Entry>()
  readonly #elaboration: Elaboration

  constructor(elaboration: Elaboration) {
    this.#elaboration = elaboration
  }

  /**
   * Makes the weight `name` of the application at `place`, or gives the one that an earlier use of the same shared value made.
   */
  make(
    place: Place,
    name: string,
    ownShape: readonly number[],
    ownForms: readonly Dim[],
    init: Init,
    frame: Frame,
    span: Span,
  ): TensorValue | undefined {
    const { reporter, builder } = this.#elaboration
    const { bank } = place
    const shape = bank === undefined ? ownShape : [bank.count, ...ownShape]
    const forms = bank === undefined ? ownForms : [bank.form, ...ownForms]
    const at = place.naming?.span ?? span
    const path = join(place.path, name)
    const known = this.#entries.get(path)
    const claimed = place.claims.get(path)
    if (known !== undefined && (claimed !== undefined || place.owner === '' || place.owner !== known.owner)) {
      const first = claimed ?? known.span
      const related = [{ span: first, message: `\`${path}\` is made here` }]
      reporter.report(messages.pathTwice.at(at, { path }, { related, fixes: this.#rename(place) }))
      return undefined
    }
    place.claims.set(path, at)
    if (known !== undefined) {
      if (known.weight.shape.join() === shape.join()) return known.one ?? this.#value(known)
      const related = [{ span: known.span, message: 'made here' }]
      reporter.report(messages.sharedShapeDiffers.at(at, { path, found: shape, expected: known.weight.shape }, { related }))
      return undefined
    }
    const origin = this.#elaboration.origin(frame, span)
    const node = builder.weight(path, shape, origin)
    const weight: Weight = { path, shape, init, source: origin.source }
    const one = bank && this.#oneOf(bank, node, ownShape, ownForms, origin)
    const entry: Entry = { weight, node, one, forms, owner: place.owner, span: at }
    this.#entries.set(path, entry)
    return one ?? this.#value(entry)
  }

  /** The first expert's part of a weight, which stands for that of any. */
  #oneOf(bank: Bank, all: NodeId, shape: readonly number[], forms: readonly Dim[], origin: Origin): TensorValue {
    const { builder } = this.#elaboration
    const node = builder.add('reshape', [builder.add('slice', [all], { axis: 0, start: 0, end: 1 }, origin)], { shape }, origin)
    bank.weights.set(node, all)
    return { kind: 'tensor', node, type: builder.type(node), forms }
  }

  find(path: string): TensorValue | undefined {
    const entry = this.#entries.get(path)
    return entry && this.#value(entry)
  }

  /** The names of the weights directly below a path. */
  namesBelow(path: string): readonly string[] {
    const prefix = path === '' ? '' : `${path}.`
    return [...this.#entries.keys()].filter((one) => one.startsWith(prefix)).map((one) => one.slice(prefix.length))
  }

  /** The weight at a path that is known to have one. */
  at(path: string): Weight {
    const entry = this.#entries.get(path)
    if (entry === undefined) throw new Error(`no weight ${path}`)
    return entry.weight
  }

  #value({ node, forms, weight }: Entry): TensorValue {
    const type = this.#elaboration.builder.type(node)
    return { kind: 'tensor', node, type, forms: weight.shape.map((size, axis) => forms[axis] ?? constant(size)) }
  }

  #rename(place: Place): readonly Fix[] {
    const { naming } = place
    if (naming === undefined) return []
    const free = this.#freeName(place)
    const edit = naming.given
      ? { span: naming.span, text: free }
      : { span: { ...naming.span, start: naming.span.end }, text: ` as ${free}` }
    return [{ title: `name this one: \`as ${free}\``, edits: [edit] }]
  }

  #freeName({ path }: Place): string {
    const own = path.slice(path.lastIndexOf('.') + 1)
    const parent = path.slice(0, Math.max(0, path.lastIndexOf('.')))
    for (let n = 2; ; n++) {
      const name = `${own}_${n}`
      if (this.namesBelow(join(parent, name)).length === 0) return name
    }
  }
}
