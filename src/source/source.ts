/** Source text and positions in it. Offsets are UTF-16 code units, lines and columns count from 1. */
export interface SourceFile {
  /** As the user named it; `std/...` for the standard library. Never an absolute path of the machine. */
  readonly path: string
  readonly text: string
}

/** A half-open range `[start, end)` of one file. */
export interface Span {
  readonly path: string
  readonly start: number
  readonly end: number
}

/** Files by their paths, as diagnostics name them; a `Map` is one. */
export interface Sources {
  get(path: string): SourceFile | undefined
}
