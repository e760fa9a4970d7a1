import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { builtinNames } from '../../src/check/builtins/index.ts'
import { keyOf, namesOf } from '../../src/lsp/names/index.ts'
import { Workspace } from '../../src/lsp/workspace.ts'
import type { CheckpointDecl } from '../../src/syntax/ast.ts'
import { walk } from '../../src/syntax/walk.ts'
import { checkText } from '../support/spec.ts'
import { marked } from './support/marked.ts'

const root = new URL('../../', import.meta.url)
const workspace = new Workspace({
  readText: (uri) => readFileSync(new URL(uri), 'utf8'),
  specsBelow: () => ({ uris: [], complete: true }),
  library: (name) => readFileSync(new URL(`src/std/${name}`, root), 'utf8'),
  libraryUri: (name) => new URL(`src/std/${name}`, root).href,
  version: '0',
})
const examples = readdirSync(new URL('examples/', root)).filter((name) => name.endsWith('.gdn'))
const paths = [...examples.map((name) => new URL(`examples/${name}`, root).href), ...workspace.std.map(({ source }) => source.path)]

/** What a definition knows without a declaration: roles, positions of an attention, statistics of a model. */
const implicit = new Set(['B', 'T', 'i', 'j', 'params', 'decode_state', 'flops', 'horizon'])

describe('every name of a spec that is right stands for something', () => {
  it.each(paths)('%s', (path) => {
    const file = workspace.file(path)
    if (file === undefined) throw new Error(`there is no ${path}`)
    const known = new Set(namesOf(file, workspace).uses.map(({ span }) => span.start))
    const patterns = file.file.declarations.filter((decl) => decl.kind === 'checkpoint').map(variablesOf)
    const lost: string[] = []
    walk(file.file, (node) => {
      const name = node.kind === 'name' ? (node as unknown as { name: string }).name : undefined
      if (name === undefined || known.has(node.span.start) || builtinNames.has(name) || implicit.has(name)) return
      if (!patterns.some((variables) => variables.has(name))) lost.push(name)
    })
    expect(lost).toEqual([])
  })
})

/** `{i}` and `{p=q|k}` of a mapping's patterns. */
function variablesOf(decl: CheckpointDecl): ReadonlySet<string> {
  const found = new Set<string>()
  walk(decl, (node) => {
    if (node.kind !== 'text') return
    for (const [, name = ''] of (node as unknown as { value: string }).value.matchAll(/\{(\w+)/g)) found.add(name)
  })
  return found
}

/** Specs in which every place of one label names one thing, and nothing else names it. */
const meanings: Readonly<Record<string, string>> = {
  'a state, in loops, in and after the last token': `gdn 1
recurrence total(v: f32[⟦N⟧size], u: f32[2, ⟦N⟧size]) -> f32[⟦N⟧size] {
  state ⟦s⟧state: f32[⟦N⟧size]
  for ⟦k⟧loop in 0 .. 2 {
    ⟦w⟧inner = u[⟦k⟧loop]
    ⟦s⟧state = ⟦s⟧state + ⟦w⟧inner
  }
  ⟦s⟧state = ⟦s⟧state + v
  out ⟦s⟧state
}
layer last {
  in x: f32[B, T, d]
  ⟦r⟧bind = total(x, unflatten(concat(x, x), 2, d))
  out ⟦r⟧bind.⟦s⟧state + (x | total(unflatten(concat(x, x), 2, d))).⟦s⟧state
}
model Totals {
  dim B: batch
  dim T: time
  input x: f32[B, T, 8]
  output ⟦y⟧out: f32[B, 8]
  ⟦y⟧out = last(x)
}
`,
  'a value that takes the name of what it is made from': `gdn 1
function ⟦scale⟧fn(x: f32, by: real = 2) = by * x
layer twice(⟦n⟧param: size = 2) {
  in ⟦x⟧in: f32[.., d]
  ⟦scale⟧bind = ⟦scale⟧fn(⟦x⟧in, ⟦n⟧param)
  out ⟦side⟧side = ⟦scale⟧bind
  out ⟦side⟧side + ⟦x⟧in
}
layer user {
  in x: f32[.., d]
  shared ⟦one⟧shared = twice(⟦n⟧param: 3)
  a = ⟦one⟧shared(⟦x⟧in: x)
  out a.⟦side⟧side
}
model M {
  dim ⟦B⟧batch: batch
  dim ⟦T⟧time: time
  input x: f32[⟦B⟧batch, ⟦T⟧time, 8]
  output y: f32[⟦B⟧batch, ⟦T⟧time, 8]
  y = user(x)
}
`,
  'parameters of a model, in its applications and its checkpoint': `gdn 1
model ⟦Base⟧base(⟦d⟧width: size = 8, ⟦heads⟧heads: size = 2) {
  size ⟦vocab⟧vocab = 5
  dim B: batch
  dim T: time
  input tokens: u32[B, T]
  output logits: f32[B, T, ⟦vocab⟧vocab]
  stack {
    shared ⟦embed⟧shared = embedding(⟦vocab⟧vocab, ⟦d⟧width)
    ⟦embed⟧shared as ⟦start⟧item
    repeat ⟦heads⟧heads { plus(earlier: ⟦start⟧item) }
    linear(⟦vocab⟧vocab, weight: ⟦embed⟧shared.table)
  }
}
model ⟦Small⟧small = ⟦Base⟧base(⟦d⟧width: 4, ⟦vocab⟧vocab: 3)
model Smaller = ⟦Small⟧small(⟦heads⟧heads: 1)
layer plus {
  in x: f32[.., d]
  in earlier: f32[.., d]
  out x + earlier + (linear(x, d) as qk)
}
checkpoint ⟦Base⟧base from safetensors {
  "embed.table" <- "embed.weight"
  group "layers.{d}" <- "model.{d}" {
    "qk.weight" <- "{p=q|k}.weight" | concat(p, 0, ⟦d⟧width / 2, ⟦d⟧width / 2)
  }
  expect "hidden_size" == ⟦d⟧width
}
`,
  'a layer that parameters and values pass on': `gdn 1
layer ⟦Core⟧core(⟦width⟧width: size) {
  in x: f32[.., d]
  weight ⟦gain⟧weight: f32[d] init ones
  out ⟦peak⟧side = max(x)
  out x * ⟦gain⟧weight + (linear(x, ⟦width⟧width) | linear(d) as back)
}
layer outer(core: ⟦Core⟧core) {
  in x: f32[.., d]
  shared inner = ⟦Core⟧core(⟦width⟧width: 3)
  y = core(x)
  z = inner(y)
  out z * y.⟦peak⟧side + inner.⟦gain⟧weight
}
model M {
  dim B: batch
  dim T: time
  input x: f32[B, T, 8]
  output y: f32[B, T, 8]
  y = outer(x, ⟦Core⟧core(⟦width⟧width: 5))
}
`,
}

/** Texts in which one name after the other is replaced, wherever it stands. */
function* renamed(path: string): Generator<readonly [name: string, text: string]> {
  const file = workspace.file(path)
  if (file === undefined) throw new Error(`there is no ${path}`)
  const { uses } = namesOf(file, workspace)
  const own = new Map(uses.map(({ target }) => [keyOf(target), target] as const).filter(([, target]) => target.name.span.path === path))
  for (const [key, target] of own) {
    // Names of weights stand in the texts of a mapping, too.
    if (target.node.kind === 'item' || ['application', 'shared', 'weight', 'layer', 'block'].includes(target.what)) continue
    const places = uses.filter((use) => keyOf(use.target) === key).toSorted((a, b) => b.span.start - a.span.start)
    const text = places.reduce((all, { span }) => `${all.slice(0, span.start)}fresh_name${all.slice(span.end)}`, file.source.text)
    yield [target.name.text, text]
  }
}

describe('names', () => {
  it.each(Object.entries(meanings))('of %s', (title, source) => {
    const { text, places } = marked(source)
    expect(checkText(text).diagnostics.map(({ code, message }) => `${code} ${message}`)).toEqual([])
    const path = `untitled:${title.length}`
    workspace.open(path, 1, text)
    const file = workspace.file(path)
    if (file === undefined) throw new Error('the text is not open')
    const { uses } = namesOf(file, workspace)
    for (const label of new Set(places.map((place) => place.label))) {
      const expected = places.filter((place) => place.label === label).map(({ start }) => start)
      const target = uses.find(({ span }) => span.start === expected[0])?.target
      const found = uses.flatMap((use) => (target !== undefined && keyOf(use.target) === keyOf(target) ? [use.span.start] : []))
      expect(found, label).toEqual(expected)
    }
  })

  it.each(Object.entries(meanings))('of %s can be any others', (title, source) => {
    const path = `untitled:any-${title.length}`
    workspace.open(path, 1, marked(source).text)
    for (const [name, text] of renamed(path))
      expect(
        checkText(text).diagnostics.map(({ code }) => code),
        `${name}: ${text}`,
      ).toEqual([])
  })
})
