/** Seconds per link, and how far the repetitions of it lay apart. */
export interface Slope {
  readonly seconds: number
  /** Half of the range between the quartiles, as a part of `seconds`. */
  readonly spread: number
  /** The two lengths of chain whose difference was taken. */
  readonly links: readonly [number, number]
}

export interface SlopeOptions {
  /** Seconds by which the longer chain has to outlast the shorter one, at least; it grows until it does. */
  readonly difference: number
  readonly repetitions: number
  /** Links of the longest chain. */
  readonly longest: number
  /** Seconds for the repetitions. Three are always made, two of what is slow even so; more while they lie far apart. */
  readonly budget: number
}

/** A chain that is ready to run. */
export interface Prepared {
  /** Runs it once and gives the seconds that it took, by one clock or several. */
  run(): Promise<readonly [number, ...number[]]>
  dispose(): void | Promise<void>
}

/**
 * Time per link, by each clock, from runs of two lengths in turn, so that what both share cancels and a slow moment of the machine hits
 * both. The first run of a chain, which compiles, is not counted. Lengths are multiples of `unit`.
 *
 * @throws Error if the longer chain takes no longer: then there is only noise
 */
export async function slope(prepare: (links: number) => Promise<Prepared>, options: SlopeOptions, unit = 1): Promise<[Slope, ...Slope[]]> {
  const { short, long, links } = await distinctLengths(prepare, options, unit)
  const started = performance.now()
  const spent = () => (performance.now() - started) / 1000
  const samples: number[][] = []
  const enough = () => (spent() < options.budget ? options.repetitions : spent() < 4 * options.budget ? 3 : 2)
  // On a busy machine more repetitions, as long as they help to find the middle.
  const unsettled = () => spent() < 3 * options.budget && !settled(samples.map(([seconds]) => seconds!))
  while (samples.length < enough() || unsettled()) {
    const before = await short.run()
    const after = await long.run()
    samples.push(after.map((seconds, clock) => (seconds - before[clock]!) / (links - unit)))
  }
  await Promise.all([short.dispose(), long.dispose()])
  const of = (clock: number): Slope => {
    const { seconds, spread } = summary(samples.map((sample) => sample[clock]!))
    if (!(seconds > 0)) throw new Error(`lost in noise: ${links} in a row took no longer than ${unit}`)
    return { seconds, spread, links: [unit, links] }
  }
  return [of(0), ...samples[0]!.slice(1).map((_, i) => of(i + 1))]
}

/**
 * Two chains whose times differ by enough: by `difference`, and by half of what the shorter one takes, which may be transfers that vary
 * by more than a link costs.
 */
async function distinctLengths(prepare: (links: number) => Promise<Prepared>, options: SlopeOptions, unit: number) {
  const ready = async (links: number) => {
    const prepared = await prepare(links)
    await prepared.run()
    return prepared
  }
  const best = async (prepared: Prepared) => {
    const [first] = await prepared.run()
    return first > options.budget ? first : Math.min(first, (await prepared.run())[0])
  }
  const short = await ready(unit)
  const base = await best(short)
  let links = 2 * unit
  let long = await ready(links)
  while (links < options.longest) {
    const difference = (await best(long)) - base
    const wanted = Math.max(options.difference, base / 2)
    if (difference >= wanted) break
    const factor = difference <= 0 ? 8 : Math.min(8, Math.max(1.5, (1.2 * wanted) / difference))
    links = unit * Math.min(Math.ceil(options.longest / unit), Math.ceil((links * factor) / unit))
    await long.dispose()
    long = await ready(links)
  }
  return { short, long, links }
}

/** Whether the middle half of the samples lies close together. */
function settled(samples: readonly number[]): boolean {
  const { seconds, spread } = summary(samples)
  return seconds > 0 && spread < 0.1
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
