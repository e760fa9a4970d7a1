import { describe, expect, it } from 'vitest'
import { stableJson } from '../../src/util/json.ts'

describe('stableJson', () => {
  it('does not depend on the order in which keys were set', () => {
    expect(stableJson({ b: 1, a: { d: [1, { y: 0, x: 0 }], c: null } })).toBe('{"a":{"c":null,"d":[1,{"x":0,"y":0}]},"b":1}')
  })

  it('keeps keys that mean something to JavaScript', () => {
    expect(stableJson(JSON.parse('{"__proto__":1,"constructor":2}'))).toBe('{"__proto__":1,"constructor":2}')
  })

  it('leaves out what is undefined, as JSON does', () => {
    expect(stableJson({ a: undefined, b: 1 })).toBe('{"b":1}')
  })

  it('refuses what JSON would change, and says where it is', () => {
    expect(() => stableJson({ a: [1, Number.NaN] })).toThrow('$.a[1] is NaN')
    expect(() => stableJson({ a: Number.POSITIVE_INFINITY })).toThrow('$.a is Infinity')
    expect(() => stableJson(undefined)).toThrow('undefined is not JSON')
  })
})
