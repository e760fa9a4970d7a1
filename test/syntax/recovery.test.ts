import { describe, expect, it } from 'vitest'
import { parse, places } from './support.ts'

/** What the tree still holds after a mistake; that each mistake is told once is in the corpus of invalid specs. */
describe('after a mistake the parser', () => {
  it('keeps the names of statements whose value is missing', () => {
    const { file } = parse('gdn 1\nlayer L {\n  in x: f32[.., d]\n  y =\n  z = y +\n  out z\n}')
    const body = file.declarations[0]?.kind === 'layer' ? file.declarations[0].body : []
    expect(body.map(({ kind }) => kind)).toEqual(['in', 'bind', 'bind', 'out'])
    expect(body[1]).toMatchObject({ targets: [{ text: 'y' }], value: { kind: 'missing' } })
    expect(body[2]).toMatchObject({ targets: [{ text: 'z' }], value: { kind: 'binary', right: { kind: 'missing' } } })
  })

  it('keeps the other arguments of a call', () => {
    const { file } = parse('gdn 1\ninit a = f(1, * 2, key: 3)')
    const [declaration] = file.declarations
    expect(declaration).toMatchObject({ kind: 'init', value: { kind: 'call', args: [{ value: { value: 1 } }, { name: { text: 'key' } }] } })
  })

  it('reads a list whose commas are missing as a whole', () => {
    const { file } = parse('gdn 1\ninit a = [1 2 3]')
    expect(file.declarations[0]).toMatchObject({ value: { items: [{ value: 1 }, { value: 2 }, { value: 3 }] } })
  })

  it('goes on in the next declaration when a body is not closed', () => {
    const text = 'gdn 1\nlayer A {\n  in x: f32[d]\n  out x\nlayer B {\n  in x: f32[d]\n  out x\n}'
    const { file, diagnostics } = parse(text)
    expect(file.declarations.map(({ name }) => name.text)).toEqual(['A', 'B'])
    expect(places(text, diagnostics)).toEqual(['GDN1014 at 4:8'])
    expect(diagnostics[0]?.related[0]?.span.start).toBe(text.indexOf('{'))
  })

  it('gives a definition without a name an empty one', () => {
    const { file } = parse('gdn 1\nlayer {\n  in x: f32[d]\n  out x\n}')
    expect(file.declarations[0]).toMatchObject({ kind: 'layer', name: { text: '' }, body: [{ kind: 'in' }, { kind: 'out' }] })
  })

  it('offers the word that was meant', () => {
    const { diagnostics } = parse('gdn 1\nmodle M {\n  size d = 8\n}\nlayer L {\n  stak { silu() }\n  out 3\n}')
    expect(diagnostics.map(({ fixes }) => fixes[0]?.edits[0]?.text)).toEqual(['model', 'stack'])
  })

  it.each([
    ['gdn 1\ninit a = [1 2]', 'gdn 1\ninit a = [1, 2]'],
    ["gdn 1\ninit a = 'text'", 'gdn 1\ninit a = "text"'],
    ['gdn 1\ninit a = b&&c || !d', 'gdn 1\ninit a = b and c or not d'],
    ['gdn 1\ninit a = 2 × 3 − 1;', 'gdn 1\ninit a = 2 * 3 - 1'],
    ['gdn 1\ninit a = f(x = 3)', 'gdn 1\ninit a = f(x: 3)'],
    ['gdn 1\n/* a\n   b */\ninit a = 1 # c', 'gdn 1\n// a\n// b\ninit a = 1 // c'],
    ['init a = 1', 'gdn 1\n\ninit a = 1'],
    ['gdn 1\ninit a = case b { 1 => 2 }', 'gdn 1\ninit a = case b { 1 : 2 }'],
  ])('can mend %j', (text, mended) => {
    const edits = parse(text).diagnostics.flatMap(({ fixes }) => fixes[0]?.edits ?? [])
    const fixed = edits
      .toSorted((a, b) => b.span.start - a.span.start)
      .reduce((found, { span, text: inserted }) => found.slice(0, span.start) + inserted + found.slice(span.end), text)
    expect(fixed).toBe(mended)
    expect(parse(mended).diagnostics).toEqual([])
  })
})
