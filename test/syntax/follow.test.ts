import { describe, expect, it } from 'vitest'
import { follow } from '../../grammar/follow.ts'
import { lexer } from '../../grammar/lexer.ts'
import { exampleText } from '../check/support/spec.ts'

const following = (rule: string, text: string): readonly string[] =>
  [...follow(rule, lexer.tokenize(text).tokens)].map(({ name }) => name).sort()

describe('what the grammar lets follow', () => {
  it.each([
    ['declaration', 'model', ['Name']],
    ['declaration', 'model M', ['Equal', 'LeftBrace', 'LeftParen']],
    ['declaration', 'layer f(a: size', ['Comma', 'Doc', 'Equal', 'LeftBracket', 'Name', 'RightParen']],
    ['statement', 'dim B', ['Colon']],
    ['statement', 'dim B: batch', []],
  ])('%s: %s', (rule, text, expected) => {
    expect(following(rule, text)).toEqual(expected)
  })

  it('is nothing where the text does not fit', () => {
    expect(following('statement', 'dim = =')).toEqual([])
  })

  it('is another declaration after a whole file', () => {
    expect(following('file', exampleText('own_recurrence'))).toEqual(expect.arrayContaining(['Model', 'Layer', 'Import', 'Doc']))
  })
})
