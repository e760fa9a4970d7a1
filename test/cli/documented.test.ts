import { describe, expect, it } from 'vitest'
import { read } from '../structure/tree.ts'
import { goldenModelFolder } from '../support/golden.ts'
import { place, tiny } from './support/gdnc.ts'

const here = place({
  'tiny.gdn': tiny,
  'wrong.gdn': tiny.replace('swiglu(24)', 'swiglo(24)'),
  'messy.gdn': tiny.replace('stack {', 'stack  {'),
})
const help = async (...command: readonly string[]): Promise<string> => (await here.here(...command, '--help')).stdout

const commands = [...(await help()).matchAll(/^ {2}(\w+) \[options\]/gm)].map(([, name = '']) => name)
const optionsIn = (text: string): ReadonlySet<string> => new Set([...text.matchAll(/(?<![\w-])--[a-z][\w-]*/g)].map(([option]) => option))

/** What docs/cli.md says before its first command, and of each. */
const [general = '', ...sections] = read('docs/cli.md').split(/^## (?=gdnc )/m)
const sectionOf = (command: string): string => sections.find((section) => section.startsWith(`gdnc ${command}`)) ?? ''
const shared = new Set(['compile', 'show', 'run'])

describe('docs/cli.md', () => {
  it('has a section for each command, in the order of --help, and for no other', () => {
    expect(commands.length).toBeGreaterThan(8)
    expect(sections.map((section) => /^gdnc (\w+)/.exec(section)?.[1])).toEqual(commands)
  })

  it.each(commands)('has every option of %s, and no other', async (command) => {
    const declared = optionsIn((await help(command)).replace(/^[\s\S]*?\nOptions:/, ''))
    const own = optionsIn(sectionOf(command))
    const missing = [...declared].filter(
      (option) =>
        !own.has(option) && !(optionsIn(general).has(option) && (shared.has(command) || option === '--json' || option === '--help')),
    )
    expect(missing).toEqual([])
    // Examples may show what another command takes.
    const foreign = await Promise.all(
      commands.map(async (other) => (sectionOf(command).includes(`gdnc ${other} `) ? [...optionsIn(await help(other))] : [])),
    )
    expect([...own].filter((option) => !declared.has(option) && !foreign.flat().includes(option))).toEqual([])
  })

  it('says what each exit code means, as --help does', async () => {
    for (const code of ['0', '1', '2', '3']) expect(general).toMatch(new RegExp(`^\\| ${code} \\| .+ \\|$`, 'm'))
    expect(await help()).toMatch(/Exit codes: 0 .+, 1 .+, 2 .+, 3 /)
  })
})

describe('--json', () => {
  const golden = goldenModelFolder('mistral')

  it.each<[readonly string[], number, readonly string[]]>([
    [['init', 'demo'], 0, ['files', 'next']],
    [['init', 'demo'], 1, []],
    [['import', golden], 0, ['model', 'spec']],
    [['import', golden, '--out', 'imported.gdn'], 0, ['model', 'written']],
    [['import', 'none'], 1, []],
    [['compile', 'tiny.gdn', '--out', 'out'], 0, ['package']],
    [['compile', 'tiny.gdn', '--out', 'out', '--check'], 0, ['package']],
    [['compile', 'tiny.gdn', '--check'], 1, ['package']],
    [['compile', 'wrong.gdn'], 1, []],
    [['check', 'tiny.gdn', 'wrong.gdn'], 1, ['files']],
    [['format', '--check', 'messy.gdn'], 1, ['changed']],
    [
      ['show', 'tiny.gdn'],
      0,
      ['bodies', 'doc', 'horizon', 'inputs', 'kernels', 'launches', 'layers', 'model', 'outputs', 'profile', 'sizes', 'tokens', 'weights'],
    ],
    [['show', 'wrong.gdn'], 1, []],
    [['explain'], 0, ['messages']],
    [['explain', '2004'], 0, ['code', 'page', 'severity', 'title']],
    [['run', 'tiny.gdn', '--seed-weights', '1', '--ids', '99'], 1, []],
    [['run', 'wrong.gdn', '--seed-weights', '1', '--ids', '1'], 1, []],
  ])('of %j is one document: diagnostics, and the result beside them', async (args, code, fields) => {
    const ran = await here.here(...args, '--json')
    expect([ran.code, ran.stderr]).toEqual([code, ''])
    const { version, errors, warnings, diagnostics, ...result } = JSON.parse(ran.stdout) as Record<string, unknown>
    expect(version).toBe(1)
    expect([(errors as number) > 0, typeof warnings, Array.isArray(diagnostics)]).toEqual([code === 1, 'number', true])
    expect(Object.keys(result).sort()).toEqual(fields)
    for (const field of fields) expect(read('docs/cli.md')).toContain(`\`${field}\``)
  })

  it.each([
    [['compile', 'tiny.gdn', '--profile', 'huge']],
    [['show', 'tiny.gdn', '--stage', 'none']],
    [['explain', 'GDN0000']],
    [['check']],
  ])('of a command line that is wrong (%j) is none: the message is on stderr', async (args) => {
    const { code, stdout, stderr } = await here.here(...args, '--json')
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).not.toBe('')
  })
})
