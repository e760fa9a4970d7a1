import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { checkTemplate } from '../../src/emit/check-template.ts'
import { createRenderer } from '../../src/emit/template.ts'

const render = (source: string, view: object, partials: Record<string, string> = {}) =>
  createRenderer({ ...partials, t: source })('t', view)

describe('the renderer', () => {
  it('escapes nothing', () => {
    expect(render('let v: {{type}} = &p && q;', { type: 'vec4<f32>' })).toBe('let v: vec4<f32> = &p && q;\n')
  })

  it('refuses a name that the view lacks', () => {
    expect(() => render('const C = {{c}};', { d: 1 })).toThrow('template t: "c" not defined')
    expect(() => render('const C = {{u32 c}};', { d: 1 })).toThrow('template t: found undefined, expected a whole number')
    expect(() => render('{{doc c}}', { d: 1 })).toThrow('found undefined')
    expect(() => render('{{#each c}}x{{/each}}', { d: 1 })).toThrow('#each takes a list, found undefined')
    expect(() => render('{{#if c}}x{{/if}}', { d: 1 })).toThrow('#if takes a boolean, found undefined')
  })

  it('takes booleans only in #if', () => {
    expect(() => render('{{#if offset}}x{{/if}}', { offset: 0 })).toThrow('#if takes a boolean, found 0')
    expect(render('{{#if on}}a{{else}}b{{/if}}', { on: false })).toBe('b\n')
  })

  it('knows six helpers', () => {
    expect(render('{{u32 n}} {{i32 m}} {{f32 n}} {{f32 tiny}} {{join list ", "}}', { n: 12, m: -3, tiny: 1e-5, list: ['a', 'b'] })).toBe(
      '12u -3i 12.0f 0.00001f a, b\n',
    )
    expect(() => render('{{lt a b}}', { a: 1, b: 2 })).toThrow('lt')
  })

  it('refuses literals that the type cannot hold', () => {
    expect(() => render('{{u32 n}}', { n: 1.5 })).toThrow('found 1.5')
    expect(() => render('{{u32 n}}', { n: 2 ** 32 })).toThrow('expected a whole number')
    expect(() => render('{{f32 n}}', { n: Number.POSITIVE_INFINITY })).toThrow('Infinity')
    expect(() => render('{{f32 n}}', { n: 1e39 })).toThrow('1e+39')
  })

  it('makes comments that no character ends', () => {
    expect(render('{{doc text}}\nfn main() {}', { text: 'a\u2028b\nc\u0085d\re\0' })).toBe(
      '// a\n// b\n// c\n// d\n// e\\u{0}\nfn main() {}\n',
    )
  })

  it('shows a partial its arguments only', () => {
    expect(render('{{> lib/p a=x}}\n', { x: 'yes', y: 'no' }, { 'lib/p': '[{{a}}]\n' })).toBe('[yes]\n')
    expect(() => render('{{> lib/p a=x}}\n', { x: 'yes', y: 'no' }, { 'lib/p': '{{y}}\n' })).toThrow('"y" not defined')
  })

  it('rejects a partial without a final line break', () => {
    expect(() => createRenderer({ 'lib/p': 'x' })).toThrow('template lib/p: a partial must end with a line break')
  })

  it('is tidy', () => {
    expect(render('\n\na  \n\n\n\nb {\n\n  c\n}\n\n', {})).toBe('a\n\nb {\n  c\n}\n')
  })

  it('names a template that does not exist', () => {
    expect(() => createRenderer({ a: '', b: '' })('c', {})).toThrow('template c: not found, there are a, b')
    expect(() => createRenderer({ a: '' })('toString', {})).toThrow('not found')
  })
})

describe('the agreement of template and schema', () => {
  const check = (source: string, shape: z.ZodRawShape, partials: Record<string, string> = {}) =>
    checkTemplate(source, z.strictObject(shape), partials)

  it('is silent where they agree', () => {
    const schema = {
      words: z.int(),
      items: z.array(z.strictObject({ name: z.string(), size: z.int() })),
      wide: z.boolean(),
      lines: z.array(z.string()),
    }
    const source =
      '{{u32 words}}{{#each items}}{{name}} {{u32 size}} {{u32 ../words}}{{/each}}{{#if wide}}x{{/if}}{{#each lines}}{{this}}{{/each}}'
    expect(check(source, schema)).toEqual([])
  })

  it('sees a name that the schema lacks, and a key that is not used', () => {
    expect(check('{{text}}\n{{texts}}', { text: z.string(), other: z.string() })).toEqual([
      'line 2: texts: the schema has no texts, it has text, other',
      'other is in the schema, but the template does not use it',
    ])
  })

  it('sees inside lists', () => {
    expect(check('{{#each items}}{{nam}}{{/each}}', { items: z.array(z.strictObject({ name: z.string() })) })).toEqual([
      'line 1: nam: the schema has no nam, it has name',
      'items[].name is in the schema, but the template does not use it',
    ])
  })

  it('sees numbers that print as JavaScript does', () => {
    expect(check('{{n}}', { n: z.number() })).toEqual(['line 1: the number n needs u32, i32 or f32 to be a literal'])
  })

  it('sees conditions that are no booleans', () => {
    expect(check('{{#if n}}{{u32 n}}{{/if}}', { n: z.int() })).toEqual(['line 1: #if takes a boolean, and n is number'])
  })

  it('follows partials by their arguments', () => {
    const partials = { 'lib/p': '{{u32 size}}{{name}}\n' }
    expect(check('{{> lib/p size=n name="x"}}', { n: z.int() }, partials)).toEqual([])
    expect(check('{{> lib/p size=n}}', { n: z.int() }, partials)).toEqual(['in lib/p: line 1: name: the schema has no name, it has size'])
    expect(check('{{> lib/p size=n name="x" more=n}}', { n: z.int() }, partials)).toEqual(['line 1: lib/p does not use its argument more'])
    expect(check('{{> lib/q}}', {}, partials)).toEqual(['line 1: there is no partial lib/q'])
  })

  it('sees nesting, unknown blocks and helpers', () => {
    expect(check('{{#if a}}{{#if a}}{{#if a}}x{{/if}}{{/if}}{{/if}}', { a: z.boolean() })).toEqual([
      'line 1: #if is a third nested block: make it a partial, or decide in the view model',
    ])
    expect(check('{{#with a}}x{{/with}}{{sum a}}', { a: z.string() })).toEqual([
      'line 1: there is no block #with, only #if, #unless and #each',
      'line 1: there is no helper sum, only u32, i32, f32, join, indent, doc',
    ])
  })
})
