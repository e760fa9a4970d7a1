import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { CheckpointMismatchError, ConfigMismatchError } from '../../../src/runtime/errors.ts'
import type { TensorSourceEntry } from '../../../src/runtime/manifest.ts'
import { writeSafetensors } from '../../support/safetensors.ts'
import { type ServerOptions, serve } from '../../support/server.ts'
import { f32, f32File, load, weightsManifest } from './sink.ts'

const manifest = weightsManifest([
  { path: 'a', shape: [2, 3] },
  { path: 'b', shape: [] },
])
const file = f32File({
  a: [
    [2, 3],
    [1, 2, 3, 4, 5, 6],
  ],
  b: [[], [7]],
})
const values = new Map([
  ['a', [1, 2, 3, 4, 5, 6]],
  ['b', [7]],
])
const tensor = (name: string, shape: readonly number[]): TensorSourceEntry => ({ kind: 'tensor', name, shape })

describe('sources', () => {
  it('are bytes, buffers, blobs, files, readers', async () => {
    const blob = new Blob([file as Uint8Array<ArrayBuffer>])
    const reader = { size: file.length, read: async (offset: number, length: number) => file.slice(offset, offset + length) }
    const { size: _, ...sizeless } = reader
    for (const source of [file, file.slice().buffer, blob, new File([blob], 'x.safetensors'), reader, sizeless])
      expect((await load(manifest, source)).values).toEqual(values)
  })

  it('are open files in Node, and closed afterwards', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'gdnc-'))
    try {
      const path = join(folder, 'model.safetensors')
      writeFileSync(path, file)
      const handle = await open(path)
      let closed = 0
      const reader = {
        size: (await handle.stat()).size,
        read: async (offset: number, length: number) => {
          const { buffer, bytesRead } = await handle.read(new Uint8Array(length), 0, length, offset)
          return buffer.subarray(0, bytesRead)
        },
        close: async () => {
          closed++
          await handle.close()
        },
      }
      expect((await load(manifest, reader)).values).toEqual(values)
      expect(closed).toBe(1)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  const shards = {
    'config.json': new TextEncoder().encode('{"size":3}'),
    'model.safetensors.index.json': new TextEncoder().encode(
      JSON.stringify({ metadata: {}, weight_map: { a: 'model-1-of-2.safetensors', b: 'model-2-of-2.safetensors' } }),
    ),
    'model-1-of-2.safetensors': f32File({
      a: [
        [2, 3],
        [1, 2, 3, 4, 5, 6],
      ],
    }),
    'model-2-of-2.safetensors': f32File({ b: [[], [7]] }),
  }

  it('are shards with an index, or a lone file of any name, by name', async () => {
    expect((await load(manifest, new Map(Object.entries(shards)))).values).toEqual(values)
    expect((await load(manifest, { files: shards })).values).toEqual(values)
    expect((await load(manifest, { files: { 'weights.safetensors': file } })).values).toEqual(values)
    const { 'model-2-of-2.safetensors': _, ...fewer } = shards
    await expect(load(manifest, { files: fewer })).rejects.toThrow(/model-2-of-2.safetensors: the file is missing/)
    await expect(load(manifest, { files: {} })).rejects.toMatchObject({ code: 'checkpoint-unreadable' })
    const twice = { ...shards, 'model-2-of-2.safetensors': file }
    await expect(load(manifest, { files: twice })).rejects.toMatchObject({ code: 'checkpoint-duplicate' })
  })

  it.each([
    '{',
    '[]',
    '{"weight_map":{}}',
    '{"weight_map":{"a":"../secret.safetensors"}}',
    '{"weight_map":{"a":7}}',
    '{"weight_map":{"a":"//host/x.safetensors"}}',
  ])('refuse the index %s', async (index) => {
    const files = { ...shards, 'model.safetensors.index.json': new TextEncoder().encode(index) }
    await expect(load(manifest, { files })).rejects.toMatchObject({ code: 'checkpoint-index' })
  })

  it('that are nothing of the kind are refused', async () => {
    await expect(load(manifest, 7 as unknown as Uint8Array)).rejects.toMatchObject({ code: 'input' })
    await expect(load(manifest, 'model.safetensors')).rejects.toThrow(/no absolute URL/)
  })
})

describe('URLs', () => {
  const folder = mkdtempSync(join(tmpdir(), 'gdnc-'))
  afterAll(() => rmSync(folder, { recursive: true }))
  const big = Float32Array.from({ length: 600_000 }, (_, i) => i % 1000)
  const bigFile = writeSafetensors([
    ['unused', { dtype: 'F32', shape: [600_000], bytes: new Uint8Array(big.buffer) }],
    ['a', { dtype: 'F32', shape: [2, 3], bytes: f32([1, 2, 3, 4, 5, 6]) }],
    ['big', { dtype: 'F32', shape: [600_000], bytes: new Uint8Array(big.buffer) }],
    ['b', { dtype: 'F32', shape: [], bytes: f32([7]) }],
  ])
  writeFileSync(join(folder, 'model.safetensors'), bigFile)
  writeFileSync(join(folder, 'config.json'), '{"size":3,"text":{"depth":2}}')
  writeFileSync(join(folder, 'cut.safetensors'), bigFile.slice(0, -2))
  const bigManifest = weightsManifest([...manifest.weights, { path: 'big', shape: [600_000] }], {
    weights: [
      { path: 'a', from: tensor('a', [2, 3]), optional: false },
      { path: 'b', from: tensor('b', []), optional: false },
      { path: 'big', from: tensor('big', [600_000]), optional: false },
    ],
    ignore: ['un*'],
    expect: [{ keys: ['text.depth'], value: 2 }],
  })
  const served = async (options: ServerOptions, use: (origin: string) => Promise<void>) => {
    await using server = await serve(folder, options)
    await use(server.origin)
    return server.requests
  }

  it('are read by ranges, without what is ignored', async () => {
    const requests = await served({}, async (origin) => {
      const { values: found, progress } = await load(bigManifest, `${origin}/model.safetensors`)
      expect(found.get('a')).toEqual(values.get('a'))
      expect(found.get('b')).toEqual([7])
      expect(found.get('big')).toEqual([...big])
      expect(progress.at(-1)).toEqual([28 + 2_400_000, 28 + 2_400_000])
    })
    expect(requests.every(({ status }) => status === 206)).toBe(true)
    expect(requests.length).toBeLessThan(7)
  })

  it('are streamed from a server without ranges', async () => {
    const requests = await served({ ranges: false }, async (origin) => {
      const { values: found } = await load(bigManifest, new URL(`${origin}/model.safetensors`))
      expect(found.get('a')).toEqual(values.get('a'))
      expect(found.get('b')).toEqual([7])
      expect(found.get('big')).toEqual([...big])
    })
    expect(requests.map(({ status }) => status)).toEqual([200])
  })

  it('of folders find config.json, index and file', async () => {
    await served({}, async (origin) => {
      expect((await load(bigManifest, `${origin}/`)).values.get('b')).toEqual([7])
      const other = { ...bigManifest, checkpoint: { ...bigManifest.checkpoint!, expect: [{ keys: ['text.depth'], value: 3 }] } }
      await expect(load(other, `${origin}/`)).rejects.toMatchObject({ code: 'config-mismatch' })
    })
  })

  it('that fail say so', async () => {
    for (const ranges of [true, false]) {
      await served({ ranges }, async (origin) => {
        await expect(load(bigManifest, `${origin}/none.safetensors`)).rejects.toThrow(/none.safetensors: the server answered 404/)
        await expect(load(bigManifest, `${origin}/cut.safetensors`)).rejects.toMatchObject({ code: 'checkpoint-offsets' })
        await expect(load(bigManifest, `${origin}/none/`)).rejects.toThrow(/model.safetensors: the file is missing/)
      })
    }
    await expect(load(manifest, 'http://127.0.0.1:1/model.safetensors')).rejects.toThrow(/cannot be fetched/)
  })

  it('of other origins may hide how long a file is', async () => {
    const original = globalThis.fetch
    globalThis.fetch = async (url, init) => {
      const response = await original(url, init)
      return new Response(response.body, { status: response.status })
    }
    try {
      await served({}, async (origin) => {
        expect((await load(bigManifest, `${origin}/`)).values.get('b')).toEqual([7])
        await expect(load(bigManifest, `${origin}/cut.safetensors`)).rejects.toMatchObject({ code: 'checkpoint-truncated' })
      })
    } finally {
      globalThis.fetch = original
    }
  })

  it('can be aborted', async () => {
    await served({}, async (origin) => {
      await expect(load(bigManifest, `${origin}/model.safetensors`, undefined, AbortSignal.abort())).rejects.toHaveProperty(
        'name',
        'AbortError',
      )
    })
  })
})

describe('tensors that do not fit', () => {
  it('are all listed at once', async () => {
    const wrong = writeSafetensors([
      ['a', { dtype: 'F32', shape: [3, 2], bytes: f32([1, 2, 3, 4, 5, 6]) }],
      ['c', { dtype: 'I64', shape: [1], bytes: new Uint8Array(8) }],
      ['stray', { dtype: 'F16', shape: [1], bytes: new Uint8Array(2) }],
      ['skip.this', { dtype: 'U8', shape: [1], bytes: new Uint8Array(1) }],
    ])
    const wanted = weightsManifest(
      [
        { path: 'a', shape: [2, 3] },
        { path: 'b', shape: [] },
        { path: 'c', shape: [1] },
        { path: 'd', shape: [1] },
      ],
      {
        weights: [
          { path: 'a', from: tensor('a', [2, 3]), optional: false },
          { path: 'b', from: tensor('b', []), optional: false },
          { path: 'c', from: tensor('c', [1]), optional: false },
        ],
        ignore: ['skip.*'],
        expect: [],
      },
    )
    const failure = (await load(wanted, wrong).catch((error: unknown) => error)) as CheckpointMismatchError
    expect(failure).toBeInstanceOf(CheckpointMismatchError)
    expect(failure.problems).toEqual([
      { kind: 'shape', tensor: 'a', found: 'F32 [3, 2]', expected: 'F32, F16 or BF16 [2, 3]' },
      { kind: 'missing', tensor: 'b', found: 'no such tensor', expected: 'F32, F16 or BF16 []' },
      { kind: 'dtype', tensor: 'c', found: 'I64 [1]', expected: 'F32, F16 or BF16 [1]' },
      { kind: 'missing', tensor: 'd', found: 'no rule that makes it', expected: '[1]' },
      { kind: 'extra', tensor: 'stray', found: 'F16 [1]', expected: 'no such tensor' },
    ])
    expect(failure.message).toContain('a: found F32 [3, 2], expected F32, F16 or BF16 [2, 3]')
  })

  it('hold NaN or infinities', async () => {
    for (const bad of [Number.NaN, Number.POSITIVE_INFINITY]) {
      const file = f32File({
        a: [
          [2, 3],
          [1, 2, 3, 4, bad, 6],
        ],
        b: [[], [7]],
      })
      await expect(load(manifest, file)).rejects.toMatchObject({ code: 'weight-not-finite', tensor: 'a', index: 4 })
    }
  })

  it('belong to another config', async () => {
    const wanted = {
      ...manifest,
      checkpoint: {
        weights: [],
        ignore: ['*'],
        expect: [
          { keys: ['size'], value: 4 },
          { keys: ['kind.name'], value: 'x' },
          { keys: ['scaling.base', 'base'], value: 1 },
          { keys: ['depth', 'layers'], value: 2 },
        ],
      },
    }
    const failure = await load(wanted, file, { size: 3, kind: {}, base: 1, depth: 1, layers: 2 }).catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(ConfigMismatchError)
    expect((failure as ConfigMismatchError).message).toContain(
      'size is 3, expected 4; kind.name is absent, expected "x"; depth or layers is 1, expected 2',
    )
  })
})

describe('transforms', () => {
  const apply = (
    op: string,
    attrs: Record<string, unknown>,
    shape: readonly number[],
    ...inputs: TensorSourceEntry[]
  ): TensorSourceEntry => ({
    kind: 'apply',
    op,
    attrs,
    inputs,
    shape,
  })
  const x = tensor('x', [2, 3])
  const y = tensor('y', [2, 1])
  const cases: readonly (readonly [string, TensorSourceEntry, readonly number[]])[] = [
    ['itself', x, [1, 2, 3, 4, 5, 6]],
    ['permute', apply('permute', { order: [1, 0] }, [3, 2], x), [1, 4, 2, 5, 3, 6]],
    ['reshape', apply('reshape', { shape: [6] }, [6], x), [1, 2, 3, 4, 5, 6]],
    ['slice of rows', apply('slice', { axis: 0, start: 1, end: 2 }, [1, 3], x), [4, 5, 6]],
    ['slice of columns', apply('slice', { axis: 1, start: 1, end: 3 }, [2, 2], x), [2, 3, 5, 6]],
    ['concat', apply('concat', { axis: 1 }, [2, 5], x, y, y), [1, 2, 3, 8, 8, 4, 5, 6, 9, 9]],
    ['concat of rows', apply('concat', { axis: 0 }, [4, 3], x, x), [1, 2, 3, 4, 5, 6, 1, 2, 3, 4, 5, 6]],
    ['stack', apply('stack', { axis: 0 }, [2, 2, 1], y, y), [8, 9, 8, 9]],
    ['stack inside', apply('stack', { axis: 1 }, [2, 2, 1], y, y), [8, 8, 9, 9]],
    ['stack at the end', apply('stack', { axis: 2 }, [2, 3, 2], x, x), [1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6]],
    ['arithmetic', apply('neg', {}, [2, 1], apply('add', { value: 1 }, [2, 1], apply('scale', { value: 2 }, [2, 1], y))), [-17, -19]],
    ['exp and log', apply('log', {}, [2, 1], apply('exp', {}, [2, 1], y)), [8, 9]],
    [
      'arithmetic after movement',
      apply('add', { value: 0.5 }, [3, 2], apply('permute', { order: [1, 0] }, [3, 2], x)),
      [1.5, 4.5, 2.5, 5.5, 3.5, 6.5],
    ],
    ['fill', { kind: 'fill', value: 3, shape: [2] }, [3, 3]],
  ]
  it.each(cases)('%s', async (_, from, expected) => {
    const wanted = weightsManifest([{ path: 'w', shape: from.shape }], {
      weights: [{ path: 'w', from, optional: false }],
      ignore: ['*'],
      expect: [],
    })
    const source = f32File({
      y: [
        [2, 1],
        [8, 9],
      ],
      x: [
        [2, 3],
        [1, 2, 3, 4, 5, 6],
      ],
    })
    const found = (await load(wanted, source)).values.get('w')!
    for (const [i, value] of expected.entries()) expect(found[i]).toBeCloseTo(value, 5)
    expect(found).toHaveLength(expected.length)
  })

  it('give several weights of one tensor, and leave out what is optional', async () => {
    const wanted = weightsManifest(
      [
        { path: 'top', shape: [1, 3] },
        { path: 'bottom', shape: [1, 3] },
        { path: 'maybe', shape: [2] },
      ],
      {
        weights: [
          { path: 'top', from: apply('slice', { axis: 0, start: 0, end: 1 }, [1, 3], x), optional: false },
          { path: 'bottom', from: apply('slice', { axis: 0, start: 1, end: 2 }, [1, 3], x), optional: false },
          { path: 'maybe', from: tensor('maybe', [2]), optional: true },
        ],
        ignore: [],
        expect: [],
      },
    )
    const { values: found } = await load(
      wanted,
      f32File({
        x: [
          [2, 3],
          [1, 2, 3, 4, 5, 6],
        ],
      }),
    )
    expect(Object.fromEntries(found)).toEqual({ top: [1, 2, 3], bottom: [4, 5, 6], maybe: [0, 0] })
  })
})
