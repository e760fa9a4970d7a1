import { nodeCompileHost } from '../../../src/driver/index.ts'
import { importCheckpoint } from '../../../src/import/index.ts'
import { modelOf } from '../../support/spec.ts'
import { headersOf } from './headers.ts'

const host = nodeCompileHost()

/** Imports twice: first with tensors of these names, which gives the spec; then with those that the spec reads. */
export function imported(config: Readonly<Record<string, unknown>>, names: readonly string[] = []) {
  const first = importCheckpoint(
    host,
    config,
    names.map((name) => ({ name, shape: [1] })),
  )
  const model = modelOf(first.spec ?? 'gdn 1')
  const tensors = headersOf(model.checkpoint!)
  return { ...importCheckpoint(host, config, tensors), model, tensors: new Map(tensors.map(({ name, shape }) => [name, shape])) }
}

export const messages = (diagnostics: readonly { readonly code: string; readonly message: string }[]) =>
  diagnostics.map(({ code, message }) => `${code} ${message}`)

/** Parameters of a model. */
export const count = ({ weights }: { readonly weights: readonly { readonly shape: readonly number[] }[] }): number =>
  weights.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0)
