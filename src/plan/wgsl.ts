import { MAX_BATCH } from '../runtime/manifest.ts'
import type { PlannedKernel } from './finalise.ts'

/** Everything of a kernel's text but its template: what it is for, what it is bound to, the functions that fusion made. */
export function printHead(kernel: PlannedKernel): string {
  const bindings = kernel.bindings.map(
    (binding, i) => `@group(0) @binding(${i + 2}) var<storage, ${binding.access}> ${binding.name}: array<${binding.element}>;`,
  )
  const sections = [
    [`// ${kernel.name}`, ...kernel.doc.flatMap((line) => line.split(/\r?\n/)).map((line) => `// ${line}`)].join('\n'),
    [
      'struct Run {',
      '  batch: u32,',
      '  tokens: u32,',
      '  rows: u32,',
      '  reserved: u32,',
      `  sequences: array<vec4<u32>, ${MAX_BATCH}>, // position of the first token, tokens of this pass`,
      '}',
      ...(kernel.places === 0
        ? []
        : [
            'struct Place {',
            `  at: array<vec4<u32>, ${Math.ceil(kernel.places / 4)}>, // where this launch finds its operands, in words`,
            '}',
          ]),
    ].join('\n'),
    [
      '@group(0) @binding(0) var<uniform> run: Run;',
      ...(kernel.places === 0 ? [] : ['@group(0) @binding(1) var<uniform> place: Place;']),
      ...bindings,
    ].join('\n'),
    ...kernel.functions,
  ]
  return sections.join('\n\n')
}

/** Puts the reductions where the template asks for them. */
export function insertPreamble(text: string, preamble: string): string {
  const marker = /^([ \t]*)\/\/ @reductions[ \t]*\n/m
  if (preamble === '') return text.replace(marker, '')
  if (!marker.test(text)) throw new Error('a kernel with reductions of its operands needs a template with a place for them')
  return text.replace(
    marker,
    (_all, indent: string) =>
      `${preamble
        .split('\n')
        .map((line) => (line === '' ? line : indent + line))
        .join('\n')}\n`,
  )
}

/** The whole kernel; `render` gives the template's part. */
export function printKernel(kernel: PlannedKernel, render: (template: string, view: object) => string): string {
  return `${printHead(kernel)}\n\n${insertPreamble(render(kernel.template, kernel.view), kernel.preamble)}`
}
