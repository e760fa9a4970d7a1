import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { artefacts } from '../../grammar/generate/artefacts.ts'
import { lexer, vocabulary } from '../../grammar/lexer.ts'
import { binaryLevels, prefixLevels } from '../../grammar/operators.ts'
import { GdnParser, parser } from '../../grammar/parser.ts'
import { foreign, keywords, literals, signs, type TokenEntry } from '../../grammar/tokens.ts'
import { specs } from './support.ts'

const all = artefacts()

describe('generated files', () => {
  it.each([...all.keys()])('%s is up to date', (name) => {
    expect(readFileSync(new URL(`../../grammar/${name}`, import.meta.url), 'utf8')).toBe(all.get(name))
  })

  it('the EBNF has every rule and every word', () => {
    const ebnf = all.get('gdn.ebnf')!
    for (const rule of Object.keys(parser.getGAstProductions())) expect(ebnf).toContain(`\n${rule} ::= `)
    for (const { pattern } of Object.values(keywords)) expect(ebnf).toContain(`"${pattern}"`)
  })

  it('the diagrams need nothing from elsewhere', () => {
    const html = all.get('diagrams.html')!
    expect(html).not.toMatch(/https?:|<script|@import|url\(/)
    for (const rule of Object.keys(parser.getGAstProductions())) expect(html).toContain(`<section id="${rule}">`)
    const targets = [...html.matchAll(/href="#(\w+)"/g)].map((match) => match[1])
    for (const target of targets) expect(html).toContain(`id="${target}"`)
  })
})

describe('the grammar', () => {
  it('is unambiguous to chevrotain', () => {
    expect(() => new GdnParser(true)).not.toThrow()
  })
})

describe('the table of tokens', () => {
  it('reads every word and sign as itself', () => {
    for (const [name, { pattern }] of Object.entries<TokenEntry>({ ...keywords, ...signs })) {
      expect(lexer.tokenize(String(pattern)).tokens.map((token) => token.tokenType.name)).toEqual([name])
    }
  })

  it('reads a keyword with more letters as a name', () => {
    for (const { pattern } of Object.values(keywords)) {
      expect(lexer.tokenize(`${pattern}s ${pattern}_1 _${pattern}`).tokens.every(({ tokenType }) => tokenType.name === 'Name')).toBe(true)
    }
  })

  it('explains every keyword', () => {
    for (const { hover } of Object.values(keywords)) expect(hover).toMatch(/\.$/)
  })

  it('gives every operator a precedence', () => {
    const operators = Object.values<TokenEntry>({ ...keywords, ...signs }).filter((entry) => entry.operator)
    expect(operators.map(({ pattern }) => pattern).sort()).toEqual(Object.keys(binaryLevels).sort())
    expect(Object.keys(prefixLevels).sort()).toEqual(['-', 'not'])
  })

  it('says what is meant by every foreign spelling that stands for one of ours', () => {
    for (const { as, label } of Object.values(foreign)) {
      if (as === undefined || as === 'Text') continue
      const meant: TokenEntry = { ...keywords, ...signs }[as]
      expect(label).toBe(`\`${meant.pattern}\``)
    }
  })

  it('has no name twice', () => {
    const names = vocabulary.map(({ name }) => name)
    expect(new Set(names).size).toBe(names.length)
  })
})

interface Pattern {
  readonly name?: string
  readonly match?: string
  readonly begin?: string
  readonly captures?: Readonly<Record<string, { readonly name: string }>>
}

describe('the TextMate grammar', () => {
  const grammar = JSON.parse(all.get('gdn.tmLanguage.json')!) as {
    repository: { code: { patterns: Pattern[] }; comments: { patterns: Pattern[] } }
  }
  const patterns = [...grammar.repository.comments.patterns, { name: 'string', match: '"[^"]*"' }, ...grammar.repository.code.patterns]

  /** The scope of each word of a line, as an editor would find them: the leftmost match, the earlier pattern of equals. */
  function colours(line: string): Record<string, string> {
    const found: Record<string, string> = {}
    for (let at = 0; at < line.length; ) {
      const matches = patterns.flatMap((pattern) => {
        const match = new RegExp(pattern.match!, 'dg')
        match.lastIndex = at
        const result = match.exec(line)
        return result === null || result[0] === '' ? [] : [{ pattern, result }]
      })
      const [first] = matches.sort((a, b) => a.result.index - b.result.index)
      if (first === undefined) break
      const { pattern, result } = first
      if (pattern.name !== undefined) found[result[0].trim()] = pattern.name
      for (const [index, { name }] of Object.entries(pattern.captures ?? {})) found[result[Number(index)]!] = name
      at = result.index + result[0].length
    }
    return found
  }

  it('colours words where they mean something', () => {
    expect(colours('block PreNorm(mix: layer, ffn: layer) {')).toMatchObject({
      block: 'storage.type.gdn',
      PreNorm: 'entity.name.type.gdn',
      mix: 'variable.parameter.gdn',
      layer: 'support.type.gdn',
    })
    expect(colours('  q = linear(x, [heads, 8M]) as q_proj | silu // note')).toMatchObject({
      linear: 'entity.name.function.gdn',
      '8M': 'constant.numeric.gdn',
      as: 'keyword.control.gdn',
      q_proj: 'entity.name.tag.gdn',
      '|': 'keyword.operator.pipe.gdn',
      '// note': 'comment.line.double-slash.gdn',
    })
    expect(colours('  case v { none: a, else: b }')).toMatchObject({ case: 'keyword.control.gdn', else: 'keyword.control.gdn' })
    expect(colours('  state S: f32[K, V]')).toMatchObject({ state: 'storage.type.gdn', f32: 'support.type.gdn' })
  })

  it('leaves words alone that are names', () => {
    expect(colours('mamba(state: size = 16, size = 4)')['state']).toBe('variable.parameter.gdn')
    expect(colours('  size = state * 2')['size']).toBeUndefined()
  })

  it('finds something in every line of code of the corpus', () => {
    for (const { text } of specs('valid')) {
      for (const line of text.split('\n').filter((one) => /\S/.test(one))) expect(Object.keys(colours(line)).length).toBeGreaterThan(0)
    }
  })

  it('colours a malformed number and foreign signs as such', () => {
    expect(colours('a && b')['&&']).toBe('invalid.illegal.gdn')
    expect(literals.Number.scope).toBe('constant.numeric')
  })
})
