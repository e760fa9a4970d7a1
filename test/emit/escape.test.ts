import { describe, expect, it } from 'vitest'
import { dataLiteral, docComment, markdown, oneLine, stringLiteral } from '../../src/emit/escape.ts'

const attacks = [
  '*/ globalThis.pwned = 1 /*',
  '`; globalThis.pwned = 1; `',
  '$' + '{globalThis.pwned = 1}',
  "'; globalThis.pwned = 1; '",
  '"; globalThis.pwned = 1; "',
  '</script><script>globalThis.pwned = 1</script>',
  '<!-- --><script>pwned()</script>',
  '--> globalThis.pwned = 1',
  'a\nglobalThis.pwned = 1',
  'a\r\nglobalThis.pwned = 1',
  'a\u2028globalThis.pwned = 1',
  'a\u2029globalThis.pwned = 1',
  'a\u0085globalThis.pwned = 1',
  'a\vglobalThis.pwned = 1',
  '\\',
  '\\u0027',
  '//# sourceMappingURL=data:,',
  '@ts-ignore',
  '\u202Etxet desrever\u202C',
  '\0\u0007\u001b[31m',
  '\ud800',
]

describe('text of a spec', () => {
  it.each(attacks)('stays a string: %j', (text) => {
    const literal = stringLiteral(text)
    expect(new Function(`return ${literal}`)()).toBe(text)
    expect(literal).not.toMatch(/[\n\r\u2028\u2029<]/)
  })

  it.each(attacks)('stays data: %j', (text) => {
    const value = { [text]: [text, { deep: text }] }
    const literal = dataLiteral(value)
    expect(new Function(`return ${literal}`)()).toEqual(value)
    expect(literal).not.toMatch(/[\n\r\u2028\u2029<]/)
  })

  it.each(attacks)('stays a comment: %j', (text) => {
    const comment = docComment(text)
    expect(comment.replace(/^\/\*\*|\*\/$/g, '')).not.toMatch(/\*\//)
    expect(new Function(`${comment}\nreturn typeof globalThis.pwned`)()).toBe('undefined')
    expect(comment).not.toMatch(/<script|<\/|(?<!\\)@|\/\/[#@]|[\u2028\u2029\u0085\u202e]/i)
  })

  it.each(attacks)('stays text of Markdown: %j', (text) => {
    expect(markdown(text)).not.toMatch(/(?<!\\)[<`]|[\u2028\u202e\0]/)
  })

  it('keeps a key that is called like the prototype', () => {
    const value = JSON.parse('{"__proto__": {"polluted": 1}, "text": "\\"__proto__\\":"}') as object
    const copy = new Function(`return ${dataLiteral(value)}`)() as object
    expect(Object.keys(copy)).toEqual(['__proto__', 'text'])
    expect(copy).toEqual(value)
    expect((copy as { polluted?: number }).polluted).toBeUndefined()
  })

  it('is a comment of one line or of several', () => {
    expect(docComment('one')).toBe('/** one */')
    expect(docComment('\n\none\n\ntwo  \n', '  ')).toBe('/**\n   * one\n   *\n   * two\n   */')
    expect(docComment(' \n ')).toBe('')
  })

  it('starts no heading, list, rule or quote of Markdown', () => {
    expect(markdown('# a\n- b\n1. c\n=====\n> d\n![x](y)')).toBe('\\# a\n\\- b\n1\\. c\n\\=====\n\\> d\n!\\[x\\](y)')
  })

  it('is cut for a line', () => {
    expect(oneLine('a\n b\t c')).toBe('a b c')
    expect(oneLine('word '.repeat(100), 20)).toBe('word word word…')
  })
})
