import { describe, expect, it } from 'vitest'
import { nearest } from '../../src/diagnostics/nearest.ts'
import { linesOf } from '../../src/source/lines.ts'

describe('the nearest word', () => {
  it.each([
    ['modl', ['model', 'layer'], 'model'],
    ['modle', ['layer', 'model'], 'model'],
    ['Model', ['model'], 'model'],
    ['attenton', ['recurrence', 'attention'], 'attention'],
    ['x', ['model', 'layer'], undefined],
    ['linear', ['conv1d'], undefined],
    ['same', ['same'], undefined],
    ['', ['a'], 'a'],
  ])('to %j of %j is %j', (word, candidates, expected) => {
    expect(nearest(word, candidates)).toBe(expected)
  })
})

describe('lines', () => {
  it('end with any line end, and count from 1', () => {
    const lines = linesOf('a\nbc\r\nd\re')
    expect(lines.count).toBe(4)
    expect([1, 2, 3, 4, 5].map((line) => lines.line(line))).toEqual(['a', 'bc', 'd', 'e', ''])
    expect(lines.position(0)).toEqual({ line: 1, column: 1 })
    expect(lines.position(1)).toEqual({ line: 1, column: 2 })
    expect(lines.position(2)).toEqual({ line: 2, column: 1 })
    expect(lines.position(6)).toEqual({ line: 3, column: 1 })
    expect(lines.position(9)).toEqual({ line: 4, column: 2 })
    expect(lines.position(1e9)).toEqual({ line: 4, column: 2 })
    expect(lines.position(-1)).toEqual({ line: 1, column: 1 })
  })

  it('of an empty text are one', () => {
    expect(linesOf('').count).toBe(1)
    expect(linesOf('').position(0)).toEqual({ line: 1, column: 1 })
  })
})
