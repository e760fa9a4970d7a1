import { describe, expect, it } from 'vitest'
import type { WeightEntry } from '../../../src/runtime/manifest.ts'
import { fromHalves } from '../../../src/runtime/weights/halves.ts'
import { Uploader } from '../../../src/runtime/weights/upload.ts'

/** A queue that keeps what is written, and two buffers of 16 words. */
function queue() {
  const buffers = [new ArrayBuffer(64), new ArrayBuffer(64)]
  const device = {
    queue: {
      writeBuffer(buffer: unknown, offset: number, data: Float32Array | Uint16Array, from: number, count: number) {
        expect([offset % 4, (count * data.BYTES_PER_ELEMENT) % 4]).toEqual([0, 0])
        const bytes = new Uint8Array(data.buffer, data.byteOffset + from * data.BYTES_PER_ELEMENT, count * data.BYTES_PER_ELEMENT)
        new Uint8Array(buffer as ArrayBuffer).set(bytes, offset)
      },
    },
  } as unknown as GPUDevice
  return { buffers, uploader: new Uploader(device, buffers as unknown as GPUBuffer[]) }
}

/** Five rows of four, three of them in one buffer and two in the other. */
const matrix: WeightEntry = {
  path: 'm',
  shape: [5, 4],
  init: 0,
  parts: [
    { buffer: 1, offset: 4, first: 0, rows: 3 },
    { buffer: 0, offset: 0, first: 3, rows: 2 },
  ],
}
const numbers = Float32Array.from({ length: 20 }, (_, i) => i + 1 / 3)
const nearest = [...numbers].map(Math.f16round)

describe('weights on their way to the GPU', () => {
  it('lie in slabs of rows', async () => {
    const { buffers, uploader } = queue()
    await uploader.write({ ...matrix, parts: [{ buffer: 1, offset: 1, first: 0, rows: 3 }, matrix.parts[1]!] }, 0, numbers)
    expect([...new Float32Array(buffers[1]!, 4, 12)]).toEqual([...numbers.slice(0, 12)])
    expect([...new Float32Array(buffers[0]!, 0, 8)]).toEqual([...numbers.slice(12)])
  })

  it('lie there two to a word, whatever the pieces they come in', async () => {
    for (const cuts of [
      [0, 20],
      [0, 2, 10, 14, 20],
    ]) {
      const { buffers, uploader } = queue()
      for (const [i, from] of cuts.slice(0, -1).entries())
        await uploader.write({ ...matrix, format: 'f16', packed: true }, from, numbers.slice(from, cuts[i + 1]))
      expect([...fromHalves('f16', new Uint16Array(buffers[1]!, 16, 12))]).toEqual(nearest.slice(0, 12))
      expect([...fromHalves('f16', new Uint16Array(buffers[0]!, 0, 8))]).toEqual(nearest.slice(12))
    }
  })

  it('are rounded where each has a word', async () => {
    const { buffers, uploader } = queue()
    await uploader.write(
      { path: 'v', shape: [3], init: 0, format: 'f16', parts: [{ buffer: 0, offset: 5, first: 0, rows: 3 }] },
      0,
      numbers.slice(0, 3),
    )
    expect([...new Float32Array(buffers[0]!, 20, 3)]).toEqual(nearest.slice(0, 3))
  })

  it('are named where they are too large for their format', async () => {
    const { uploader } = queue()
    const write = (value: number) => uploader.write({ ...matrix, format: 'f16', packed: true }, 8, Float32Array.of(1, value))
    await expect(write(1e5)).rejects.toMatchObject({ code: 'weight-overflow', tensor: 'm', index: 9 })
    await expect(write(1e5)).rejects.toThrow('m holds 100000 at element 9, and f16 ends at 65504')
    await expect(write(1e5)).rejects.toThrow('precision { "m" = f32 }')
    await expect(write(Number.POSITIVE_INFINITY)).rejects.toMatchObject({ code: 'weight-not-finite' })
  })
})
