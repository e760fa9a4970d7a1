/** Seconds per link, and how far the repetitions of it lay apart. */
export interface Slope {
  readonly seconds: number
  /** Half of the range between the quartiles, as a part of `seconds`. */
  readonly spread: number
  /** The two lengths of chain whose difference was taken. */
  readonly links: readonly [number, number]
}

export interface SlopeOptions {
  /** Seconds by which the longer chain has to outlast the shorter one; it grows until it does. */
  readonly difference: number
  readonly repetitions: number
  /** Links of the longest chain. */
  readonly longest: number
  /** Seconds after which no further repetition is begun; three are always made. */
  readonly budget: number
}

/** Runs a prepared chain once and gives the seconds that it took. */
export type Run = () => Promise<number>

/**
 * Time per link from runs of two lengths, in turn, so that what both share cancels and a slow moment of the machine hits both.
 *
 * `prepare` makes a chain of that many links ready; its first run, which compiles, is not counted. Lengths are multiples of `unit`.
 */
export async function slope(prepare: (links: number) => Promise<Run>, options: SlopeOptions, unit = 1): Promise<Slope> {
  const started = performance.now()
  const spent = () => (performance.now() - started) / 1000
  const short = await prepare(unit)
  await short()
  let links = 3 * unit
  let long = await prepare(links)
  await long()
  while (links < options.longest && spent() < options.budget / 2) {
    const difference = Math.min(await long(), await long()) - Math.min(await short(), await short())
    if (difference >= options.difference) break
    const factor = difference <= 0 ? 4 : Math.min(4, Math.max(1.5, (1.2 * options.difference) / difference))
    links = unit * Math.min(Math.ceil(options.longest / unit), Math.ceil((links * factor) / unit))
    long = await prepare(links)
    await long()
  }
  const samples: number[] = []
  while (samples.length < 3 || (samples.length < options.repetitions && spent() < options.budget)) {
    const before = await short()
    samples.push(((await long()) - before) / (links - unit))
  }
  return { ...summary(samples), links: [unit, links] }
}

/** Median and spread of repeated measurements of the same seconds. */
export function summary(samples: readonly number[]): { readonly seconds: number; readonly spread: number } {
  const seconds = median(samples)
  return { seconds, spread: Math.abs((quantile(samples, 0.75) - quantile(samples, 0.25)) / 2 / seconds) }
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5)
}

/** Linear between the two nearest. */
export function quantile(values: readonly number[], at: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  const position = (sorted.length - 1) * at
  const low = sorted[Math.floor(position)] ?? Number.NaN
  const high = sorted[Math.ceil(position)] ?? Number.NaN
  return low + (high - low) * (position - Math.floor(position))
}
