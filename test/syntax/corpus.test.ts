import { describe, expect, it } from 'vitest'
import { renderText } from '../../src/diagnostics/render/text.ts'
import { parseFile } from '../../src/syntax/parse.ts'
import { children, type SyntaxNode, walk } from '../../src/syntax/walk.ts'
import { expectations, outline, places, specs } from './support.ts'

const valid = specs('valid')
const invalid = specs('invalid')

describe('valid specs', () => {
  it.each(valid)('$path is read', async ({ path, text, expected }) => {
    const { file, diagnostics } = parseFile({ path, text })
    expect(diagnostics).toEqual([])
    await expect(`${outline(file)}\n`).toMatchFileSnapshot(expected('.ast.txt'))
  })

  it.each(valid)('$path has exact positions', ({ path, text }) => {
    const { file } = parseFile({ path, text })
    walk(file, (node, parent) => {
      expect(node.span.path).toBe(path)
      if (node.kind === 'file') return
      const source = text.slice(node.span.start, node.span.end)
      expect(source).toBe(source.trim())
      expect(source).not.toBe('')
      if (parent !== undefined) expect(within(node, parent)).toBe(true)
      const written = writtenAs(node)
      if (written !== undefined) expect(source).toBe(written)
      for (const [index, child] of children(node).entries()) {
        const before = children(node)[index - 1]
        if (before !== undefined) expect(child.span.start).toBeGreaterThanOrEqual(before.span.end)
      }
    })
  })
})

describe('invalid specs', () => {
  it('are more than the valid ones', () => {
    expect(invalid.length).toBeGreaterThan(valid.length)
  })

  it.each(invalid)('$path is reported as it says itself', ({ path, text }) => {
    const { diagnostics } = parseFile({ path, text })
    expect(places(text, diagnostics).sort()).toEqual(expectations(text).sort())
  })

  it.each(invalid)('$path is reported in these words', async ({ path, text, expected }) => {
    const { diagnostics } = parseFile({ path, text })
    const rendered = renderText(diagnostics, new Map([[path, { path, text }]]), { color: false })
    await expect(rendered).toMatchFileSnapshot(expected('.txt'))
  })
})

function within(inner: SyntaxNode, outer: SyntaxNode): boolean {
  return inner.span.start >= outer.span.start && inner.span.end <= outer.span.end
}

function writtenAs(node: SyntaxNode): string | undefined {
  if (node.kind === 'name') return (node as SyntaxNode & { readonly name: string }).name
  if (node.kind === 'number') return (node as SyntaxNode & { readonly text: string }).text
  return node.kind === undefined && 'text' in node ? String(node.text) : undefined
}
