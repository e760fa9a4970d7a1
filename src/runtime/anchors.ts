/** A position at which the fold states of a sequence are kept, so that it can return there. */
export interface Anchor {
  readonly position: number
  /** Which of the two copies holds it. */
  readonly slot: 0 | 1
  /** Whether the outputs of the token before it are kept as well, so that returning needs no replay. */
  readonly complete: boolean
}

/**
 * Where one sequence keeps anchors: at most two, so that a rollback of up to `limit` tokens always finds one before its target while
 * the copies are renewed only every `stride` tokens. Pure bookkeeping; the copies are the session's.
 */
export class Anchors {
  readonly limit: number
  readonly stride: number
  #kept: readonly Anchor[]

  constructor(limit: number, position: number) {
    this.limit = limit
    this.stride = strideOf(limit)
    this.#kept = [{ position, slot: 0, complete: true }]
  }

  /** Tokens that `position` may go back now. */
  possible(position: number): number {
    const oldest = this.#kept[0]
    if (oldest === undefined) return 0
    const least = oldest.complete ? oldest.position : oldest.position + 1
    return Math.max(0, Math.min(this.limit, position - least))
  }

  /** The oldest position whose tokens must still be known. */
  get oldest(): number {
    return this.#kept[0]?.position ?? 0
  }

  /** Whether the state at `position` is worth keeping. */
  due(position: number): boolean {
    const newest = this.#kept.at(-1)
    return newest === undefined || position - newest.position >= this.stride
  }

  /** Keeps `position`; the caller copies the state to the slot that this returns. */
  keep(position: number, complete: boolean): 0 | 1 {
    const newest = this.#kept.at(-1)
    const slot = newest?.slot === 0 ? 1 : 0
    this.#kept = [...(newest === undefined ? [] : [newest]), { position, slot, complete }]
    return slot
  }

  /** Forgets the older anchor if the newer one serves every rollback from `position`. */
  trim(position: number): void {
    const newest = this.#kept.at(-1)
    if (newest !== undefined && position - newest.position > this.limit) this.#kept = [newest]
  }

  /** The nearest anchor from which `target` can be reached; later ones are forgotten. */
  nearest(target: number): Anchor | undefined {
    this.#kept = this.#kept.filter(({ position, complete }) => position < target || (position === target && complete))
    return this.#kept.at(-1)
  }
}

/** Tokens between anchors: more than a rollback, so that one before its target always exists; not so few that copies dominate. */
export function strideOf(limit: number): number {
  return Math.max(limit + 1, 16)
}

/** The most tokens between the oldest anchor in use and the end of a sequence, at rest. */
export function replayBound(limit: number): number {
  return limit === 0 ? 0 : 4 * strideOf(limit)
}
