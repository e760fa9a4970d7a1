import { describe, expect, it } from 'vitest'
import type { BodyParam, Node } from '../../src/graph/graph.ts'
import type { Model } from '../../src/model/model.ts'
import { simplify } from '../../src/plan/graph/simplify.ts'
import { parseFile } from '../../src/syntax/parse.ts'
import { exampleText, library, models } from './support/spec.ts'

/** What an example says differently where it takes the library's definition instead of its own of that name. */
type Changes = readonly (readonly [own: string, library: string])[]

const examples: readonly (readonly [file: string, model: string, changes: Changes])[] = [
  ['gated_deltanet', 'TinyGatedDeltaNet', []],
  ['deltanet', 'TinyDeltaNet', []],
  ['kda', 'TinyKimiDelta', []],
  ['transmamba', 'TinyTransMamba', []],
  [
    'expert_transformer',
    'TinyExpertTransformer',
    [
      ['common: swiglu(ffn)', 'common: swiglu(ffn), common_gate: true'],
      ['router: "sigmoid_bias"', 'router: "sigmoid"'],
    ],
  ],
]

/**
 * Mixers that an example writes out and that the library has too are the same computation, so that what is measured of the one holds for
 * the other.
 */
describe.each(examples)('examples/%s.gdn: %s', (file, name, changes) => {
  const text = exampleText(file).replace(/^ *\/\/\/.*\n/gm, '')
  const named = (all: readonly Model[]) => {
    const found = all.find((model) => model.name === name)
    if (!found) throw new Error(`no model ${name}`)
    return found
  }

  it('computes what it computes with the definitions of the library', () => {
    const known = new Set(library.flatMap((one) => one.file.declarations.flatMap((declaration) => nameOf(declaration) ?? [])))
    const { file: parsed } = parseFile({ path: 'spec.gdn', text })
    const own = parsed.declarations.filter((declaration) => known.has(nameOf(declaration) ?? ''))
    expect(own).not.toEqual([])
    let without = own.toReversed().reduce((rest, { span }) => rest.slice(0, span.start) + rest.slice(span.end), text)
    for (const [from, to] of changes) {
      expect(without).toContain(from)
      without = without.replace(from, to)
    }
    expect(computed(named(models(text)))).toEqual(computed(named(models(without))))
  })
})

const nameOf = (declaration: object): string | undefined =>
  'name' in declaration ? (declaration.name as { text: string }).text : undefined

/** Everything that says what a model computes, whatever its weights, parameters and bodies are called, and in whatever order it was written. */
function computed(model: Model): unknown {
  const { nodes, recurrences, attentions, outputs } = simplify(model.graph)
  const order = ordered(
    outputs.map(({ node }) => node),
    (id) => nodes[id]?.inputs ?? [],
  )
  const unnamed = ({ shape, min, max, side }: BodyParam) => ({ shape, min, max, side })
  return {
    nodes: [...order.keys()].map((id) => {
      const { op, inputs, attrs, type } = nodes[id] as Node
      return { op, type, attrs: { ...attrs, path: '' }, inputs: inputs.map((input) => order.get(input)) }
    }),
    recurrences: recurrences.map(({ params, nodes: body, states, out }) => ({
      params: params.map(unnamed),
      body,
      states: states.map(({ shape, init, next }) => ({ shape, init, next })),
      out,
    })),
    attentions: attentions.map((attention) => ({ ...attention, name: '', source: '', params: attention.params.map(unnamed) })),
  }
}

/** Numbers for everything that `roots` reach, by the way there. */
function ordered(roots: readonly number[], inputs: (id: number) => readonly number[]): ReadonlyMap<number, number> {
  const found = new Map<number, number>()
  const visit = (id: number): void => {
    if (found.has(id)) return
    for (const input of inputs(id)) visit(input)
    found.set(id, found.size)
  }
  for (const root of roots) visit(root)
  return found
}
