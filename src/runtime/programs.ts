import type { Engine } from './engine.ts'
import type { Kernel } from './kernels.ts'
import type { BufferRef, Command, GridTerm, PlaceRef, Programs } from './manifest.ts'
import type { Run } from './run.ts'
import type { States } from './states.ts'
import { at } from './tensor.ts'
import { Usage } from './webgpu.ts'
import type { Workspace } from './workspace.ts'

export type ProgramName = keyof Programs

/** What the commands of one session are bound to. */
export interface Bindings {
  readonly workspace: Workspace
  readonly states: States
  readonly inputs: ReadonlyMap<string, GPUBuffer>
  /** `Run` of passes over rows, and of passes with one row per sequence. */
  readonly passRun: GPUBuffer
  readonly rowRun: GPUBuffer
}

export interface ProgramPart {
  readonly first: number
  readonly count: number
}

interface BoundCommand {
  readonly command: Command
  readonly kernel: Kernel
  readonly placeOffset: number
  readonly placeBytes: number
  group: GPUBindGroup
}

const usesRowRun: Readonly<Record<ProgramName, boolean>> = { prefill: false, take: false, tail: true, step: true, forwardTail: false }

/** A session's programs, with every bind group made and the commands' own numbers in one uniform buffer. */
export class BoundPrograms {
  readonly #engine: Engine
  readonly #bindings: Bindings
  readonly #places: GPUBuffer
  readonly #placeBytes: number
  readonly #commands: ReadonlyMap<ProgramName, readonly BoundCommand[]>

  constructor(engine: Engine, bindings: Bindings, names: readonly ProgramName[]) {
    this.#engine = engine
    this.#bindings = bindings
    const alignment = engine.device.limits.minUniformBufferOffsetAlignment
    let offset = 0
    const placed = new Map<Command, { readonly offset: number; readonly bytes: number }>()
    for (const name of names) {
      for (const command of engine.manifest.programs[name]) {
        const bytes = Math.max(16, Math.ceil(command.places.length / 4) * 16)
        placed.set(command, { offset, bytes })
        offset += Math.ceil(bytes / alignment) * alignment
      }
    }
    this.#placeBytes = Math.max(16, offset)
    this.#places = engine.memory.create('places', this.#placeBytes, Usage.UNIFORM | Usage.COPY_DST)
    const commands = new Map<ProgramName, readonly BoundCommand[]>()
    for (const name of names) {
      const bound = engine.manifest.programs[name].map((command): BoundCommand => {
        const kernel = at(engine.kernels, command.kernel)
        const { offset: placeOffset, bytes: placeBytes } = placed.get(command) ?? { offset: 0, bytes: 16 }
        return { command, kernel, placeOffset, placeBytes, group: this.#bind(name, command, kernel, placeOffset, placeBytes) }
      })
      commands.set(name, bound)
    }
    this.#commands = commands
    this.writePlaces()
  }

  /** Encodes a program, or commands `[first, first + count)` of it, for a pass of that run. Commands without work are left out. */
  encode(pass: GPUComputePassEncoder, name: ProgramName, run: Pick<Run, 'batch' | 'tokens'>, part?: ProgramPart): void {
    let current: GPUComputePipeline | undefined
    const most = this.#engine.device.limits.maxComputeWorkgroupsPerDimension
    const all = this.#commands.get(name) ?? []
    for (const { command, kernel, group } of part === undefined ? all : all.slice(part.first, part.first + part.count)) {
      const [x, y, z] = command.grid
      const { states } = this.#bindings
      const counts = [workgroups(x, run, states), workgroups(y, run, states), workgroups(z, run, states)] as const
      const largest = Math.max(...counts)
      if (largest > most)
        throw new RangeError(`${kernel.entry.name} (${command.label}): ${largest} workgroups in one dimension, at most ${most}`)
      if (Math.min(...counts) === 0) continue
      if (kernel.pipeline !== current) pass.setPipeline(kernel.pipeline)
      current = kernel.pipeline
      pass.setBindGroup(0, group)
      pass.dispatchWorkgroups(...counts)
    }
  }

  /** Binds again what reads or writes one of these states: their buffers have changed. */
  rebind(states: { has(state: number): boolean }): void {
    for (const [name, commands] of this.#commands) {
      for (const bound of commands) {
        const touched = bound.command.buffers.some((ref) => ref.kind === 'state' && states.has(ref.state))
        if (touched) bound.group = this.#bind(name, bound.command, bound.kernel, bound.placeOffset, bound.placeBytes)
      }
    }
    this.writePlaces()
  }

  writePlaces(): void {
    const words = new Uint32Array(this.#placeBytes / 4)
    for (const commands of this.#commands.values()) {
      for (const { command, placeOffset } of commands)
        words.set(
          command.places.map((place) => this.#place(place)),
          placeOffset / 4,
        )
    }
    this.#engine.device.queue.writeBuffer(this.#places, 0, words)
  }

  dispose(): void {
    this.#engine.memory.destroy(this.#places)
  }

  #place(place: PlaceRef): number {
    switch (place.kind) {
      case 'number':
        return place.value
      case 'arena':
        return place.offset * this.#bindings.workspace.rows(place.arena)
      case 'capacity':
        return this.#bindings.states.capacity(place.state)
    }
  }

  #bind(name: ProgramName, command: Command, kernel: Kernel, offset: number, size: number): GPUBindGroup {
    const { passRun, rowRun } = this.#bindings
    return this.#engine.device.createBindGroup({
      label: `${kernel.entry.name} ${command.label}`,
      layout: kernel.layout,
      entries: [
        { binding: 0, resource: { buffer: usesRowRun[name] ? rowRun : passRun } },
        { binding: 1, resource: { buffer: this.#places, offset, size } },
        ...command.buffers.map((ref, i) => ({ binding: i + 2, resource: this.#resolve(ref) })),
      ],
    })
  }

  #resolve(ref: BufferRef): GPUBufferBinding {
    switch (ref.kind) {
      case 'arena':
        return { buffer: this.#bindings.workspace.arena(ref.arena) }
      case 'weights':
        return { buffer: at(this.#engine.weights, ref.buffer), offset: ref.offset * 4, size: ref.words * 4 }
      case 'state':
        return { buffer: this.#bindings.states.buffer(ref.state) }
      case 'input': {
        const buffer = this.#bindings.inputs.get(ref.name)
        if (buffer === undefined) throw new RangeError(`no input ${ref.name}`)
        return { buffer }
      }
    }
  }
}

/** A grid term's workgroups in a pass of that run. */
function workgroups(term: GridTerm, run: Pick<Run, 'batch' | 'tokens'>, states: States): number {
  if (typeof term === 'number') return term
  if (term.of === 'capacity') return Math.min(term.most, Math.ceil(states.capacity(term.state) / term.tile)) + (term.plus ?? 0)
  const count = term.of === 'rows' ? run.batch * run.tokens : run[term.of]
  return Math.ceil((count * term.times) / term.tile) + (term.plus ?? 0)
}
