import { expect, it } from 'vitest'
import { isExpr, pathTo, walk } from '../../src/syntax/walk.ts'
import { parse } from './support.ts'

const text = `gdn 1
import A as B from "b.gdn"
layer L(heads: size = 4) {
  in x: f32[B, T, d]
  y = case heads { 4: linear(x, 8) as first, else: x }
  out y
}
`
const { file } = parse(text)
const source = ({ span }: { readonly span: { readonly start: number; readonly end: number } }): string => text.slice(span.start, span.end)

it('walks in the order of the text, parents first', () => {
  const starts: number[] = []
  const seen: string[] = []
  walk(file, (node, parent) => {
    starts.push(node.span.start)
    seen.push(source(node))
    expect(parent === undefined).toBe(node === file)
  })
  expect(starts).toEqual(starts.toSorted((a, b) => a - b))
  for (const part of ['A', 'B', '"b.gdn"', 'heads', 'size', '4', 'f32', 'B', 'linear(x, 8) as first', 'first', 'x'])
    expect(seen).toContain(part)
})

it('leaves out what is skipped', () => {
  const seen: string[] = []
  walk(file, (node) => {
    seen.push(source(node))
    return node.kind === 'case' ? 'skip' : undefined
  })
  expect(seen).not.toContain('linear(x, 8)')
  expect(seen).toContain('out y')
})

it('knows expressions', () => {
  const found: string[] = []
  walk(file, (node) => isExpr(node) && found.push(node.kind))
  expect(found).toEqual([
    'text',
    'number',
    'name',
    'name',
    'name',
    'case',
    'name',
    'number',
    'as',
    'call',
    'name',
    'name',
    'number',
    'name',
    'name',
  ])
})

it('finds what is at a place', () => {
  const path = pathTo(file, text.indexOf('linear') + 2)
  expect(path.map(({ kind }) => kind ?? '-')).toEqual(['file', 'layer', 'bind', 'case', '-', 'as', 'call', 'name'])
  expect(pathTo(file, text.length + 1)).toEqual([])
  expect(pathTo(file, 0)).toEqual([file])
})
