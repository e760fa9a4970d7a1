import type { Overrides } from '../../src/check/index.ts'
import { compile } from '../../src/driver/compile.ts'
import { nodeCompileHost } from '../../src/driver/node-host.ts'
import type { Manifest } from '../../src/runtime/manifest.ts'

/** What a package of the spec would hand to the runtime. */
export interface Compiled {
  readonly manifest: Manifest
  readonly kernels: Readonly<Record<string, string>>
}

export interface Source {
  /** From the repository's root. */
  readonly path: string
  /** The spec's text, if it is not that of the file. */
  readonly text?: string
  readonly model: string
  /** For the model's sizes and parameters, over those of the spec. */
  readonly sizes?: Overrides
  /** How weights are stored; as the spec says if left out. */
  readonly weights?: 'f32' | 'f16' | 'bf16'
}

/**
 * Compiles one model of a spec in this process; `gdnc compile` writes the same as files.
 *
 * @throws Error with the first diagnostic
 */
export function compileSource({ path, text, model, sizes = {}, weights }: Source): Compiled {
  const files = nodeCompileHost(new URL('../..', import.meta.url).pathname)
  const host = { ...files, readText: (name: string) => (text !== undefined && name === path ? text : files.readText(name)) }
  const { plan, kernels, diagnostics } = compile(host, path, { model, sizes, weights, until: 'print' })
  const error = diagnostics.find(({ severity }) => severity === 'error')
  if (error !== undefined) throw new Error(`${path}: ${error.code}: ${error.message}`)
  if (plan === undefined || kernels === undefined) throw new Error(`${path} was not compiled`)
  return { manifest: plan.manifest, kernels: Object.fromEntries(kernels.map(({ name, wgsl }) => [name, wgsl])) }
}
