import { describeBodyType } from './body.ts'
import type { Attention, Attribute, Attributes, BodyNode, BodyParam, Graph, Recurrence } from './graph.ts'
import { describeType } from './types.ts'

/** The graph as text, one line per node: the same text for the same graph. */
export function printGraph(graph: Graph): string {
  const width = Math.max(0, ...graph.nodes.map((node) => `%${node.id} ${describeType(node.type)}`.length))
  const nodes = graph.nodes.map((node) => {
    const head = `%${node.id} ${describeType(node.type)}`.padEnd(width)
    const origin = [node.path, node.source].filter((part) => part !== '').join(' ')
    return `${head} = ${application(node.op, node.attrs, node.inputs)}${origin === '' ? '' : `  // ${origin}`}`
  })
  const outputs = graph.outputs.map(({ name, node }) => `output ${name} = %${node}`)
  const recurrences = graph.recurrences.map((body, i) => printRecurrence(body, i))
  const attentions = graph.attentions.map((body, i) => printAttention(body, i))
  return `${[[...nodes, ...outputs].join('\n'), ...recurrences, ...attentions].join('\n\n')}\n`
}

function printRecurrence(body: Recurrence, index: number): string {
  const states = body.states.map(({ name, shape, init, next }) => {
    const start = init === null ? '0' : `%${init}`
    return `  state ${name}: ${describeBodyType({ dtype: 'f32', shape })} = ${start}, next %${next}`
  })
  return printBody(`recurrence ${index} ${body.name}`, body, [...states, ...body.nodes.map(printBodyNode), `  out %${body.out}`])
}

function printAttention(body: Attention, index: number): string {
  const mask = body.mask === null ? [] : [`  where %${body.mask}`]
  const sink = body.sink === null ? '' : `, sink: %${body.sink}`
  return printBody(`attention ${index} ${body.name}`, body, [
    ...body.nodes.map(printBodyNode),
    ...mask,
    `  out ${body.weighting}(%${body.score}${sink}) of %${body.value}`,
  ])
}

function printBody(
  head: string,
  body: { readonly params: readonly BodyParam[]; readonly source: string },
  lines: readonly string[],
): string {
  const params = body.params.map(({ name, shape, min, max, side }) => {
    const range = min === null && max === null ? '' : ` in ${min ?? ''}..${max ?? ''}`
    return `${name}${side === null ? '' : `[${side}]`}: ${describeBodyType({ dtype: 'f32', shape })}${range}`
  })
  return [`${head}(${params.join(', ')})${body.source === '' ? '' : `  // ${body.source}`}`, ...lines].join('\n')
}

const printBodyNode = (node: BodyNode): string =>
  `  %${node.id} ${describeBodyType(node)} = ${application(node.op, node.attrs, node.inputs)}`

/** `pointwise {fn: mul} %1 %2` */
function application(op: string, attrs: Attributes, inputs: readonly number[]): string {
  const entries = Object.entries(attrs).sort(([a], [b]) => (a < b ? -1 : 1))
  const braces = entries.length === 0 ? '' : ` {${entries.map(([key, value]) => `${key}: ${attribute(value)}`).join(', ')}}`
  return [`${op}${braces}`, ...inputs.map((input) => `%${input}`)].join(' ')
}

function attribute(value: Attribute): string {
  if (typeof value === 'string') return /^[\w.]+$/.test(value) ? value : JSON.stringify(value)
  if (value === null || typeof value !== 'object') return String(value)
  if (Array.isArray(value)) return `[${value.map(attribute).join(', ')}]`
  return `{${Object.entries(value)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, item]) => `${key}: ${attribute(item as Attribute)}`)
    .join(', ')}}`
}
