import type { Connection } from 'vscode-languageserver'
import { diagnosticsByFile, shown } from './diagnostics.ts'
import type { Workspace } from './workspace.ts'

/** Sends diagnostics when edits pause, and takes them back from files that have none any more. */
export class Publisher {
  readonly #connection: Connection
  readonly #workspace: Workspace
  readonly #quiet: number
  readonly #sent = new Set<string>()
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(connection: Connection, workspace: Workspace, quiet: number) {
    this.#connection = connection
    this.#workspace = workspace
    this.#quiet = quiet
  }

  soon(): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.#send(), this.#quiet)
  }

  stop(): void {
    clearTimeout(this.#timer)
  }

  #send(): void {
    try {
      this.#publish()
    } catch (error) {
      // A mistake of ours must not take the editor's other answers away.
      this.#connection.console.error(`internal error of gdnc: ${error instanceof Error ? error.stack : String(error)}`)
    }
  }

  #publish(): void {
    const found = diagnosticsByFile(this.#workspace)
    for (const path of new Set([...this.#sent, ...found.keys()])) {
      const diagnostics = (found.get(path) ?? []).map((diagnostic) => shown(diagnostic, this.#workspace))
      const version = this.#workspace.version(path)
      void this.#connection.sendDiagnostics({
        uri: this.#workspace.uri(path),
        diagnostics,
        ...(version === undefined ? {} : { version }),
      })
      if (found.has(path)) this.#sent.add(path)
      else this.#sent.delete(path)
    }
  }
}
