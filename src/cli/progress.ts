import { bytes } from '../util/units.ts'
import type { Host } from './host.ts'

/** One line on stderr that says how far something is; nothing where stderr is no terminal, but for lines that stay. */
export class ProgressLine {
  readonly #host: Host
  #shown = ''

  constructor(host: Host) {
    this.#host = host
  }

  /** Replaces the line. */
  show(text: string): void {
    const { stderr } = this.#host
    if (!stderr.isTerminal) return
    const line = text.slice(0, Math.max(10, stderr.columns - 1))
    if (line === this.#shown) return
    stderr.write(`\r${line.padEnd(this.#shown.length)}`)
    this.#shown = line
  }

  /** Takes the line away. */
  clear(): void {
    if (this.#shown === '') return
    this.#host.stderr.write(`\r${' '.repeat(this.#shown.length)}\r`)
    this.#shown = ''
  }

  /** A line that stays. */
  say(text: string): void {
    this.clear()
    this.#host.stderr.write(`${text}\n`)
  }
}

/** What `Model.create` reports, in words. */
export function progressText({
  phase,
  loaded,
  total,
}: {
  readonly phase: 'kernels' | 'weights'
  readonly loaded: number
  readonly total: number
}): string {
  if (phase === 'kernels') return `kernels ${loaded} of ${total}`
  return `weights ${bytes(loaded)} of ${bytes(total)} (${total === 0 ? 100 : Math.floor((100 * loaded) / total)} %)`
}
