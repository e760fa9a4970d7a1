import type { MessageDefinition } from '../diagnostic.ts'
import * as check from './check.ts'
import * as checkpoint from './checkpoint.ts'
import * as cli from './cli.ts'
import * as emit from './emit.ts'
import * as imports from './import.ts'
import * as plan from './plan.ts'
import * as syntax from './syntax.ts'

/** A definition whose parameters are not of interest: its code, title and page. */
export type AnyMessage = Pick<MessageDefinition<never>, 'code' | 'severity' | 'title' | 'page'>

/** Every message of the compiler by its code, in the order of the codes. */
export const catalogue: ReadonlyMap<string, AnyMessage> = collect([syntax, check, plan, emit, checkpoint, imports, cli])

/** The page of a code for `gdnc explain`, as Markdown; undefined for a code that does not exist. `gdn1014` and `1014` are understood. */
export function explain(code: string): string | undefined {
  const wanted = code.trim().toUpperCase()
  const message = catalogue.get(wanted) ?? catalogue.get(`GDN${wanted}`)
  return message && `# ${message.code}: ${message.title}\n\n${message.page.trim()}\n`
}

/** Gathers the definitions that stages export; a code that two of them claim is a mistake of ours. */
export function collect(stages: readonly object[]): ReadonlyMap<string, AnyMessage> {
  const found = new Map<string, AnyMessage>()
  for (const entry of stages.flatMap((stage) => Object.values(stage))) {
    if (!isMessage(entry)) continue
    const other = found.get(entry.code)
    if (other !== undefined) throw new Error(`${entry.code} stands for '${other.title}' and for '${entry.title}'`)
    found.set(entry.code, entry)
  }
  return new Map([...found].sort(([a], [b]) => (a < b ? -1 : 1)))
}

function isMessage(entry: unknown): entry is AnyMessage {
  return typeof entry === 'object' && entry !== null && 'code' in entry && 'page' in entry && 'at' in entry
}
