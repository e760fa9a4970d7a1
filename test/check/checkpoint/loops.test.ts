import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { findings, models } from '../support/spec.ts'

const text = readFileSync(new URL('../../syntax/corpus/valid/checkpoint_loops.gdn', import.meta.url), 'utf8')

/** What each weight is made of. */
const sourcesOf = (spec: string, model = 0): Record<string, unknown> =>
  Object.fromEntries(models(spec)[model]!.checkpoint!.weights.map(({ path, from }) => [path, from]))

const tensor = (name: string, shape: readonly number[]) => ({ kind: 'tensor', name, shape })
const scaled = (value: number, name: string, shape: readonly number[]) => ({ op: 'scale', attrs: { value }, inputs: [tensor(name, shape)] })

describe('a `for` of a mapping', () => {
  it('repeats rules and groups, with computed names and arguments', () => {
    const sources = sourcesOf(text)
    expect(sources['block.0.up.weight']).toEqual(tensor('layers.0.shared.up.1.weight', [8, 8]))
    expect(sources['block.1.up.weight']).toEqual(tensor('layers.2.shared.up.2.weight', [8, 8]))
    expect(sources['layers.1.block.adapter.down.weight']).toMatchObject(scaled(2, 'layers.2.shared.adapters.1.down', [2, 8]))
    expect(sources['layers.2.block.adapter.up.weight']).toMatchObject(scaled(3, 'layers.0.shared.adapters.2.up', [8, 2]))
  })

  it('repeats what is expected and ignored', () => {
    const { expect: expectations, ignore } = models(text)[0]!.checkpoint!
    expect(expectations).toEqual([0, 2, 3].map((layer) => ({ keys: [`kinds.${layer}`], value: 'shared' })))
    expect(ignore).toEqual(['a.*.*', 'b.*.*'])
  })

  it('follows the values that an application gives', () => {
    const sources = sourcesOf(`${text}\nmodel One = Shared(uses: 2, at: [5, 9], blocks: 1)`, 1)
    expect(sources['layers.1.block.adapter.up.weight']).toMatchObject(scaled(2, 'layers.5.shared.adapters.1.up', [8, 2]))
    expect(Object.keys(sources)).not.toContain('block.1.up.weight')
  })

  it('may run through nothing', () => {
    const rule = '  for u in 0 .. 0 { "nothing.{u}" <- "nothing" }\n'
    expect(sourcesOf(text.replace('  for letter', `${rule}  for letter`))).toEqual(sourcesOf(text))
  })

  it.each([
    ['0 .. uses {\n    for p', '0 .. users {\n    for p', ['GDN5019', '0 .. users']],
    ['0 .. blocks', 'blocks', ['GDN5019', 'blocks']],
    ['0 .. blocks', '0 .. 1G', ['GDN5019', '0 .. 1G']],
    ['for letter in "ab" {', 'for a in 0 .. 4k { for b in 0 .. 4k { ignore "{a}.{b}" } }\n  for letter in "ab" {', ['GDN5019', '0 .. 4k']],
    ['{at[k]}', '{at[k + 2]}', ['GDN5001', '{at[k + 2]}']],
    ['{at[k]}', '{at[k] - 1}', ['GDN5001', '{at[k] - 1}']],
    ['{at[k]}', '{k / 2}', ['GDN5001', '{k / 2}']],
    // A name that no `for` gives is a variable.
    ['{at[k]}', '{at}', ['GDN5010', '"up.{ k + 1 }.weight"']],
    ['{at[k]}', '{k=0|1}', ['GDN5001', '{k=0|1}']],
    ['"block.{k}"', '"blocks.{k}"', ['GDN5003', '"blocks.{k}"']],
    ['"up.weight" <-', '"down.weight" <-', ['GDN5002', '"down.weight"']],
    ['"layers.{u}.block', '"layers.{0}.block', ['GDN5005', '"layers.{0}.block.adapter.{p}.weight"']],
    ['| scale(u + 1)', '| scale(up)', ['GDN5007', 'up']],
    ['== "shared"', '== at', ['GDN5016', 'at']],
  ])('says once what is wrong with %s as %s', (right, wrong, finding) => {
    expect(text).toContain(right)
    expect(findings(text.replace(right, wrong))).toContainEqual(finding)
    expect(findings(text.replace(right, wrong)).filter(([code]) => code === finding[0])).toHaveLength(1)
  })
})
