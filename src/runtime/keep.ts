import type { Engine } from './engine.ts'
import { compileStatic, type StaticKernel } from './static-kernel.ts'
import { Usage } from './webgpu.ts'

const THREADS = 256

const code = `// Keeps a value's row of every sequence that had a token in this pass: the others keep what they had.
// grid: (ceil(words / ${THREADS}), batch)

struct Value {
  base: u32, // word of its first row in its arena
  stride: u32, // words from row to row
  words: u32, // of a row
}

@group(0) @binding(0) var<uniform> value: Value;
@group(0) @binding(1) var<storage, read> run: array<vec4<u32>>; // Run of the pass
@group(0) @binding(2) var<storage, read> arena: array<u32>;
@group(0) @binding(3) var<storage, read_write> kept: array<u32>;

@compute @workgroup_size(${THREADS})
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let word = id.x;
  let sequence = id.y;
  if (word >= value.words || run[1u + sequence].y == 0u) {
    return;
  }
  kept[sequence * value.words + word] = arena[value.base + sequence * value.stride + word];
}
`

export function compileKeep(device: GPUDevice): Promise<StaticKernel> {
  return compileStatic(device, 'keep', code, ['uniform', 'read-only-storage', 'read-only-storage', 'storage'])
}

/** Keeps one output of the last tokens beyond the pass that made it. */
export class Keep {
  readonly #engine: Engine
  readonly #value: GPUBuffer
  readonly #group: GPUBindGroup
  readonly #groups: readonly [number, number]

  constructor(
    engine: Engine,
    batch: number,
    from: { readonly arena: GPUBuffer; readonly base: number; readonly stride: number; readonly words: number },
    run: GPUBuffer,
    to: GPUBuffer,
  ) {
    this.#engine = engine
    this.#value = engine.memory.create('keep', 16, Usage.UNIFORM | Usage.COPY_DST)
    engine.device.queue.writeBuffer(this.#value, 0, new Uint32Array([from.base, from.stride, from.words]))
    this.#group = engine.device.createBindGroup({
      label: 'keep',
      layout: engine.keep.layout,
      entries: [this.#value, run, from.arena, to].map((buffer, binding) => ({ binding, resource: { buffer } })),
    })
    this.#groups = [Math.ceil(from.words / THREADS), batch]
  }

  encode(pass: GPUComputePassEncoder): void {
    pass.setPipeline(this.#engine.keep.pipeline)
    pass.setBindGroup(0, this.#group)
    pass.dispatchWorkgroups(...this.#groups)
  }

  dispose(): void {
    this.#engine.memory.destroy(this.#value)
  }
}
