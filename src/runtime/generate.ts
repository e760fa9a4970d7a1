import { type GenerateOptions, readSampling } from './sampling/options.ts'
import type { Sampler } from './sampling/sampler.ts'
import type { Sequences } from './sequences.ts'

export type { GenerateOptions } from './sampling/options.ts'

/** Why a sequence ended: it drew a stop token, or `maxTokens` were reached. */
export type GenerationEnd = 'stop' | 'length'

/**
 * Yields draw k when the step that consumes it has been submitted, but not the one after: so between two tokens the states are those
 * after exactly the tokens yielded, while the GPU already works on the next draw.
 *
 * @param exclusively runs each part that touches the sequences, apart from other calls on the session
 */
export async function* generate(
  sequences: Sequences,
  sampler: Sampler,
  options: GenerateOptions,
  exclusively: <T>(work: () => Promise<T>) => Promise<T>,
): AsyncGenerator<readonly (number | null)[], readonly GenerationEnd[], void> {
  const sampling = readSampling(options, sampler.vocab, sequences.positions, sequences.maxTokens)
  const ends: GenerationEnd[] = sequences.positions.map(() => 'length')
  if (sampling.maxTokens === 0) return ends
  options.signal?.throwIfAborted()
  await exclusively(() => sampler.begin(sampling))
  try {
    for (let k = 0; k < sampling.maxTokens; k++) {
      options.signal?.throwIfAborted()
      const ids = await exclusively(async () => {
        await sampler.advance(k, k === sampling.maxTokens - 1)
        const drawn = await sampler.read(k)
        sequences.commit(drawn)
        return drawn
      })
      for (const [b, id] of ids.entries()) if (id === null) ends[b] = 'stop'
      if (ids.every((id) => id === null)) break
      yield ids
    }
  } finally {
    await sampler.drain()
  }
  return ends
}
