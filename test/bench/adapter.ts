/** Says which adapter our side measures on, as JSON on standard output. A process of its own: the parent holds no Dawn. */
import { describe, testAdapter } from '../support/gpu.ts'
import { answer } from './protocol.ts'

export interface AdapterAnswer {
  readonly name: string
  readonly software: boolean
  readonly timestamps: boolean
  readonly features: readonly string[]
}

await answer(async (): Promise<AdapterAnswer> => {
  const adapter = await testAdapter()
  const name = describe(adapter)
  return {
    name,
    software: /swiftshader|llvmpipe|lavapipe|software/i.test(name),
    timestamps: adapter.features.has('timestamp-query'),
    features: [...adapter.features].sort(),
  }
})
