import { createRequire } from 'node:module'

/**
 * As much of onnxruntime-node as the benchmark calls. Written down here, because its own types are only there once `npm run prebench`
 * has installed it, and type checks must not depend on that.
 */
export interface Onnxruntime {
  readonly InferenceSession: { create(model: Uint8Array, options: SessionOptions): Promise<Session> }
  readonly Tensor: new (dtype: 'float32', data: Float32Array, shape: readonly number[]) => Tensor
}

export interface SessionOptions {
  readonly executionProviders: readonly { readonly name: 'webgpu'; readonly enableRobustness: boolean }[]
  readonly extra: { readonly session: Readonly<Record<string, string>> }
  readonly logSeverityLevel: number
}

export interface Session {
  run(feeds: Readonly<Record<string, Tensor>>): Promise<Record<string, Tensor>>
  release(): Promise<void>
}

export interface Tensor {
  readonly data: unknown
}

const require = createRequire(import.meta.url)

/** @throws if it is not installed in `test/bench` */
export function loadOnnxruntime(): Onnxruntime {
  return require('onnxruntime-node') as Onnxruntime
}

/** Its version, or undefined if it is not installed. Loads nothing. */
export function onnxruntimeVersion(): string | undefined {
  try {
    return (require('onnxruntime-node/package.json') as { version: string }).version
  } catch {
    return undefined
  }
}
