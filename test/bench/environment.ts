import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { fileURLToPath } from 'node:url'
import type { AdapterAnswer } from './adapter.ts'
import { onnxruntimeVersion } from './ort.ts'
import { ask } from './run.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** Where a packed checkout says which commit it is; it has no `.git`. */
export const commitFile = 'node_modules/.cache/gdnc-bench/commit'

/** Under which conditions a table was made. */
export interface Environment {
  readonly date: string
  readonly adapter: AdapterAnswer
  readonly cpu: string
  readonly node: string
  readonly gdnc: string
  readonly webgpu: string
  /** undefined: not installed, so not measured. */
  readonly onnxruntime: string | undefined
  /** The same on both sides. */
  readonly robustness: boolean
  /** Dawn's flags on our side. */
  readonly dawn: readonly string[]
}

/** @throws if no adapter can be opened */
export async function environment(robustness: boolean, dawn: readonly string[], withPeer: boolean): Promise<Environment> {
  const adapter = await ask<AdapterAnswer>('./adapter.ts', {}, { env: { GDNC_DAWN: dawn.join(' ') }, seconds: 60 })
  if ('ok' in adapter) throw new Error(adapter.because)
  const processors = cpus()
  return {
    date: new Date().toISOString().slice(0, 10),
    adapter,
    cpu: `${processors.length} x ${processors[0]?.model.trim() ?? 'unknown'}`,
    node: process.version,
    gdnc: [version('package.json'), commit()].filter(Boolean).join(' at '),
    webgpu: version('node_modules/webgpu/package.json'),
    onnxruntime: withPeer ? onnxruntimeVersion() : undefined,
    robustness,
    dawn,
  }
}

/**
 * Dawn's flags for our side: those of `GDNC_DAWN`, timestamps that are not rounded, and no bounds checks without `robustness`. Several
 * entries of one kind would replace each other, so they are merged.
 */
export function dawnFlags(robustness: boolean, given = process.env['GDNC_DAWN'] ?? ''): string[] {
  const features = { enable: new Set<string>(), disable: new Set(['timestamp_quantization']) }
  const others: string[] = []
  for (const flag of given.split(/\s+/).filter(Boolean)) {
    const match = /^(enable|disable)-dawn-features=(.*)$/.exec(flag)
    if (match === null) others.push(flag)
    else for (const feature of match[2]!.split(',')) features[match[1] as 'enable' | 'disable'].add(feature)
  }
  if (robustness) features.enable.delete('disable_robustness')
  else features.enable.add('disable_robustness')
  const flags = Object.entries(features).map(([kind, names]) => (names.size === 0 ? '' : `${kind}-dawn-features=${[...names].join(',')}`))
  return [...others, ...flags.filter(Boolean)]
}

function version(manifest: string): string {
  return (JSON.parse(readFileSync(new URL(manifest, `file://${root}`), 'utf8')) as { version: string }).version
}

function commit(): string {
  try {
    return execFileSync('git', ['rev-parse', '--short', 'HEAD'], {
      cwd: root,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim()
  } catch {
    const packed = new URL(commitFile, `file://${root}`)
    return existsSync(packed) ? readFileSync(packed, 'utf8').trim() : ''
  }
}
