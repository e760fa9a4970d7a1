import { CheckpointMismatchError, type ConfigDifference, ConfigMismatchError, type TensorProblem } from '../errors.ts'
import type { CheckpointEntry, Manifest, TensorSourceEntry, WeightEntry } from '../manifest.ts'
import { isLoadable } from './dtype.ts'
import type { FileTensor } from './safetensors.ts'
import { tensorsOf } from './transform.ts'

export interface WeightJob {
  readonly weight: WeightEntry
  readonly source: TensorSourceEntry
}

export interface LoadPlan {
  /** Tensors to read, in file order. */
  readonly tensors: readonly FileTensor[]
  readonly jobs: readonly WeightJob[]
  /** Weights that the compiler computed, or that the file may leave out and does: made by their initialisers. */
  readonly initialised: readonly WeightEntry[]
}

/**
 * How the file's tensors become the model's weights.
 *
 * @throws CheckpointMismatchError with every missing, extra, wrong-shaped and wrong-typed tensor
 */
export function planLoad(manifest: Manifest, found: readonly FileTensor[]): LoadPlan {
  const checkpoint = manifest.checkpoint ?? byPath(manifest)
  const tensors = new Map(found.map((tensor) => [tensor.name, tensor]))
  const problems: TensorProblem[] = []
  const jobs: WeightJob[] = []
  const initialised: WeightEntry[] = manifest.weights.filter(({ constant }) => constant === true)
  const used = new Set<string>()
  const rules = new Map(checkpoint.weights.map((rule) => [rule.path, rule]))
  for (const weight of manifest.weights) {
    if (weight.constant === true) continue
    const rule = rules.get(weight.path)
    if (rule === undefined) {
      problems.push({ kind: 'missing', tensor: weight.path, found: 'no rule that makes it', expected: shown(weight.shape) })
      continue
    }
    const wanted = tensorsOf(rule.from)
    const absent = wanted.filter(({ name }) => !tensors.has(name))
    if (rule.optional && absent.length === wanted.length && wanted.length > 0) {
      initialised.push(weight)
      continue
    }
    for (const { name, shape } of wanted) {
      const first = !used.has(name)
      used.add(name)
      if (first) problems.push(...check(name, shape, tensors.get(name)))
    }
    jobs.push({ weight, source: rule.from })
  }
  const ignored = checkpoint.ignore.map(globToRegExp)
  for (const { name, dtype, shape } of found) {
    if (used.has(name) || ignored.some((pattern) => pattern.test(name))) continue
    problems.push({ kind: 'extra', tensor: name, found: `${dtype} ${shown(shape)}`, expected: 'no such tensor' })
  }
  if (problems.length > 0) throw new CheckpointMismatchError(problems)
  return { tensors: found.filter(({ name }) => used.has(name)), jobs, initialised }
}

function check(name: string, shape: readonly number[], tensor: FileTensor | undefined): TensorProblem[] {
  const expected = `F32, F16 or BF16 ${shown(shape)}`
  if (tensor === undefined) return [{ kind: 'missing', tensor: name, found: 'no such tensor', expected }]
  const found = `${tensor.dtype} ${shown(tensor.shape)}`
  const problems: TensorProblem[] = []
  if (tensor.shape.join() !== shape.join()) problems.push({ kind: 'shape', tensor: name, found, expected })
  if (!isLoadable(tensor.dtype)) problems.push({ kind: 'dtype', tensor: name, found, expected })
  return problems
}

/** Without a `checkpoint` in the spec, a file holds the weights under their own paths. */
function byPath(manifest: Manifest): CheckpointEntry {
  return {
    weights: manifest.weights
      .filter(({ constant }) => constant !== true)
      .map(({ path, shape }) => ({ path, from: { kind: 'tensor', name: path, shape }, optional: false })),
    ignore: [],
    expect: [],
  }
}

/** `*` matches anything, dots included. */
function globToRegExp(pattern: string): RegExp {
  const parts = pattern.split('*').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
  return new RegExp(`^${parts.join('[\\s\\S]*')}$`)
}

/** @throws ConfigMismatchError with every difference. Keys may have dots: `text_config.hidden_size`. */
export function checkConfig(checkpoint: CheckpointEntry | null, config: Readonly<Record<string, unknown>>): void {
  const differences: ConfigDifference[] = []
  for (const { keys, value } of checkpoint?.expect ?? []) {
    // A key that is absent and one that is null say the same in published files.
    const found = keys.map((key) => lookUp(config, key)).find((one) => one !== undefined && one !== null)
    if ((found ?? null) !== value) differences.push({ key: keys.join(' or '), found, expected: value })
  }
  if (differences.length > 0) throw new ConfigMismatchError(differences)
}

function lookUp(config: Readonly<Record<string, unknown>>, key: string): unknown {
  if (Object.hasOwn(config, key)) return config[key]
  let value: unknown = config
  for (const part of key.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return undefined
    value = (value as Record<string, unknown>)[part]
  }
  return value
}

function shown(shape: readonly number[]): string {
  return `[${shape.join(', ')}]`
}
