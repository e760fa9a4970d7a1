import { describe, expect, it } from 'vitest'
import { place, tiny } from '../cli/support/gdnc.ts'
import { goldenModelFolder, goldenRun } from '../support/golden.ts'
import { ours } from './support/project.ts'

const wordLevel = {
  version: '1.0',
  added_tokens: [],
  normalizer: null,
  pre_tokenizer: { type: 'Whitespace' },
  post_processor: null,
  decoder: null,
  model: { type: 'WordLevel', vocab: Object.fromEntries(Array.from({ length: 32 }, (_, i) => [`w${i}`, i])), unk_token: 'w0' },
}

describe('gdnc run', () => {
  const here = place({ 'tiny.gdn': tiny, 'tokenizer.json': JSON.stringify(wordLevel) })

  it('prints the published continuation of a checkpoint whose spec was imported and compiled before', () => {
    const folder = goldenModelFolder('qwen3_5')
    expect(here.gdnc('import', folder, '--out', 'imported.gdn').code).toBe(0)
    expect(here.gdnc('compile', 'imported.gdn', '--out', 'imported').stdout).toMatch(/^imported written: class \w+, /)
    const { inputIds, greedy } = goldenRun('qwen3_5', 'short')
    const args = ['--ids', inputIds.join(','), '--max-tokens', String(greedy.length), '--greedy']
    const { code, stdout, stderr } = here.gdnc('run', 'imported.gdn', '--checkpoint', folder, ...args)
    expect(code).toBe(0)
    expect(stdout).toBe(`${greedy.join(' ')}\n`)
    expect(ours(stderr)).toMatch(/^loaded in \d+\.\d\d s\nprefill 37 tokens, [\d.]+ per second; generated 12, [\d.]+ per second\n$/)
  })

  it('takes words, gives words, and JSON with both', () => {
    const args = [
      'run',
      'tiny.gdn',
      '--seed-weights',
      '1',
      '--tokenizer',
      'tokenizer.json',
      '--prompt',
      'w1 w2 w3',
      '-n',
      '3',
      '--temperature',
      '1',
      '--seed',
      '5',
    ]
    const { code, stdout } = here.gdnc(...args, '--json')
    expect(code).toBe(0)
    const result = JSON.parse(stdout) as { errors: number; prompt: number[]; ids: number[]; text: string }
    expect(result.errors).toBe(0)
    expect(result.prompt).toEqual([1, 2, 3])
    expect(result.text).toBe(result.ids.map((id) => `w${id}`).join(' '))
  })
})
