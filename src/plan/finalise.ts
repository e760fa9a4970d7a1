import type { BufferRef, Command, KernelEntry, PlaceRef } from '../runtime/manifest.ts'
import type { Placement } from './memory.ts'
import { bufferToken, type PendingLaunch, placeToken } from './program.ts'

/** A kernel ready to be printed: its bindings and places are fixed, its text holds no tokens. */
export interface PlannedKernel {
  readonly name: string
  readonly family: string
  readonly template: string
  readonly view: Readonly<Record<string, unknown>>
  readonly doc: readonly string[]
  readonly bindings: readonly { readonly name: string; readonly access: 'read' | 'read_write'; readonly element: string }[]
  readonly places: number
  readonly functions: readonly string[]
  readonly preamble: string
}

/** Kernels by what they say, so that launches of equal layers share one. */
export class KernelTable {
  readonly kernels: PlannedKernel[] = []
  readonly #index = new Map<string, number>()
  readonly #names = new Set<string>()

  /** Resolves tokens, binds arenas, and returns the command. */
  finalise(launch: PendingLaunch, placed: ReadonlyMap<number, Placement>): Command {
    const bindings: { name: string; access: 'read' | 'read_write'; element: string; buffer: BufferRef; id: string }[] = []
    const tokens: [string, string][] = []
    for (const operand of launch.operands) {
      const place = operand.kind === 'slot' ? placed.get(operand.slot) : undefined
      if (operand.kind === 'slot' && !place) throw new Error(`slot ${operand.slot} has no place`)
      const buffer: BufferRef = operand.kind === 'ref' ? operand.buffer : { kind: 'arena', arena: place?.arena ?? 0 }
      const id = `${JSON.stringify(buffer)} ${operand.kind === 'ref' ? operand.element : 'f32'}`
      let binding = bindings.find((b) => b.id === id)
      if (!binding) {
        const arenas = bindings.filter((b) => b.buffer.kind === 'arena').length
        binding = {
          name: operand.kind === 'ref' ? operand.name : `values${arenas}`,
          access: operand.access,
          element: operand.kind === 'ref' ? operand.element : 'f32',
          buffer,
          id,
        }
        bindings.push(binding)
      }
      if (operand.access === 'read_write') binding.access = 'read_write'
      tokens.push([bufferToken(operand.key), binding.name])
    }
    const places: PlaceRef[] = []
    for (const { key, ref } of launch.places) {
      const at = ref.kind === 'slot' ? placed.get(ref.slot) : undefined
      tokens.push([placeToken(key), `place.at[${Math.floor(places.length / 4)}].${'xyzw'[places.length % 4]}`])
      places.push(ref.kind === 'slot' ? { kind: 'arena', arena: at?.arena ?? 0, offset: at?.offset ?? 0 } : ref)
    }
    const resolve = (text: string) => tokens.reduce((all, [token, replacement]) => all.replaceAll(token, replacement), text)
    const spec = launch.specification
    const kernel = this.#add({
      family: spec.family,
      name: spec.name,
      template: spec.template,
      view: deepMap(spec.view, resolve) as Readonly<Record<string, unknown>>,
      doc: spec.doc,
      bindings: bindings.map(({ name, access, element }) => ({ name, access, element })),
      places: places.length,
      functions: launch.functions.map(resolve),
      preamble: resolve(launch.preamble),
    })
    return { kernel, buffers: bindings.map((binding) => binding.buffer), places, grid: spec.grid, label: launch.command.label }
  }

  #add(kernel: PlannedKernel): number {
    const normal = renumber(kernel)
    const { doc: _doc, name: _name, ...identity } = normal
    const key = withoutPaths(JSON.stringify(identity))
    const known = this.#index.get(key)
    if (known !== undefined) return known
    let name = `${kernel.family}_${kernel.name}`.replace(/\W+/g, '_')
    for (let i = 2; this.#names.has(name); i++) name = `${`${kernel.family}_${kernel.name}`.replace(/\W+/g, '_')}_${i}`
    this.#names.add(name)
    this.#index.set(key, this.kernels.length)
    this.kernels.push({ ...normal, name })
    return this.kernels.length - 1
  }
}

export const entryOf = (kernel: PlannedKernel): KernelEntry => ({
  name: kernel.name,
  family: kernel.family,
  access: kernel.bindings.map((b) => b.access),
  places: kernel.places,
})

/** Graph node ids in generated names depend on where a layer stands; numbering them by first appearance lets equal layers share a kernel. */
function renumber(kernel: PlannedKernel): PlannedKernel {
  const numbers = new Map<string, number>()
  const again = (text: string) =>
    text.replace(/\b(value|tap|stats?|epilogue|turn|partial)_(\d+)(?=\b|_)/g, (_all, prefix: string, id: string) => {
      if (!numbers.has(id)) numbers.set(id, numbers.size)
      return `${prefix}_${numbers.get(id)}`
    })
  return {
    ...kernel,
    functions: kernel.functions.map(again),
    preamble: again(kernel.preamble),
    view: deepMap(kernel.view, again) as Readonly<Record<string, unknown>>,
  }
}

/** Comments name the first layer that needs a kernel; they are no part of what it computes. */
const withoutPaths = (text: string): string => text.replace(/\/\/ .*?\\n/g, '')

function deepMap(value: unknown, map: (text: string) => string): unknown {
  if (typeof value === 'string') return map(value)
  if (Array.isArray(value)) return value.map((item) => deepMap(item, map))
  if (value !== null && typeof value === 'object')
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, deepMap(item, map)]))
  return value
}
