import { describe, expect, it } from 'vitest'
import type { Host, Sink } from '../../src/cli/host.ts'
import { ids, real, whole } from '../../src/cli/numbers.ts'
import { colored } from '../../src/cli/output.ts'
import { ProgressLine, progressText } from '../../src/cli/progress.ts'
import { table } from '../../src/cli/table.ts'
import { normalise } from '../../src/driver/paths.ts'
import { amount, bytes } from '../../src/util/units.ts'

const sink = (isTerminal: boolean, columns = 40): Sink & { text: string } => ({
  isTerminal,
  columns,
  text: '',
  write(text) {
    this.text += text
  },
})

describe('colour', () => {
  const host = (env: Host['env']): Host => ({ env }) as Host

  it('is for terminals, unless the user says no', () => {
    expect(colored(host({}), sink(true))).toBe(true)
    expect(colored(host({ NO_COLOR: '' }), sink(true))).toBe(true)
    expect(colored(host({ NO_COLOR: '1' }), sink(true))).toBe(false)
    expect(colored(host({ TERM: 'dumb' }), sink(true))).toBe(false)
    expect(colored(host({}), sink(false))).toBe(false)
  })
})

describe('progress', () => {
  it('replaces its line on a terminal, and leaves nothing', () => {
    const stderr = sink(true)
    const line = new ProgressLine({ stderr } as unknown as Host)
    line.show('weights 1 %')
    line.show('short')
    line.say('done')
    expect(stderr.text).toBe(`\rweights 1 %\rshort      \r     \rdone\n`)
  })

  it('is silent elsewhere', () => {
    const stderr = sink(false)
    const line = new ProgressLine({ stderr } as unknown as Host)
    line.show('weights 1 %')
    line.say('done')
    expect(stderr.text).toBe('done\n')
  })

  it('says how far loading is', () => {
    expect(progressText({ phase: 'weights', loaded: 3 << 20, total: 4 << 20 })).toBe('weights 3.00 MiB of 4.00 MiB (75 %)')
    expect(progressText({ phase: 'kernels', loaded: 3, total: 40 })).toBe('kernels 3 of 40')
  })
})

describe('numbers', () => {
  it('have units', () => {
    expect([0, 999, 1024, 1536, 288 * 1024, 1.5 * 2 ** 30].map(bytes)).toEqual([
      '0 B',
      '999 B',
      '1.00 KiB',
      '1.50 KiB',
      '288 KiB',
      '1.50 GiB',
    ])
    expect([0, 999, 1000, 1_390_000_000].map(amount)).toEqual(['0', '999', '1.00 k', '1.39 G'])
  })

  it('of options are checked', () => {
    expect(whole('--n', '32_000', 0)).toBe(32000)
    expect(ids('--ids', '1, 2 3')).toEqual([1, 2, 3])
    expect(() => whole('--n', '1.5', 0)).toThrow("--n is '1.5', expected a whole number of at least 0")
    expect(() => whole('--n', '', 0)).toThrow('expected a whole number')
    expect(() => real('--t', '-1', 0)).toThrow('expected a number of at least 0')
    expect(() => real('--t', 'hot', 0)).toThrow('expected a number')
    expect(() => ids('--ids', '1,-2')).toThrow('--ids')
  })
})

describe('a table', () => {
  it('aligns its columns and ends no line in spaces', () => {
    const columns = [
      { title: 'name', text: (row: { a: string; n: number }) => row.a },
      { title: 'n', align: 'right' as const, text: (row: { a: string; n: number }) => String(row.n) },
      { title: 'x', text: () => '' },
    ]
    expect(
      table(columns, [
        { a: 'long name', n: 1 },
        { a: 'b', n: 100 },
      ]),
    ).toBe('name         n  x\nlong name    1\nb          100\n')
  })
})

describe('a path of a spec', () => {
  it.each([
    ['a/b.gdn', 'a/b.gdn'],
    ['./a//b/../c.gdn', 'a/c.gdn'],
    ['../../x/./y.gdn', '../../x/y.gdn'],
    ['a/../../b.gdn', '../b.gdn'],
    ['/abs/../b.gdn', '/b.gdn'],
  ])('%s is %s', (path, expected) => {
    expect(normalise(path)).toBe(expected)
  })
})
