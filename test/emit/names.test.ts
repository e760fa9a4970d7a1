import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { className, isPackageName, isSafePath, packageName } from '../../src/emit/names.ts'

const taken = new Set(['Session', 'Model'])

describe('the name of a class', () => {
  it.each([
    ['GatedDeltaNetH1', 'GatedDeltaNetH1'],
    ['class', 'classModel'],
    ['await', 'awaitModel'],
    ['constructor', 'constructorModel'],
    ['__proto__', '__proto__Model'],
    ['Promise', 'PromiseModel'],
    ['Session', 'SessionModel'],
    ['Model', 'ModelModel'],
    ['_', '_'],
  ])('%s is %s', (name, expected) => {
    expect(className(name, taken)).toBe(expected)
  })

  it('is cut where it is very long', () => {
    expect(className('A'.repeat(100_000), taken)).toBe('A'.repeat(120))
  })

  it.each(['', '1a', 'a b', 'a-b', 'Ѕession', 'a\u200b', 'a;b', 'a\n'])('is never made of %j', (name) => {
    expect(() => className(name, taken)).toThrow('is not an identifier')
  })

  it('can always be declared', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[A-Za-z_]\w{0,30}$/), (name) => {
        new Function(`'use strict'; class ${className(name, taken)} {}`)
      }),
    )
  })
})

describe('the name of a package', () => {
  it.each([
    ['GatedDeltaNetH1', 'gated-delta-net-h1'],
    ['H2', 'h2'],
    ['HTTPModel', 'http-model'],
    ['my_model', 'my-model'],
    ['_', 'model'],
    ['__A__', 'a'],
    ['Stream', 'stream-model'],
    ['node_modules', 'node-modules-model'],
    ['A'.repeat(500), 'a'.repeat(120)],
  ])('of %s is %s', (name, expected) => {
    expect(packageName(name)).toBe(expected)
  })

  it('is one that npm takes', () => {
    fc.assert(fc.property(fc.stringMatching(/^[A-Za-z_]\w{0,300}$/), (name) => isPackageName(packageName(name))))
  })

  it('given by the user may have a scope', () => {
    expect(isPackageName('@me/h1')).toBe(true)
    for (const name of ['H1', '../h1', '@me', 'a b', '.h1', '_h1', 'fs', 'a'.repeat(215)]) expect(isPackageName(name)).toBe(false)
  })
})

describe('the path of a file', () => {
  it.each(['index.js', 'kernels/gemv_64x64.wgsl', 'src/runtime/weights/load.ts'])('may be %s', (path) => {
    expect(isSafePath(path)).toBe(true)
  })

  it.each(['../x', 'a/../b', '/etc/passwd', 'a//b', '', '.', 'a/', 'con', 'kernels/NUL.wgsl', 'a\\b', 'a:b', 'x.', 'é'])(
    'is never %j',
    (path) => {
      expect(isSafePath(path)).toBe(false)
    },
  )
})
