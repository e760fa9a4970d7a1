/** What the server needs from outside its open documents. Files are named by URI, as editors name them. */
export interface LanguageHost {
  /** Text of a file, or undefined if there is none. */
  readText(uri: string): string | undefined
  /** A file of the standard library by its name: `src/std/<name>`. */
  library(name: string): string
  /** Where an editor can open that file. */
  libraryUri(name: string): string
  readonly version: string
}
