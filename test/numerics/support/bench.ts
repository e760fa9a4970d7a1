import { readTemplates } from '../../../src/emit/host-files.ts'
import { createRenderer } from '../../../src/emit/template.ts'
import type { Graph, Node, NodeId } from '../../../src/graph/graph.ts'
import type { FamilyContext } from '../../../src/plan/body/context.ts'
import type { KernelSpec, Launch, Scope, Scratch } from '../../../src/plan/kernel.ts'
import { portable } from '../../../src/plan/profile.ts'
import type { GridTerm } from '../../../src/runtime/manifest.ts'
import { MAX_BATCH } from '../../../src/runtime/manifest.ts'
import { product } from '../../../src/util/numbers.ts'
import { sharedTestDevice } from '../../support/gpu.ts'

const render = createRenderer(readTemplates('wgsl'))

/** Rows that one pass may have: 3 sequences of 129 tokens. Fixed, so that kernels do not change with the length. */
const ROWS = 387
const BATCH = 3

export interface BenchState {
  /** Per sequence; of a cache: per slot. */
  readonly words: number
  readonly slots: number
}

export interface Span {
  readonly start: number
  readonly length: number
}

interface Kernel {
  readonly launch: Launch
  readonly pipeline: GPUComputePipeline
}

/** Runs kernels that a family plans for a node of a graph; every value is a plain buffer that starts as NaN. */
export class Bench {
  readonly #graph: Graph
  readonly #device: GPUDevice
  readonly #states: ReadonlyMap<string, BenchState>
  readonly #buffers = new Map<string, GPUBuffer>()
  readonly #offsets: readonly number[]
  readonly #programs = new Map<string, readonly Kernel[]>()
  #scratchWords = 0

  private constructor(device: GPUDevice, graph: Graph, states: ReadonlyMap<string, BenchState>) {
    this.#graph = graph
    this.#device = device
    this.#states = states
    let at = 0
    this.#offsets = graph.nodes.map(({ type }) => {
      const before = at
      at += product(type.shape) * (type.time || type.batch ? ROWS : 1)
      return before
    })
    this.#create('arena', at)
    for (const [name, state] of states) this.#create(stateVariable(name), BATCH * state.words * state.slots)
  }

  static async open(graph: Graph, states: ReadonlyMap<string, BenchState>): Promise<Bench> {
    return new Bench(await sharedTestDevice(), graph, states)
  }

  /** Compiles what `plan` gives under a name for `pass`; once per name. */
  async program(name: string, plan: (context: FamilyContext) => readonly Launch[]): Promise<void> {
    if (this.#programs.has(name)) return
    const scope = () => new TestScope(this.#graph, this.#offsets, this.#states, (words) => this.#scratch(words))
    const kernels: Kernel[] = []
    for (const launch of plan({ graph: this.#graph, profile: portable, scope })) {
      const text = `${(launch as TestLaunch).header}\n${render(launch.spec.template, launch.spec.view)}`
      kernels.push({ launch, pipeline: await pipelineOf(this.#device, text) })
    }
    this.#programs.set(name, kernels)
    this.#create('scratch', Math.max(1, this.#scratchWords))
  }

  #scratch(words: number): Scratch {
    const id = this.#scratchWords
    this.#scratchWords += words * ROWS
    return { id, words }
  }

  #create(name: string, words: number): void {
    this.#buffers.get(name)?.destroy()
    const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST | GPUBufferUsage.COPY_SRC
    this.#buffers.set(name, this.#device.createBuffer({ size: words * 4, usage }))
  }

  #buffer(name: string): GPUBuffer {
    const buffer = this.#buffers.get(name)
    if (!buffer) throw new Error(`no buffer ${name}`)
    return buffer
  }

  #poison(name: string): void {
    const buffer = this.#buffer(name)
    this.#device.queue.writeBuffer(buffer, 0, new Float32Array(buffer.size / 4).fill(Number.NaN))
  }

  /** Everything but the states, before a pass. */
  poison(): void {
    this.#poison('arena')
    this.#poison('scratch')
  }

  /** Sets a state of the first sequences; the rest of it, or all, is NaN. */
  setState(name: string, data?: ArrayLike<number>): void {
    this.#poison(stateVariable(name))
    if (data) this.#device.queue.writeBuffer(this.#buffer(stateVariable(name)), 0, Float32Array.from(data))
  }

  /** Rows of a value from `row` on. */
  write(node: NodeId, data: ArrayLike<number>, row = 0): void {
    const words = product((this.#graph.nodes[node] as Node).type.shape)
    this.#device.queue.writeBuffer(this.#buffer('arena'), ((this.#offsets[node] as number) + row * words) * 4, Float32Array.from(data))
  }

  /** One pass of `tokens` rows per sequence through a program. */
  pass(program: string, tokens: number, sequences: readonly Span[]): void {
    const device = this.#device
    const batch = sequences.length
    const run = device.createBuffer({ size: 16 * (1 + MAX_BATCH), usage: GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST })
    device.queue.writeBuffer(
      run,
      0,
      Uint32Array.of(batch, tokens, batch * tokens, 0, ...sequences.flatMap(({ start, length }) => [start, length, 0, 0])),
    )
    const extent = (term: GridTerm): number => {
      if (typeof term === 'number') return term
      if (term.of === 'capacity') throw new Error('found a grid of slots, expected the number that it stands for in these tests')
      return Math.ceil(({ rows: batch * tokens, batch, tokens }[term.of] * term.times) / term.tile)
    }
    const encoder = device.createCommandEncoder()
    const pass = encoder.beginComputePass()
    for (const { launch, pipeline } of this.#programs.get(program) ?? []) {
      const entries = [
        { binding: 0, resource: { buffer: run } },
        ...launch.buffers.map(({ name }, i) => ({ binding: i + 2, resource: { buffer: this.#buffer(name) } })),
      ]
      pass.setPipeline(pipeline)
      pass.setBindGroup(0, device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries }))
      const [x, y, z] = launch.spec.grid.map(extent) as [number, number, number]
      pass.dispatchWorkgroups(x, y, z)
    }
    pass.end()
    device.queue.submit([encoder.finish()])
  }

  async #read(name: string, first: number, count: number): Promise<Float32Array> {
    const read = this.#device.createBuffer({ size: Math.max(4, count * 4), usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST })
    const encoder = this.#device.createCommandEncoder()
    encoder.copyBufferToBuffer(this.#buffer(name), first * 4, read, 0, count * 4)
    this.#device.queue.submit([encoder.finish()])
    await read.mapAsync(GPUMapMode.READ)
    const data = new Float32Array(read.getMappedRange().slice(0, count * 4))
    read.destroy()
    return data
  }

  readRows(node: NodeId, rows: number): Promise<Float32Array> {
    return this.#read('arena', this.#offsets[node] as number, rows * product((this.#graph.nodes[node] as Node).type.shape))
  }

  readState(name: string, words: number): Promise<Float32Array> {
    return this.#read(stateVariable(name), 0, words)
  }
}

const stateVariable = (name: string): string => `state_${name.replace(/\W/g, '_')}`

const pipelines = new WeakMap<GPUDevice, Map<string, Promise<GPUComputePipeline>>>()

function pipelineOf(device: GPUDevice, code: string): Promise<GPUComputePipeline> {
  const known = pipelines.get(device) ?? new Map<string, Promise<GPUComputePipeline>>()
  pipelines.set(device, known)
  let pipeline = known.get(code)
  if (!pipeline) {
    pipeline = device
      .createComputePipelineAsync({ layout: 'auto', compute: { module: device.createShaderModule({ code }) } })
      .catch((error: unknown) => {
        throw new Error(
          `${String(error)}\n${code
            .split('\n')
            .map((line, i) => `${i + 1}: ${line}`)
            .join('\n')}`,
        )
      })
    known.set(code, pipeline)
  }
  return pipeline
}

interface TestLaunch extends Launch {
  readonly header: string
}

class TestScope implements Scope {
  readonly #graph: Graph
  readonly #offsets: readonly number[]
  readonly #states: ReadonlyMap<string, BenchState>
  readonly #newScratch: (words: number) => Scratch
  readonly #buffers: string[] = []

  constructor(graph: Graph, offsets: readonly number[], states: ReadonlyMap<string, BenchState>, newScratch: (words: number) => Scratch) {
    this.#graph = graph
    this.#offsets = offsets
    this.#states = states
    this.#newScratch = newScratch
  }

  #bind(name: string): string {
    if (!this.#buffers.includes(name)) this.#buffers.push(name)
    return name
  }

  load(node: NodeId, row: string, index: readonly string[]): string {
    const { shape, dtype } = (this.#graph.nodes[node] as Node).type
    if (index.length !== shape.length) throw new Error(`node ${node} of shape [${shape.join(', ')}] at [${index.join(', ')}]`)
    const flat = index.reduce((text, at, axis) => `(${text}) * ${shape[axis]}u + ${at}`, '0u')
    const word = this.#word(node, row, flat)
    if (dtype === 'bool') return `(${word} != 0.0)`
    return dtype === 'u32' ? `bitcast<u32>(${word})` : word
  }

  address(): undefined {
    return undefined
  }

  store(node: NodeId, row: string, flat: string, value: string): string {
    return `${this.#word(node, row, flat)} = ${value};`
  }

  #word(node: NodeId, row: string, flat: string): string {
    const { shape, batch, time } = (this.#graph.nodes[node] as Node).type
    const base = `${this.#offsets[node]}u`
    return `${this.#bind('arena')}[${batch || time ? `${base} + (${row}) * ${product(shape)}u` : base} + ${flat}]`
  }

  scratch(size: number): Scratch {
    return this.#newScratch(size)
  }

  loadScratch(scratch: Scratch, row: string, flat: string): string {
    return `${this.#bind('scratch')}[${scratch.id}u + (${row}) * ${scratch.words}u + ${flat}]`
  }

  storeScratch(scratch: Scratch, row: string, flat: string, value: string): string {
    return `${this.loadScratch(scratch, row, flat)} = ${value};`
  }

  state(_: NodeId, name: string): string {
    return this.#bind(stateVariable(name))
  }

  capacity(_: NodeId, name: string): string {
    return `${this.#states.get(name)?.slots}u`
  }

  slots(
    _: NodeId,
    name: string,
    { tile, most, plus = 0 }: { readonly tile: number; readonly most: number; readonly plus?: number },
  ): number {
    return Math.min(most, Math.ceil((this.#states.get(name)?.slots ?? 0) / tile)) + plus
  }

  place(): string {
    throw new Error('no places in these tests')
  }

  launch(spec: KernelSpec): Launch {
    const header = [
      ...spec.doc.map((line) => `// ${line}`),
      `struct Run { batch: u32, tokens: u32, rows: u32, reserved: u32, sequences: array<vec4<u32>, ${MAX_BATCH}> }`,
      '@group(0) @binding(0) var<uniform> run: Run;',
      ...this.#buffers.map((name, i) => `@group(0) @binding(${i + 2}) var<storage, read_write> ${name}: array<f32>;`),
    ].join('\n')
    const launch: TestLaunch = {
      header,
      spec,
      buffers: this.#buffers.map((name) => ({ name, access: 'read_write', element: 'f32' })),
      command: { buffers: [], places: [], grid: spec.grid, label: '' },
      reads: [],
      writes: [],
    }
    return launch
  }
}
