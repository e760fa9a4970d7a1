import type { OpenDevice } from './device.ts'
import { DisposedError } from './errors.ts'
import type { Kernel } from './kernels.ts'
import type { Manifest } from './manifest.ts'
import { guarded, type Memory } from './memory.ts'
import type { StaticKernel } from './static-kernel.ts'
import { Workspace } from './workspace.ts'

export type EngineParts = Pick<
  Engine,
  'manifest' | 'open' | 'memory' | 'kernels' | 'keep' | 'sample' | 'weights' | 'batch' | 'chunk' | 'maxTokens' | 'validate'
>

/** What a created model consists of; its sessions share it. */
export class Engine {
  readonly manifest: Manifest
  readonly open: OpenDevice
  readonly memory: Memory
  readonly kernels: readonly Kernel[]
  readonly keep: StaticKernel
  readonly sample: StaticKernel | null
  readonly weights: readonly GPUBuffer[]
  /** Sequences of a session, tokens of a pass and of a context, unless a session says otherwise. */
  readonly batch: number
  readonly chunk: number
  readonly maxTokens: number
  /** Whether the device's verdict on every submission is awaited. */
  readonly validate: boolean
  readonly #workspaces = new Map<string, { readonly workspace: Workspace; readonly checked: Promise<void> }>()
  readonly #onDispose = new Set<() => void>()
  #disposed = false

  constructor(parts: EngineParts) {
    this.manifest = parts.manifest
    this.open = parts.open
    this.memory = parts.memory
    this.kernels = parts.kernels
    this.keep = parts.keep
    this.sample = parts.sample
    this.weights = parts.weights
    this.batch = parts.batch
    this.chunk = parts.chunk
    this.maxTokens = parts.maxTokens
    this.validate = parts.validate
  }

  get device(): GPUDevice {
    return this.open.device
  }

  /** @throws DisposedError, DeviceLostError */
  assertUsable(): void {
    if (this.#disposed) throw new DisposedError('model')
    this.open.assertPresent()
  }

  /** The arenas for `batch` sequences, made at first use. @throws MemoryError */
  workspace(batch: number, chunk: number, use: 'session' | 'forward'): { readonly workspace: Workspace; readonly checked: Promise<void> } {
    const key = `${batch},${chunk},${use}`
    const known = this.#workspaces.get(key)
    if (known !== undefined) return known
    const { value: workspace, checked } = guarded(this.device, `arenas for ${batch} sequences`, () =>
      this.memory.attempt(() => new Workspace(this.memory, this.device.limits, this.manifest, batch, chunk, use)),
    )
    const made = { workspace, checked }
    this.#workspaces.set(key, made)
    checked.catch(() => {
      this.#workspaces.delete(key)
      workspace.dispose()
    })
    return made
  }

  /** Allocates with `make`, all or nothing. The device's verdict comes later, by `checked`. */
  allocate<T>(what: string, make: () => T): { readonly value: T; readonly checked: Promise<void> } {
    return guarded(this.device, what, () => this.memory.attempt(make))
  }

  /** Calls `end` when the model is disposed, unless the returned function was called before. */
  onDispose(end: () => void): () => void {
    this.#onDispose.add(end)
    return () => this.#onDispose.delete(end)
  }

  dispose(): void {
    if (this.#disposed) return
    this.#disposed = true
    for (const end of [...this.#onDispose]) end()
    this.memory.destroyAll()
    this.open.close()
  }
}
