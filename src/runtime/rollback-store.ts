import type { Engine } from './engine.ts'
import type { Executor } from './executor.ts'
import { product } from './tensor.ts'
import { Usage } from './webgpu.ts'

/** The GPU copies behind anchors: two of every fold state and of the last outputs, per sequence. */
export class RollbackStore {
  readonly #engine: Engine
  readonly #batch: number
  readonly #copies: readonly { readonly live: GPUBuffer; readonly copy: GPUBuffer; readonly bytes: number }[]

  /** Call it inside `Engine.allocate`. */
  constructor(engine: Engine, executor: Executor) {
    this.#engine = engine
    this.#batch = executor.batch
    const { states, outputs } = engine.manifest
    const folds = states.flatMap((entry, i) => (entry.kind === 'fold' ? [{ live: executor.states.buffer(i), words: entry.words }] : []))
    const kept = outputs.flatMap(({ name, shape }) => {
      const live = executor.last.get(name)
      return live === undefined ? [] : [{ live, words: product(shape) }]
    })
    this.#copies = [...folds, ...kept].map(({ live, words }) => ({
      live,
      copy: engine.memory.create(`anchors of ${live.label}`, 2 * this.#batch * words * 4, Usage.COPY_SRC | Usage.COPY_DST),
      bytes: words * 4,
    }))
  }

  save(encoder: GPUCommandEncoder, sequence: number, slot: 0 | 1): void {
    for (const { live, copy, bytes } of this.#copies) {
      encoder.copyBufferToBuffer(live, sequence * bytes, copy, (slot * this.#batch + sequence) * bytes, bytes)
    }
  }

  load(encoder: GPUCommandEncoder, sequence: number, slot: 0 | 1): void {
    for (const { live, copy, bytes } of this.#copies) {
      encoder.copyBufferToBuffer(copy, (slot * this.#batch + sequence) * bytes, live, sequence * bytes, bytes)
    }
  }

  dispose(): void {
    for (const { copy } of this.#copies) this.#engine.memory.destroy(copy)
  }
}
