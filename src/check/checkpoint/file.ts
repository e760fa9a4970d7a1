import * as messages from '../../diagnostics/catalogue/checkpoint.ts'
import type { Diagnostic } from '../../diagnostics/diagnostic.ts'
import type { Checkpoint } from '../../model/model.ts'
import type { Span } from '../../source/source.ts'
import { suggest } from '../suggest.ts'
import { fits } from './pattern.ts'
import { leaves } from './use.ts'

/** Compares a resolved mapping with the tensors of a file (names and shapes of its header), from both sides. */
export function compareWithFile(
  checkpoint: Checkpoint,
  tensors: readonly { readonly name: string; readonly shape: readonly number[] }[],
  span?: Span,
): readonly Diagnostic[] {
  const inFile = new Map(tensors.map(({ name, shape }) => [name, shape]))
  const read = new Set<string>()
  const lacking: { tensor: string; shape: readonly number[]; weight: string }[] = []
  const differing: { tensor: string; found: readonly number[]; expected: readonly number[]; weight: string }[] = []
  for (const { path, from, optional } of checkpoint.weights) {
    for (const { name, shape } of leaves(from)) {
      const found = inFile.get(name)
      const again = read.has(name)
      read.add(name)
      if (again) continue
      if (found === undefined) {
        if (!optional) lacking.push({ tensor: name, shape, weight: path })
      } else if (found.join() !== shape.join()) differing.push({ tensor: name, found, expected: shape, weight: path })
    }
  }
  const extra = tensors.filter(({ name }) => !read.has(name) && !checkpoint.ignore.some((glob) => fits(glob, name))).map(({ name }) => name)
  const diagnostics: Diagnostic[] = []
  const [lack] = lacking
  if (lack !== undefined)
    diagnostics.push(messages.fileLacksTensor.at(span, { ...lack, nearest: suggest(lack.tensor, extra) ?? null, more: lacking.length - 1 }))
  const [differ] = differing
  if (differ !== undefined) diagnostics.push(messages.fileShapeDiffers.at(span, { ...differ, more: differing.length - 1 }))
  if (extra.length > 0) diagnostics.push(messages.fileHasMore.at(span, { tensors: extra }))
  return diagnostics
}
