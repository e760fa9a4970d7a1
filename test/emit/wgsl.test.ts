import { describe, expect, it } from 'vitest'
import { formatWgsl } from '../../src/emit/wgsl.ts'

describe('the text of a kernel', () => {
  it('is indented by its brackets', () => {
    const ragged = 'fn f(\na: u32,\n) -> u32 {\nif (a > 0u) {\n      return a;   // why\n} else {\nlet b = a +\n1u;\n\n\n\nreturn b;\n}\n}'
    expect(formatWgsl(ragged)).toBe(
      [
        'fn f(',
        '  a: u32,',
        ') -> u32 {',
        '  if (a > 0u) {',
        '    return a; // why',
        '  } else {',
        '    let b = a +',
        '      1u;',
        '',
        '    return b;',
        '  }',
        '}',
        '',
      ].join('\n'),
    )
  })

  it('has no character in a comment that ends it', () => {
    expect(formatWgsl('// a\u2028fn evil() {}\u0085b\nfn f() {}')).toBe('// a\\u{2028}fn evil() {}\\u{85}b\nfn f() {}\n')
  })

  it('has nothing but ASCII in its code', () => {
    expect(() => formatWgsl('let Ѕ = 1;')).toThrow('WGSL with a character that it does not have')
  })

  it('closes its brackets', () => {
    expect(() => formatWgsl('fn f() {')).toThrow('1 bracket not closed')
    expect(() => formatWgsl('}}')).toThrow('2 brackets too many')
  })
})
