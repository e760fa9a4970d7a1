import type { Attention, BodyNode, Recurrence } from '../graph/graph.ts'
import { analyseAttention } from './attention.ts'
import { describeNode } from './body.ts'
import { chunksPay, columnForm } from './columns.ts'
import { analyseRecurrence, type StateForm, type Step } from './recurrence.ts'

/** How kernels for a recurrence are chosen, and the steps of a token that decide it; lines of text for people. */
export function explainRecurrence(body: Recurrence): readonly string[] {
  const form = analyseRecurrence(body)
  const columns = columnForm(body)
  const { nodes } = form
  const pays = chunksPay(form)
  const families = pays ? `chunk (${form.family}), token by token` : 'token by token'
  const chunks =
    form.family === 'scan'
      ? `no, ${form.reason}`
      : pays
        ? form.reason
        : `legal (${form.family}: ${form.reason}), but one column is no product of matrices`
  return [
    `recurrence ${body.name}: ${families}`,
    `  chunks: ${chunks}`,
    `  columns: ${columns.separable ? `${columns.columns}, each on its own` : `together, ${columns.reason}`}`,
    ...(form.states ?? []).flatMap((state) => explainState(body, nodes, state)),
  ]
}

function explainState(body: Recurrence, nodes: readonly BodyNode[], state: StateForm): string[] {
  const reads = new Map(state.steps.flatMap((step, i) => (step.kind === 'read' ? [[step.node, `[${i + 1}]`] as const] : [])))
  const text = (id: number) => reads.get(id) ?? describeNode(body, nodes, id)
  return [`  ${state.name}: f32[${state.shape.join(', ')}]`, ...state.steps.map((step, i) => `    ${i + 1}. ${explainStep(step, text)}`)]
}

function explainStep(step: Step, text: (id: number) => string): string {
  switch (step.kind) {
    case 'scale': {
      const log = step.log === null ? 'no log form' : `log decay ${text(step.log)}`
      const by = step.by === 'scalar' ? '' : ` by ${step.by}`
      return `scale${by}: ${text(step.factor)} (${log})`
    }
    case 'write': {
      const erases = step.erases.map(({ read, factor }) => `${text(factor)} * what ${text(read)} gave`)
      return `write: outer(${text(step.key)}, ${[text(step.value), ...erases].join(' + ')})`
    }
    case 'read':
      return `read: with ${text(step.key)}`
  }
}

/** Which keys a query visits, what is kept of a token, and how a score is made; lines of text for people. */
export function explainAttention(body: Attention): readonly string[] {
  const { form, ...rest } = analyseAttention(body)
  if (!form) return [`attention ${body.name}: no kernel, ${'reason' in rest ? rest.reason : ''}`]
  const text = (id: number) => describeNode(body, body.nodes, id)
  const keys = form.window === null ? 'all keys' : `the last ${form.window} keys`
  const bounds = form.causal
    ? `${keys} up to its own`
    : form.reach === null
      ? `${keys} and all later ones`
      : `${keys} and ${form.reach} later ones`
  const kept = form.kept.map((param) => body.params[param]?.name).join(', ')
  return [
    `attention ${body.name}: ${body.weighting}${body.sink === null ? '' : ' with a sink'}`,
    `  a query sees ${bounds}`,
    `  kept of a token: ${form.causal ? `${kept}${form.window === null ? '' : ` (ring of ${form.window} and a pass)`}` : 'nothing, there is no session'}`,
    `  score: ${text(body.score)}`,
  ]
}
