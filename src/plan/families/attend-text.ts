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

/** How a decode step attends. */
export interface StepForm {
  /** The kernel that attends also makes and keeps its token's keys and values. */
  readonly appends: boolean
  /** Where keys may be many, several workgroups divide them. */
  readonly divides: boolean
}

/**
 * Text of a kernel of an attention. In scope where its statements stand: `head`, `sequence`, `row`, `position`, `i` and `j`. What a token
 * left of a parameter for later queries is read from its cache, or, as `own`, from where the kernel keeps what it has made itself.
 */
export class AttendText {
  readonly #plan: AttendPlan
  readonly #scope: Scope
  readonly #keyHead: string

  /** `keyHead`: any head that reads the same keys as `head`. */
  constructor(plan: AttendPlan, scope: Scope, keyHead = 'head') {
    this.#plan = plan
    this.#scope = scope
    this.#keyHead = keyHead
  }

  /** `target = element of a vector`, for an element at the variable `at`. */
  assign(id: number, at: string, target: (value: string) => string, own = false): string[] {
    const block = new Block()
    block.push(target(this.#printer(block, [at], own).element(id, [at], block)))
    return block.lines
  }

  /** The score of a pair, and whether the query sees the key. */
  score(own = false): { readonly lines: string[]; readonly score: string; readonly mask: string } {
    const { body } = this.#plan
    const block = new Block()
    const print = this.#printer(block, [], own)
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
    const { node, body, form } = this.#plan
    const name = `keys.${body.params[param]?.name}`
    const size = keptWords(this.#plan, param)
    const capacity = this.#scope.capacity(node.id, name)
    // A cache that grows has a slot for every position.
    const slot = form.window === null ? 'position' : `position % ${capacity}`
    return `${this.#scope.state(node.id, name, access)}[(sequence * ${capacity} + ${slot}) * ${size}u + ${flat}]`
  }

  /** Where a kernel keeps what its own token leaves of parameter `param`. */
  ownName(param: number): string {
    return `own_${paramName(this.#plan.body.params[param]?.name ?? '').replace(/_in$/, '')}`
  }

  /** The word `flat` of what the key head's token leaves in a cache, as a number that a cache can hold. */
  made(param: number, flat: string): string {
    const { body, context, mapping } = this.#plan
    const { shape = [] } = body.params[param] ?? {}
    const at = Index.unflatten(Index.variable(flat, words(shape)), shape).map(Index.printOperand)
    const value = loadParam(this.#scope, mapping, param, 'row', this.#keyHead, at)
    return context.graph.nodes[mapping.inputs[param]?.node ?? -1]?.type.dtype === 'u32' ? `f32(${value})` : value
  }

  /** Where `flat` of the key head's words lies among those that a token leaves of parameter `param`. */
  wordOfHead(param: number, flat: string): string {
    const { body, mapping } = this.#plan
    if ((mapping.inputs[param]?.axes ?? []).length === 0) return flat
    return `${flatHead(mapping, param, this.#keyHead)} * ${words(body.params[param]?.shape ?? [])}u + ${flat}`
  }

  #printer(block: Block, variables: readonly string[], own = false): BodyPrinter {
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
      'member',
      'mine',
      'live',
      'round',
      'count',
      'scales',
      'key',
      'part',
      'parts',
      'earliest',
      'until',
      'each',
      'sum',
      'factors',
      'word',
      'g',
      'l',
      'x',
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
        param: (index, at) => this.#param(index, at, own),
        name: (index) => paramName(body.params[index]?.name ?? ''),
        known: (id) => dots.get(id) ?? positions.get(body.nodes[id]?.op ?? ''),
        signed: true,
      },
      block,
      variables,
    )
  }

  #param(index: number, at: readonly string[], own: boolean): string {
    const { body, form, mapping } = this.#plan
    const param = body.params[index]
    const whole = body.nodes.some((node) => isParam(node, index) && node.dtype === 'u32')
    const wrap = (text: string) => (whole ? `i32(${text})` : text)
    if (param?.side !== 'j') return wrap(loadParam(this.#scope, mapping, index, 'row', 'head', at))
    if (!form.cached) return wrap(loadParam(this.#scope, mapping, index, '(sequence * run.tokens + position - start)', 'head', at))
    const flat = Index.print(
      Index.flatten(
        at.map((text, axis) => Index.variable(/^\w+$/.test(text) ? text : `(${text})`, param.shape[axis] ?? 1)),
        param.shape,
      ),
    )
    return wrap(own ? `${this.ownName(index)}[${flat}]` : this.cached(index, this.wordOfHead(index, flat), 'read'))
  }
}

const isParam = (node: BodyNode, index: number): boolean => node.op === 'param' && node.attrs['index'] === index

/** Words that one token leaves for parameter `param`: all heads that it has. */
export function keptWords(plan: AttendPlan, param: number): number {
  return words(plan.mapping.inputs[param]?.axes ?? []) * words(plan.body.params[param]?.shape ?? [])
}
