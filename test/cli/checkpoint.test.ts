import { describe, expect, it } from 'vitest'
import { locateCheckpoint } from '../../src/cli/checkpoint.ts'
import { nodeHost } from '../../src/cli/host.ts'
import type { ByteReader } from '../../src/runtime/index.ts'
import { place } from './support/gdnc.ts'

const here = place({
  'one/model.safetensors': '0123456789',
  'one/config.json': '{}',
  'one/notes.txt': '',
  'sharded/model.safetensors.index.json': '{}',
  'sharded/model-00001-of-00002.safetensors': 'a',
  'sharded/model-00002-of-00002.safetensors': 'b',
  'empty/config.json': '{}',
})
const host = nodeHost()
const at = (path: string): string => `${here.folder}/${path}`
const names = (weights: unknown): string[] => [...(weights as ReadonlyMap<string, unknown>).keys()]

describe('what --checkpoint names', () => {
  it('is a folder with its files', () => {
    expect(names(locateCheckpoint(host, at('one')).weights)).toEqual(['config.json', 'model.safetensors'])
    expect(names(locateCheckpoint(host, at('sharded')).weights)).toHaveLength(3)
  })

  it('is one file, read in pieces and closed', async () => {
    const { weights, folder } = locateCheckpoint(host, at('one/model.safetensors'))
    expect(names(weights)).toEqual(['model.safetensors'])
    expect(folder).toBe(at('one'))
    const reader = (weights as ReadonlyMap<string, ByteReader>).get('model.safetensors') as ByteReader
    expect(reader.size).toBe(10)
    expect(Buffer.from(await reader.read(3, 4)).toString()).toBe('3456')
    expect(Buffer.from(await reader.read(8, 10)).toString()).toBe('89')
    await reader.close?.()
    expect(Buffer.from(await reader.read(0, 1)).toString()).toBe('0')
    await reader.close?.()
  })

  it.each([
    ['https://example.org/h1/', 'https://example.org/h1/'],
    ['https://example.org/h1', 'https://example.org/h1/'],
    ['https://example.org/model.safetensors', 'https://example.org/model.safetensors'],
    ['http://127.0.0.1/model.safetensors.index.json', 'http://127.0.0.1/model.safetensors.index.json'],
  ])('is a URL: %s', (given, weights) => {
    expect(locateCheckpoint(host, given)).toEqual({ weights, folder: undefined })
  })

  it('that is not there, or holds no weights, is a diagnostic', () => {
    expect(() => locateCheckpoint(host, at('none'))).toThrow('there is no such file or folder')
    expect(() => locateCheckpoint(host, at('empty'))).toThrow('has no safetensors file')
  })
})
