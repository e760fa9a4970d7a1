import type { AttentionForm, PairDot } from '../../analyse/attention.ts'
import { words } from '../../analyse/body.ts'
import type { Attention, BodyNode, Node } from '../../graph/graph.ts'
import { operand } from '../../graph/wgsl.ts'
import { Block } from '../body/block.ts'
import type { FamilyContext } from '../body/context.ts'
import { flatHead, type HeadMapping, loadParam, paramName } from '../body/operands.ts'
import { BodyPrinter } from '../body/printer.ts'
import * as Index from '../expression/index.ts'
import type { Scope } from '../kernel.ts'

/** What all kernels of one attention know. */
export interface AttendPlan {
  readonly context: FamilyContext
  readonly node: Node
  readonly body: Attention
  readonly form: AttentionForm
  readonly mapping: HeadMapping
  /** Words of a value, which are those of a head's output. */
  readonly values: number
}

/** Text of a kernel of an attention. In scope where its statements stand: `head`, `sequence`, `row`, `position`, `i` and `j`. */
export class AttendText {
  readonly #plan: AttendPlan
  readonly #scope: Scope

  constructor(plan: AttendPlan, scope: Scope) {
    this.#plan = plan
    this.#scope = scope
  }

  /** `target = element of a vector`, for an element at the variable `at`. */
  assign(id: number, at: string, target: (value: string) => string): string[] {
    const block = new Block()
    block.push(target(this.#printer(block, [at]).element(id, [at], block)))
    return block.lines
  }

  /** The score of a pair, and whether the query sees the key. */
  score(): { readonly lines: string[]; readonly score: string; readonly mask: string } {
    const { body } = this.#plan
    const block = new Block()
    const print = this.#printer(block, [])
    const score = print.element(body.score, [], block)
    const value = body.weighting === 'sigmoid' ? print.applied('sigmoid', score, block) : score
    const mask = body.mask === null ? 'true' : operand(print.element(body.mask, [], block))
    return { lines: block.lines, score: /^\w+$/.test(value) ? value : block.let('score', 'score', value), mask }
  }

  /** Statements that leave in `scale` what a query's sums are multiplied with: the softmax's divisor, with the sink if there is one. */
  finish(): string[] {
    const { sink } = this.#plan.body
    if (sink === null) return ['let scale = select(0.0, 1.0 / total, total > 0.0);']
    const block = new Block()
    const value = this.#printer(block, []).element(sink, [], block)
    const name = block.let('sink', 'sink', value)
    block.push(`let top = max(most, ${name});`, `let scale = exp(most - top) / (total * exp(most - top) + exp(${name} - top));`)
    return block.lines
  }

  dotName(dot: PairDot): string {
    return `dot_${dot.node}`
  }

  /** The word `flat` of what a token left in the cache of parameter `param`, at `position`. */
  cached(param: number, flat: string, access: 'read' | 'read_write'): string {
    const { node, body } = this.#plan
    const name = `keys.${body.params[param]?.name}`
    const size = keptWords(this.#plan, param)
    const slot = `sequence * ${this.#scope.capacity(node.id, name)} + position % ${this.#scope.capacity(node.id, name)}`
    return `${this.#scope.state(node.id, name, access)}[(${slot}) * ${size}u + ${flat}]`
  }

  #printer(block: Block, variables: readonly string[]): BodyPrinter {
    for (const name of [
      'row',
      'head',
      'lane',
      'sequence',
      'token',
      'position',
      'i',
      'j',
      'n',
      'm',
      'd',
      'q',
      'column',
      'tile',
      'slab',
      'most',
      'total',
      'sums',
      'weight',
      'query',
      'begin',
      'end',
      'first',
      'offset',
      'value',
      'visible',
      'scale',
      'top',
      'highest',
      'shrink',
      'start',
      'length',
    ]) {
      block.unique(name)
    }
    const { body } = this.#plan
    const dots = new Map(this.#plan.form.dots.map((dot) => [dot.node, this.dotName(dot)]))
    const positions = new Map<string, string>([
      ['position_i', 'i'],
      ['position_j', 'j'],
    ])
    return new BodyPrinter(
      body.nodes,
      {
        param: (index, at) => this.#param(index, at),
        name: (index) => paramName(body.params[index]?.name ?? ''),
        known: (id) => dots.get(id) ?? positions.get(body.nodes[id]?.op ?? ''),
        signed: true,
      },
      block,
      variables,
    )
  }

  #param(index: number, at: readonly string[]): string {
    const { body, form, mapping } = this.#plan
    const param = body.params[index]
    const whole = body.nodes.some((node) => isParam(node, index) && node.dtype === 'u32')
    const wrap = (text: string) => (whole ? `i32(${text})` : text)
    if (param?.side !== 'j') return wrap(loadParam(this.#scope, mapping, index, 'row', 'head', at))
    if (!form.cached) return wrap(loadParam(this.#scope, mapping, index, '(sequence * run.tokens + position - start)', 'head', at))
    const size = words(param.shape)
    const flat = Index.flatten(
      at.map((text, axis) => Index.variable(/^\w+$/.test(text) ? text : `(${text})`, param.shape[axis] ?? 1)),
      param.shape,
    )
    const shared = (mapping.inputs[index]?.axes ?? []).length === 0
    const word = shared ? Index.print(flat) : `${flatHead(mapping, index, 'head')} * ${size}u + ${Index.print(flat)}`
    return wrap(this.cached(index, word, 'read'))
  }
}

const isParam = (node: BodyNode, index: number): boolean => node.op === 'param' && node.attrs['index'] === index

/** Words that one token leaves for parameter `param`: all heads that it has. */
export function keptWords(plan: AttendPlan, param: number): number {
  return words(plan.mapping.inputs[param]?.axes ?? []) * words(plan.body.params[param]?.shape ?? [])
}
