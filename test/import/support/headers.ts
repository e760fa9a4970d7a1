import type { TensorShape } from '../../../src/import/index.ts'
import type { Checkpoint, TensorSource } from '../../../src/model/model.ts'

/** The tensors that a mapping reads: the header of a file that fits it. */
export function headersOf({ weights }: Checkpoint): readonly TensorShape[] {
  const found = new Map<string, readonly number[]>()
  const visit = (from: TensorSource): void => {
    if (from.kind === 'tensor') found.set(from.name, from.shape)
    else if (from.kind === 'apply') from.inputs.forEach(visit)
  }
  for (const { from } of weights) visit(from)
  return [...found].map(([name, shape]) => ({ name, shape }))
}
