import { describe, expect, it } from 'vitest'
import { filesBelow, lineOf, read, withoutComments } from './tree.ts'

/**
 * Names of mixers, and of model families built on them. The compiler sees properties of a definition, never its name; only the
 * library (`src/std`), the examples, and what writes specs of published families (`src/import`) know names. `gdn` is the
 * language itself.
 */
const forbidden = new Set([
  ...['deltanet', 'deltaproduct', 'gateddelta', 'gateddeltanet', 'gdn2', 'kda', 'kimi'],
  ...['mamba', 'mamba1', 'mamba2', 'mamba3', 'ssd', 's4', 's5', 's6', 'h3'],
  ...['gla', 'gsa', 'hgrn', 'hgrn2', 'retnet', 'retention', 'lightning', 'rwkv', 'rwkv6', 'rwkv7', 'xlstm', 'mlstm', 'slstm', 'hyena'],
  ...['swa', 'swat', 'gqa', 'mqa', 'mla', 'alibi'],
  ...['gemma', 'gemma2', 'gemma3', 'griffin', 'minimax'],
  ...['qwen', 'qwen3', 'olmo', 'falcon', 'granite', 'nemotron', 'mistral', 'lfm', 'lfm2', 'llama', 'samba', 'zamba', 'zamba2'],
])

interface Use {
  readonly index: number
  readonly name: string
}

/** Forbidden words of identifiers and strings, whatever their spelling: `gated_delta`, `gatedDelta`, `GatedDelta`, `GATED-DELTA`. */
function mixerNames(text: string): Use[] {
  const words = [...text.matchAll(/[A-Z]+(?![a-z])\d*|[A-Z]?[a-z]+\d*|\d+/g)].map((match) => ({
    index: match.index,
    end: match.index + match[0].length,
    name: match[0].toLowerCase(),
  }))
  return words.flatMap(({ index, end, name }, i) => {
    const next = words[i + 1]
    const joined = next !== undefined && /^[-_ ]?$/.test(text.slice(end, next.index)) ? name + next.name : undefined
    if (forbidden.has(name)) return [{ index, name }]
    return joined !== undefined && forbidden.has(joined) ? [{ index, name: joined }] : []
  })
}

const code = filesBelow('src').filter((file) => file.endsWith('.ts') && !file.startsWith('src/std/') && !file.startsWith('src/import/'))
const templates = filesBelow('').filter((file) => file.startsWith('templates/') && file.endsWith('.hbs'))

describe('no stage of the compiler knows a mixer by name', () => {
  it('in src outside the library', () => {
    expect(usesIn(code)).toEqual([])
  })

  it('in the templates', () => {
    expect(usesIn(templates)).toEqual([])
  })

  it('in the name of a file', () => {
    expect([...code, ...templates].filter((file) => mixerNames(file).length > 0)).toEqual([])
  })
})

describe('the finder of names', () => {
  it.each([
    'gated_delta',
    'GatedDelta',
    'gatedDeltaNet',
    'gated delta',
    'DELTA_NET',
    'isMamba2',
    'mamba2Step',
    'SWA',
    'swaMask',
    'planSSD',
    "'kda'",
  ])('finds %s', (text) => {
    expect(mixerNames(text)).not.toEqual([])
  })

  it.each([
    'gdnc',
    'gdn 1',
    'model.gdn',
    'GDN3012',
    'swap',
    'glance',
    'delta',
    'gated',
    'deltaTime',
    'assembly',
    'attention',
    'class',
    'headsSeen',
  ])('lets %s pass', (text) => {
    expect(mixerNames(text)).toEqual([])
  })
})

function usesIn(files: readonly string[]): string[] {
  return files.flatMap((file) => {
    const text = withoutComments(read(file).replace(/\{\{!--[\s\S]*?--\}\}/g, (comment) => comment.replace(/[^\n]/g, ' ')))
    return mixerNames(text).map(({ index, name }) => `${file}:${lineOf(text, index)} says '${name}'`)
  })
}
