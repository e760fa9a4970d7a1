import type { Command } from 'commander'
import { profiles } from '../driver/profiles.ts'
import type { CompileOptions } from '../driver/state.ts'
import { isStorage, storages } from '../model/precision.ts'
import { UsageError } from './exit.ts'

/** What every command that compiles a spec takes. */
export interface SpecOptions {
  readonly model?: string
  readonly size?: readonly string[]
  readonly weights?: string
  readonly profile?: string
  readonly trace?: boolean
  readonly json?: boolean
}

/** Declares them. */
export function withSpecOptions(command: Command): Command {
  return command
    .option('--model <name>', 'the model to take, where the file has several')
    .option('--size <name=value>', 'a value for a size or parameter of the model; may be repeated', collect)
    .option('--weights <format>', 'store weights as f32, f16 or bf16, but for those that a pattern of the spec names')
    .option('--profile <name>', 'what the device may be relied on for', 'portable')
    .option('--trace', 'say on stderr how long each pass took')
    .option('--json', 'one JSON document on stdout')
}

/** Reads them. @throws UsageError */
export function readSpecOptions({ model, size = [], weights, profile = 'portable' }: SpecOptions): CompileOptions {
  const found = profiles.get(profile)
  if (found === undefined) throw new UsageError(`there is no profile ${profile}, only ${[...profiles.keys()].join(', ')}`)
  if (weights !== undefined && !isStorage(weights)) throw new UsageError(`--weights takes ${storages.join(', ')}, found '${weights}'`)
  return { model, sizes: Object.fromEntries(size.map(readSize)), weights, profile: found }
}

const collect = (value: string, before: readonly string[] = []): readonly string[] => [...before, value]

/** `d=256`, `negative=true`, `window=none`, `kind=fast` */
function readSize(text: string): [string, number | boolean | string | null] {
  const at = text.indexOf('=')
  const name = text.slice(0, Math.max(0, at)).trim()
  if (at < 1 || !/^[A-Za-z_]\w*$/.test(name)) throw new UsageError(`--size takes name=value, found '${text}'`)
  const value = text.slice(at + 1).trim()
  if (value === '') throw new UsageError(`--size ${name} has no value`)
  if (value === 'true' || value === 'false') return [name, value === 'true']
  if (value === 'none') return [name, null]
  const number = Number(value.replaceAll('_', ''))
  return [name, Number.isFinite(number) ? number : value]
}
