import { type CreateOptions, createModel, Model } from '../../../src/runtime/index.ts'
import type { Manifest } from '../../../src/runtime/manifest.ts'
import { requestTestDevice } from '../../support/gpu.ts'
import { kernels } from './kernels.ts'
import { type ToySizes, toyManifest, toySizes } from './manifest.ts'

/** As a generated package declares its class. */
export class Toy extends Model<'tokens', 'logits'> {
  static create(options: CreateOptions, manifest: Manifest = toyManifest(), sizes: ToySizes = toySizes): Promise<Toy> {
    return createModel(Toy, manifest, kernels(sizes), options)
  }
}

/** A device for one test file. Files of this folder run in processes of their own. */
export function toyDevice(): Promise<GPUDevice> {
  return requestTestDevice({ label: 'toy' })
}

/** `count` ids below `below`, the same for the same seed. */
export function someTokens(count: number, seed = 1, below = toySizes.vocab): number[] {
  let state = seed * 2654435761
  return Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return (state >>> 8) % below
  })
}
