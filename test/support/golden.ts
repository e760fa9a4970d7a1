import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { readSafetensors, type Tensor } from './safetensors.ts'

/** One operator case of `test/golden/index.json`. */
export interface GoldenOp {
  readonly file: string
  readonly op: string
  readonly variant: string
  readonly T: number
  readonly formula: string
  readonly args: Readonly<Record<string, unknown>>
  readonly shapes: Readonly<Record<string, readonly number[]>>
}

/** The published families of which there is a small checkpoint. */
export const goldenFamilies = [
  'bamba',
  'falcon_h1',
  'falcon_mamba',
  'gemma2',
  'gemma3',
  'gpt_oss',
  'granitemoehybrid',
  'jamba',
  'kimi_linear',
  'lfm2',
  'lfm2_moe',
  'llama',
  'mamba',
  'mamba2',
  'minimax',
  'mistral',
  'nemotron_h',
  'olmo_hybrid_rope',
  'qwen3',
  'qwen3_5',
  'qwen3_5_moe',
  'qwen3_next',
  'recurrent_gemma',
  'zamba2',
] as const
/** Checkpoints of these families with other layers in them: imported and held against the reference, but not run on a device. */
export const goldenVariants = ['zamba2_rope'] as const
export type GoldenFamily = (typeof goldenFamilies | typeof goldenVariants)[number]

/** What a file holds besides weights, as globs: numbers that the published implementation computes when it is made, and saves. */
export const goldenIgnored: Readonly<Partial<Record<GoldenFamily, readonly string[]>>> = {
  minimax: ['slope_rate', 'query_decay', 'key_decay', 'diagonal_decay'].map((name) => `model.layers.*.self_attn.${name}`),
}

const folder = new URL('../golden/', import.meta.url)

/** The operator cases, all or those of one variant (`gated_delta_rule`, `swa_sink` ...). */
export function goldenOps(variant?: string): GoldenOp[] {
  const { ops } = JSON.parse(readFileSync(new URL('index.json', folder), 'utf8')) as { ops: GoldenOp[] }
  const chosen = variant === undefined ? ops : ops.filter((op) => op.variant === variant)
  if (chosen.length === 0) throw new Error(`no golden data for '${variant}', only ${[...new Set(ops.map((op) => op.variant))].join(', ')}`)
  return chosen
}

/** The tensors `in.*`, `out.*`, `cot.*`, `grad.*` of one case. */
export function readGoldenOp(op: GoldenOp): Map<string, Tensor> {
  return readSafetensors(new URL(op.file, folder))
}

/** The folder of a published checkpoint: config.json, model.safetensors, expected.safetensors. */
export function goldenModelFolder(family: GoldenFamily): string {
  return fileURLToPath(new URL(`models/${family}`, folder))
}

export interface GoldenRun {
  readonly inputIds: readonly number[]
  /** `[T, vocab]`, of one forward over the whole prompt. */
  readonly logits: Float32Array
  readonly vocab: number
  /** The twelve tokens that follow greedily. */
  readonly greedy: readonly number[]
}

/** What the published implementation computes for a prompt of 37 (`short`) or 100 (`long`) tokens. */
export function goldenRun(family: GoldenFamily, prompt: 'short' | 'long'): GoldenRun {
  const tensors = readSafetensors(`${goldenModelFolder(family)}/expected.safetensors`)
  const numbers = (name: string) => Array.from(tensors.get(`${prompt}.${name}`)!.data, Number)
  const logits = tensors.get(`${prompt}.logits`)!
  return { inputIds: numbers('input_ids'), logits: logits.data as Float32Array, vocab: logits.shape.at(-1)!, greedy: numbers('greedy') }
}
