/** What the server needs from outside its open documents. Files are named by URI, as editors name them. */
export interface LanguageHost {
  /** Text of a file, or undefined if there is none that can be read. */
  readText(uri: string): string | undefined
  /** The specs in a folder and below. Gives up at some number of files, so that a folder that is no workspace costs little. */
  specsBelow(folder: string): SpecList
  /** A file of the standard library by its name: `src/std/<name>`. */
  library(name: string): string
  /** Where an editor can open that file. */
  libraryUri(name: string): string
  readonly version: string
}

export interface SpecList {
  readonly uris: readonly string[]
  /** False where there was more than the host looks through. */
  readonly complete: boolean
}
