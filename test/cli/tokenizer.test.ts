import { describe, expect, it } from 'vitest'
import { nodeHost } from '../../src/cli/host.ts'
import { loadTokenizer, TextStream, type Words } from '../../src/cli/tokenizer.ts'
import { place } from './support/gdnc.ts'

/** Bytes as tokens, as byte-level tokenizers have them for what is in no vocabulary. */
const byteLevel: Words = {
  encode: (text) => [...new TextEncoder().encode(text)],
  decode: (ids) => new TextDecoder().decode(new Uint8Array(ids)),
}

const wordLevel = {
  version: '1.0',
  added_tokens: [],
  normalizer: { type: 'Lowercase' },
  pre_tokenizer: { type: 'Whitespace' },
  post_processor: null,
  decoder: null,
  model: { type: 'WordLevel', vocab: { '[UNK]': 0, hello: 1, world: 2 }, unk_token: '[UNK]' },
}

describe('text as its tokens come', () => {
  it.each(['plain', 'zwölf Boxkämpfer', 'a\nb\n\nc', '👩‍👩‍👧 family', '日本語', ''])('adds up to the whole: %j', (text) => {
    const stream = new TextStream(byteLevel)
    const parts = byteLevel.encode(text).map((id) => stream.push(id))
    expect([...parts, stream.end()].join('')).toBe(text)
    for (const part of parts) expect(part).not.toContain('\uFFFD')
  })

  it('gives what is cut off in the middle at the end', () => {
    const stream = new TextStream(byteLevel)
    const ids = byteLevel.encode('né').slice(0, -1)
    expect(ids.map((id) => stream.push(id))).toEqual(['n', ''])
    expect(stream.end()).toBe('\uFFFD')
  })
})

describe('a tokenizer', () => {
  const here = place({
    'good/tokenizer.json': JSON.stringify(wordLevel),
    'good/tokenizer_config.json': JSON.stringify({ unk_token: '[UNK]' }),
    'strict/tokenizer.json': JSON.stringify(wordLevel),
    'bad/tokenizer.json': 'version https://git-lfs.github.com/spec/v1',
  })
  const host = { ...nodeHost(), files: inFolder(here.folder) }

  it('is read from beside the checkpoint', async () => {
    const words = await loadTokenizer(host, undefined, 'good')
    expect(words.encode('Hello world there')).toEqual([1, 2, 0])
    expect(words.decode([1, 2])).toBe('hello world')
  })

  it('says which word it does not have', async () => {
    const words = await loadTokenizer(host, undefined, 'strict')
    expect(() => words.encode('hello there')).toThrow("it has no token for 'there'")
  })

  it('is read from a file of its own', async () => {
    expect((await loadTokenizer(host, 'good/tokenizer.json', undefined)).encode('world')).toEqual([2])
  })

  it('that is missing or damaged is a diagnostic', async () => {
    await expect(loadTokenizer(host, undefined, 'none')).rejects.toThrow('none has no tokenizer.json')
    await expect(loadTokenizer(host, undefined, undefined)).rejects.toThrow('has no tokenizer.json')
    await expect(loadTokenizer(host, undefined, 'bad')).rejects.toThrow('bad/tokenizer.json is no tokenizer that can be used')
  })
})

/** The files of a folder by paths relative to it. */
function inFolder(folder: string): ReturnType<typeof nodeHost>['files'] {
  const { files } = nodeHost()
  return { ...files, kind: (path) => files.kind(`${folder}/${path}`), readText: (path) => files.readText(`${folder}/${path}`) }
}
