import { product, sameNumbers } from '../util/numbers.ts'
import { type BodyScope, bodyCone, describeBodyType, inferBody } from './body.ts'
import type { Attention, BodyNode, BodyParam, Recurrence } from './graph.ts'
import { ShapeError } from './op.ts'
import { sidesOf } from './sides.ts'

/** What is wrong with a recurrence's body, in sentences; empty if it is legal. */
export function verifyRecurrence(body: Recurrence): readonly string[] {
  const { nodes, states } = body
  const problems = verifyNodes(nodes, { kind: 'recurrence', params: body.params, states })
  problems.push(...verifyParams(body.params), ...duplicates('state', states))
  for (const [i, param] of body.params.entries())
    if (param.side !== null) problems.push(`parameter ${i} (${param.name}) has side ${param.side}, only those of an attention have`)
  for (const state of states) {
    problems.push(...verifyRoot(nodes, state.next, `next of state ${state.name}`, state.shape))
    if (state.init === null) continue
    problems.push(...verifyRoot(nodes, state.init, `init of state ${state.name}`, state.shape))
    if (cone(nodes, state.init).some((id) => nodes[id]?.op === 'state')) problems.push(`init of state ${state.name} depends on a state`)
  }
  problems.push(...verifyRoot(nodes, body.out, 'out', null))
  return problems.map((problem) => `recurrence ${body.name}: ${problem}`)
}

/** What is wrong with an attention's body, in sentences; empty if it is legal. */
export function verifyAttention(body: Attention): readonly string[] {
  const { nodes, params } = body
  const problems = verifyNodes(nodes, { kind: 'attention', params, states: [] })
  problems.push(...verifyParams(params))
  const sides = sidesOf(nodes, params)
  if (body.mask !== null) {
    const mask = nodes[body.mask]
    if (mask?.dtype !== 'bool' || mask.shape.length > 0)
      problems.push(`mask is ${mask ? describeBodyType(mask) : 'no node'}, expected a bool`)
  }
  problems.push(...verifyRoot(nodes, body.score, 'score', []))
  problems.push(...verifyRoot(nodes, body.value, 'value', null))
  if (nodes[body.value]?.shape.length === 0) problems.push('value is a scalar, expected a vector')
  if (sides[body.value] === 'i' || sides[body.value] === 'both') problems.push('value depends on the query, expected the key side only')
  if (body.sink !== null) {
    problems.push(...verifyRoot(nodes, body.sink, 'sink', []))
    if (sides[body.sink] === 'j' || sides[body.sink] === 'both') problems.push('sink depends on the key: there is one per query')
    if (body.weighting !== 'softmax') problems.push(`sink with ${body.weighting}: only a softmax has a denominator that it joins`)
  }
  return problems.map((problem) => `attention ${body.name}: ${problem}`)
}

/** `bodyCone` of a body that may be broken. */
const cone = (nodes: readonly BodyNode[], root: number): readonly number[] => (nodes[root] ? bodyCone(nodes, [root]) : [])

function verifyNodes(nodes: readonly BodyNode[], scope: BodyScope): string[] {
  const problems: string[] = []
  for (const [index, node] of nodes.entries()) {
    const name = `node ${index} (${node.op})`
    if (node.id !== index) problems.push(`${name} has id ${node.id}`)
    const inputs = node.inputs.map((input) => nodes[input])
    if (node.inputs.some((input) => input >= index) || inputs.includes(undefined)) {
      problems.push(`${name} has inputs ${node.inputs.join(', ')}, expected ids below its own`)
      continue
    }
    try {
      const type = inferBody(node.op, inputs as BodyNode[], node.attrs, scope, node.dtype)
      if (type.dtype !== node.dtype || !sameNumbers(type.shape, node.shape)) {
        problems.push(`${name} is ${describeBodyType(node)}, its shape rule gives ${describeBodyType(type)}`)
      }
    } catch (error) {
      if (!(error instanceof ShapeError)) throw error
      problems.push(`${name}: ${error.message}`)
    }
  }
  return problems
}

function verifyParams(params: readonly BodyParam[]): string[] {
  const problems = duplicates('parameter', params)
  for (const { name, min, max } of params)
    if (min !== null && max !== null && min > max) problems.push(`parameter ${name} lies in ${min} .. ${max}`)
  return problems
}

function duplicates(what: string, named: readonly { readonly name: string; readonly shape: readonly number[] }[]): string[] {
  const problems: string[] = []
  for (const [i, { name, shape }] of named.entries()) {
    if (named.findIndex((other) => other.name === name) !== i) problems.push(`two of ${what} ${name}`)
    if (!(product(shape) > 0)) problems.push(`${what} ${name} has shape [${shape.join(', ')}], expected sizes of at least 1`)
  }
  return problems
}

/** A node that a body refers to: f32, and of a shape if one is wanted. */
function verifyRoot(nodes: readonly BodyNode[], id: number, what: string, shape: readonly number[] | null): string[] {
  const node = nodes[id]
  if (!node) return [`${what} is node ${id} of ${nodes.length}`]
  if (node.dtype === 'f32' && (shape === null || sameNumbers(node.shape, shape))) return []
  return [`${what} is ${describeBodyType(node)}, expected ${shape === null ? 'f32' : describeBodyType({ dtype: 'f32', shape })}`]
}
