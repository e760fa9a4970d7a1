import type { Command, GridTerm } from '../runtime/manifest.ts'
import type { Plan } from './plan.ts'

/** A plan for a person: programs with their launches, then kernels, then memory. Stable for equal input. */
export function printPlan({ manifest, kernels, profile }: Plan): string {
  const lines = [`plan of ${manifest.name} for profile ${profile.name}`, '']
  for (const [name, commands] of Object.entries(manifest.programs)) {
    lines.push(`${name}: ${commands.length} launches`)
    for (const command of commands as readonly Command[]) {
      const kernel = kernels[command.kernel]
      lines.push(`  ${(kernel?.name ?? '').padEnd(28)} ${command.grid.map(printTerm).join(' x ').padEnd(24)} ${command.label}`)
    }
    lines.push('')
  }
  lines.push(`kernels: ${kernels.length}`)
  for (const kernel of kernels)
    lines.push(`  ${kernel.name.padEnd(28)} ${kernel.bindings.map((b) => `${b.name}${b.access === 'read' ? '' : '*'}`).join(' ')}`)
  lines.push('', 'memory, in 4-byte words')
  for (const [i, arena] of manifest.arenas.entries())
    lines.push(
      `  arena ${i}: ${arena.words} per row, ${arena.rows === 'chunk' ? 'rows of a pass' : 'one row per sequence'}${arena.use === 'forward' ? ', forward only' : ''}`,
    )
  for (const [i, words] of manifest.weightBuffers.entries()) lines.push(`  weights ${i}: ${words}`)
  for (const state of manifest.states)
    lines.push(
      `  state ${state.path}: ${state.words} per ${state.kind === 'fold' ? 'sequence' : 'token'}${state.kind === 'cache' && state.window !== null ? `, window ${state.window}` : ''}`,
    )
  return `${lines.join('\n')}\n`
}

const printTerm = (term: GridTerm): string => {
  if (typeof term === 'number') return String(term)
  if (term.of === 'capacity')
    return `min(${term.most}, ceil(slots of state ${term.state} / ${term.tile}))${term.plus === undefined ? '' : ` + ${term.plus}`}`
  const scaled = term.times === 1 ? term.of : `${term.of} * ${term.times}`
  const count = term.tile === 1 ? scaled : `ceil(${scaled} / ${term.tile})`
  return term.plus === undefined ? count : `${count} + ${term.plus}`
}
