import type { PlannedKernel } from '../plan/finalise.ts'
import { printKernel } from '../plan/wgsl.ts'
import { visible } from './helpers.ts'
import type { Render } from './template.ts'
import { tidy } from './template.ts'

/** A kernel as text, ready for a device and for a reader. */
export interface KernelSource {
  readonly name: string
  readonly wgsl: string
}

/** Prints planned kernels. `render` knows the templates of `templates/wgsl`. */
export function printKernels(kernels: readonly PlannedKernel[], render: Render): KernelSource[] {
  return kernels.map((kernel) => {
    const body = printKernel(kernel, render)
    return { name: kernel.name, wgsl: formatWgsl(withOrigin(body, kernel.template)) }
  })
}

/** The header comment's last line: where the text comes from. */
function withOrigin(text: string, template: string): string {
  const lines = text.split('\n')
  const end = lines.findIndex((line) => !line.startsWith('//'))
  return [...lines.slice(0, Math.max(0, end)), `// template: ${template}.wgsl.hbs`, ...lines.slice(Math.max(0, end))].join('\n')
}

/**
 * Indentation by brackets, two spaces each, and no stray blanks: blocks that fusion inserted into a template then look like the rest.
 * Everything outside comments must be ASCII, and inside them nothing may end a line (WGSL knows seven characters that do).
 */
export function formatWgsl(text: string): string {
  let depth = 0
  let continued = false
  const lines = text.split('\n').map((line) => {
    const { code, comment } = splitComment(line.trim())
    if (/[^\x20-\x7e]/.test(code)) throw new Error(`WGSL with a character that it does not have: ${JSON.stringify(code)}`)
    const closing = /^[)\]}]*/.exec(code)?.[0].length ?? 0
    const indentation = Math.max(0, depth - closing) + (continued && closing === 0 ? 1 : 0)
    depth += count(code, /[([{]/g) - count(code, /[)\]}]/g)
    if (code !== '') continued = !/[;{}(,[:]$/.test(code) && !code.startsWith('@') && depth > 0
    const whole = code + (code !== '' && comment !== '' ? ' ' : '') + visible(comment)
    return whole === '' ? '' : '  '.repeat(indentation) + whole
  })
  if (depth !== 0)
    throw new Error(
      `WGSL with ${depth > 0 ? depth : -depth} bracket${Math.abs(depth) === 1 ? '' : 's'} ${depth > 0 ? 'not closed' : 'too many'}`,
    )
  return tidy(lines.join('\n'))
}

function splitComment(line: string): { code: string; comment: string } {
  const at = line.indexOf('//')
  return at < 0 ? { code: line, comment: '' } : { code: line.slice(0, at).trimEnd(), comment: line.slice(at) }
}

const count = (text: string, what: RegExp): number => text.match(what)?.length ?? 0
