/** Carries a signal's reason past those who would take it for a failure. */
export class Aborted extends Error {
  readonly reason: unknown
  constructor(reason: unknown) {
    super('aborted')
    this.reason = reason
  }
}
