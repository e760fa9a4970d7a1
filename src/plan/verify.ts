import type { BufferRef, Command, GridTerm } from '../runtime/manifest.ts'
import { wordsOfRows } from '../runtime/weights/halves.ts'
import type { Plan } from './plan.ts'

/** What is legal in a plan; every breach in words. An empty list is a legal plan. */
export function verifyPlan({ manifest, kernels, profile }: Plan): string[] {
  const problems: string[] = []
  const names = new Set<string>()
  for (const kernel of kernels) {
    if (names.has(kernel.name)) problems.push(`two kernels are called ${kernel.name}`)
    names.add(kernel.name)
    if (kernel.bindings.length > profile.storageBuffers)
      problems.push(`${kernel.name} binds ${kernel.bindings.length} buffers of ${profile.storageBuffers}`)
    if (/[⟦⟧]/.test(JSON.stringify(kernel))) problems.push(`${kernel.name} holds an operand that was never placed`)
  }
  for (const [index, words] of manifest.weightBuffers.entries()) {
    if (words > profile.bufferWords) problems.push(`weight buffer ${index} has ${words} words of ${profile.bufferWords}`)
  }
  for (const weight of manifest.weights) {
    const row = wordsOfRows(weight, 1)
    if (!Number.isInteger(row)) problems.push(`a row of ${weight.path} ends inside a word`)
    let rows = 0
    for (const part of weight.parts) {
      if (part.first !== rows) problems.push(`${weight.path} continues at row ${part.first}, not ${rows}`)
      rows += part.rows
      if (part.offset + part.rows * row > (manifest.weightBuffers[part.buffer] ?? 0))
        problems.push(`${weight.path} ends outside weight buffer ${part.buffer}`)
    }
    if (weight.shape.length > 0 && rows !== weight.shape[0]) problems.push(`${weight.path} has ${rows} of its ${weight.shape[0]} rows`)
  }
  for (const [name, commands] of Object.entries(manifest.programs)) {
    for (const [at, command] of (commands as readonly Command[]).entries()) {
      for (const problem of verifyCommand(command, manifest, profile.bindingWords))
        problems.push(`${name}[${at}] ${kernels[command.kernel]?.name}: ${problem}`)
    }
  }
  for (const output of manifest.outputs) {
    if (output.last === undefined && manifest.horizon.kind !== 'whole') problems.push(`output ${output.name} lies nowhere after a step`)
    if (output.all === undefined) problems.push(`output ${output.name} lies nowhere after forward`)
  }
  return problems
}

function verifyCommand(command: Command, manifest: Plan['manifest'], bindingWords: number): string[] {
  const problems: string[] = []
  const kernel = manifest.kernels[command.kernel]
  if (!kernel) return [`no kernel ${command.kernel}`]
  if (kernel.access.length !== command.buffers.length)
    problems.push(`${command.buffers.length} buffers for ${kernel.access.length} bindings`)
  if (kernel.places !== command.places.length) problems.push(`${command.places.length} places for ${kernel.places}`)
  const bound = new Map<string, 'read' | 'read_write'>()
  for (const [i, buffer] of command.buffers.entries()) {
    const whole = wholeBuffer(buffer)
    const access = kernel.access[i] ?? 'read'
    const before = bound.get(whole)
    if (before !== undefined && (before === 'read_write' || access === 'read_write')) problems.push(`${whole} is bound twice and written`)
    bound.set(whole, access)
    if (buffer.kind === 'arena' && !manifest.arenas[buffer.arena]) problems.push(`no arena ${buffer.arena}`)
    if (buffer.kind === 'state' && !manifest.states[buffer.state]) problems.push(`no state ${buffer.state}`)
    if (buffer.kind === 'weights') {
      if (buffer.offset % 64 !== 0) problems.push(`weights are bound at word ${buffer.offset}, not at a multiple of 64`)
      if (buffer.words > bindingWords) problems.push(`${buffer.words} words of weights are bound at once, ${bindingWords} are allowed`)
      if (access !== 'read') problems.push('weights are written')
    }
  }
  for (const place of command.places) {
    if (place.kind === 'arena' && place.offset >= (manifest.arenas[place.arena]?.words ?? 0))
      problems.push(`offset ${place.offset} lies outside arena ${place.arena}`)
  }
  for (const term of command.grid)
    if (typeof term !== 'number' && term.of === 'capacity' && manifest.states[term.state]?.kind !== 'cache')
      problems.push(`the grid counts slots of state ${term.state}, which is no cache`)
  if (!command.grid.every(isTerm)) problems.push(`the grid ${JSON.stringify(command.grid)} has a term below 1`)
  return problems
}

const wholeBuffer = (buffer: BufferRef): string => JSON.stringify(buffer)
const isTerm = (term: GridTerm): boolean =>
  typeof term === 'number' ? term >= 1 && term <= 65535 : (term.of === 'capacity' ? term.most : term.times) >= 1 && term.tile >= 1
