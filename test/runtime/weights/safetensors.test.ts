import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { GdncError } from '../../../src/runtime/errors.ts'
import { decode } from '../../../src/runtime/weights/dtype.ts'
import { readTensorTable } from '../../../src/runtime/weights/safetensors.ts'
import { bytesReader, sourceOf } from '../../../src/runtime/weights/source.ts'
import { writeSafetensors } from '../../support/safetensors.ts'
import { f32, f32File, load, rawFile, weightsManifest } from './sink.ts'

const entry = (dtype: string, shape: readonly number[], from: number, to: number): unknown => ({ dtype, shape, data_offsets: [from, to] })
const manifest = weightsManifest([{ path: 'a', shape: [2] }])
const good = f32File({ a: [[2], [1, 2]] })

describe('a file that is not what it should be', () => {
  const bad: readonly (readonly [string, Uint8Array, string, RegExp])[] = [
    ['empty', new Uint8Array(0), 'checkpoint-truncated', /0 bytes, expected at least 8/],
    ['shorter than its length', new Uint8Array(7), 'checkpoint-truncated', /7 bytes/],
    ['with a header beyond its end', rawFile('{}', new Uint8Array(0), 3n), 'checkpoint-header-size', /claims 3 bytes, but the file has 10/],
    ['with a header of 100 MB', rawFile('{}', new Uint8Array(0), 100_000_001n), 'checkpoint-header-size', /at most 100000000/],
    ['with a header of 2^63 bytes', rawFile('{}', new Uint8Array(0), 2n ** 63n), 'checkpoint-header-size', /at most/],
    ['whose header is no JSON', rawFile('hello'), 'checkpoint-header', /not JSON/],
    ['whose header is no UTF-8', rawFile('{}', new Uint8Array(0)).fill(0xff, 8), 'checkpoint-header', /not JSON/],
    ['whose header is a list', rawFile('[]'), 'checkpoint-header', /not a JSON object/],
    ['whose header is null', rawFile('null'), 'checkpoint-header', /not a JSON object/],
    ['with an entry that is a number', rawFile('{"a":1}'), 'checkpoint-header', /entry of a/],
    ['with an entry without offsets', rawFile('{"a":{"dtype":"F32","shape":[2]}}'), 'checkpoint-header', /entry of a/],
    ['with three offsets', rawFile('{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8,9]}}'), 'checkpoint-header', /entry of a/],
    ['with a negative offset', rawFile(JSON.stringify({ a: entry('F32', [2], -8, 0) })), 'checkpoint-header', /entry of a/],
    ['with a fractional size', rawFile(JSON.stringify({ a: entry('F32', [1.5], 0, 6) })), 'checkpoint-header', /entry of a/],
    ['with a huge size', rawFile(JSON.stringify({ a: entry('F32', [2 ** 60], 0, 8) })), 'checkpoint-header', /entry of a/],
    [
      'with sizes whose product overflows',
      rawFile(JSON.stringify({ a: entry('F32', [2 ** 40, 2 ** 40], 0, 8) })),
      'checkpoint-length',
      /has 8 bytes/,
    ],
    ['with an unknown type', rawFile(JSON.stringify({ a: entry('F31', [2], 0, 8) })), 'checkpoint-header', /unknown type F31/],
    [
      'with a type that is a name of Object',
      rawFile(JSON.stringify({ a: entry('constructor', [2], 0, 8) })),
      'checkpoint-header',
      /unknown type/,
    ],
    ['with offsets that end before they begin', rawFile(JSON.stringify({ a: entry('F32', [2], 8, 0) })), 'checkpoint-offsets', /\[8, 0\)/],
    [
      'with too few bytes for a shape',
      rawFile(JSON.stringify({ a: entry('F32', [3], 0, 8) }), f32([1, 2])),
      'checkpoint-length',
      /8 bytes, expected 12/,
    ],
    [
      'with a tensor beyond its end',
      rawFile(JSON.stringify({ a: entry('F32', [2], 4, 12) }), f32([1, 2])),
      'checkpoint-offsets',
      /the file has/,
    ],
    [
      'with overlapping tensors',
      rawFile(JSON.stringify({ a: entry('F32', [2], 0, 8), b: entry('F32', [2], 4, 12) }), f32([1, 2, 3])),
      'checkpoint-overlap',
      /a and b overlap/,
    ],
    [
      'with one tensor inside another',
      rawFile(JSON.stringify({ a: entry('F32', [3], 0, 12), b: entry('F32', [1], 4, 8) }), f32([1, 2, 3])),
      'checkpoint-overlap',
      /overlap/,
    ],
    [
      'with a name twice',
      rawFile(
        '{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"\\u0061":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}',
        f32([1, 2]),
      ),
      'checkpoint-duplicate',
      /a twice/,
    ],
    ['cut off', good.slice(0, -1), 'checkpoint-offsets', /truncated/],
  ]
  it.each(bad)('%s', async (_, file, code, message) => {
    const failure = load(manifest, file)
    await expect(failure).rejects.toMatchObject({ code })
    await expect(failure).rejects.toThrow(message)
  })

  it('is not taken for truncated where a key of __metadata__ repeats a name', async () => {
    const file = writeSafetensors([['a', { dtype: 'F32', shape: [2], bytes: f32([1, 2]) }]], { a: '{"a":', dtype: '\\"' })
    expect((await load(manifest, file)).values.get('a')).toEqual([1, 2])
  })

  it('of random damage gives a typed error or the same tensors', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(good.length - 9), fc.nat(255), fc.boolean(), async (at, byte, cut) => {
        const file = cut ? good.slice(0, at) : good.slice()
        if (!cut) file[at] = byte
        try {
          expect((await load(manifest, file)).values.get('a')?.length).toBe(2)
        } catch (error) {
          expect(error).toBeInstanceOf(GdncError)
        }
      }),
      { numRuns: 300 },
    )
  })

  it('says when a reader gives less than it promised', async () => {
    const short = {
      size: good.length,
      read: async (offset: number, length: number) => good.slice(offset, Math.min(offset + length, good.length - 3)),
    }
    await expect(load(manifest, short)).rejects.toMatchObject({ code: 'checkpoint-truncated' })
    const broken = { read: () => Promise.reject(new Error('disk on fire')) }
    await expect(load(manifest, broken)).rejects.toThrow(/cannot be read: disk on fire/)
  })
})

describe('the tensor table', () => {
  it('is in file order, whatever the order of the header', async () => {
    const file = rawFile(
      JSON.stringify({ b: entry('F32', [1], 4, 8), a: entry('F32', [1], 0, 4), empty: entry('F32', [0], 4, 4) }),
      f32([1, 2]),
    )
    const table = await readTensorTable(sourceOf('x', bytesReader(file)))
    expect(table.map(({ name }) => name)).toEqual(['a', 'empty', 'b'])
  })
})

describe('number formats', () => {
  it('f16 is exact in f32, subnormals, infinities and NaN included', () => {
    const all = Uint16Array.from({ length: 65_536 }, (_, bits) => bits)
    const found = decode('F16', new Uint8Array(all.buffer))
    for (let bits = 0; bits < 65_536; bits++) {
      const sign = bits & 0x8000 ? -1 : 1
      const exponent = (bits >> 10) & 31
      const fraction = bits & 1023
      const value =
        exponent === 31
          ? fraction
            ? Number.NaN
            : Number.POSITIVE_INFINITY
          : exponent
            ? (1 + fraction / 1024) * 2 ** (exponent - 15)
            : fraction * 2 ** -24
      expect(Object.is(found[bits], sign * value) || (Number.isNaN(value) && Number.isNaN(found[bits]!)), `bits ${bits}`).toBe(true)
    }
  })

  it('bf16 is the upper half of f32, at odd addresses too', () => {
    const bytes = new Uint8Array([0, ...new Uint8Array(Uint16Array.of(0x3f80, 0xc040, 0x7f80, 0x0001).buffer)]).subarray(1)
    expect([...decode('BF16', bytes)]).toEqual([1, -3, Number.POSITIVE_INFINITY, 2 ** -133])
    const half = new Uint8Array([0, ...new Uint8Array(Uint16Array.of(0x3c00).buffer)]).subarray(1)
    expect([...decode('F16', half)]).toEqual([1])
    const single = new Uint8Array([0, ...f32([1.5])]).subarray(1)
    expect([...decode('F32', single)]).toEqual([1.5])
  })
})
