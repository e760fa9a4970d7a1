import { dirname, join } from 'node:path'
import { badTokenizer, noTokenizer } from '../diagnostics/catalogue/cli.ts'
import { Failed } from './exit.ts'
import type { Host } from './host.ts'

/** Words to ids and back. */
export interface Words {
  encode(text: string): number[]
  decode(ids: readonly number[]): string
}

/** The tokenizer of a checkpoint's folder, or of a file. @throws Failed */
export async function loadTokenizer(host: Host, file: string | undefined, folder: string | undefined): Promise<Words> {
  const path = file ?? (folder === undefined ? undefined : join(folder, 'tokenizer.json'))
  if (path === undefined || host.files.kind(path) !== 'file')
    throw new Failed([noTokenizer.at(undefined, { folder: path === undefined ? 'the checkpoint' : dirname(path) })])
  const beside = join(dirname(path), 'tokenizer_config.json')
  try {
    const { Tokenizer } = await import('@huggingface/tokenizers')
    const config: unknown = host.files.kind(beside) === 'file' ? JSON.parse(host.files.readText(beside)) : {}
    const tokenizer = new Tokenizer(JSON.parse(host.files.readText(path)), config as ConstructorParameters<typeof Tokenizer>[1])
    return {
      encode(text) {
        const { ids, tokens } = tokenizer.encode(text)
        const unknown = ids.findIndex((id: number | undefined) => id === undefined)
        if (unknown >= 0) throw new Failed([badTokenizer.at(undefined, { path, reason: `it has no token for '${tokens[unknown] ?? ''}'` })])
        return ids
      },
      decode: (ids) => tokenizer.decode([...ids], { skip_special_tokens: true }),
    }
  } catch (error) {
    throw new Failed([badTokenizer.at(undefined, { path, reason: error instanceof Error ? error.message : String(error) })])
  }
}

/**
 * Text as its tokens come: what a new token adds to the decoded text, held back while it ends in the middle of a character.
 */
export class TextStream {
  readonly #words: Words
  readonly #ids: number[] = []
  #printed = 0
  /** Ids before this one are decoded for good: a long text is not decoded again from its beginning for every token. */
  #from = 0

  constructor(words: Words) {
    this.#words = words
  }

  push(id: number): string {
    this.#ids.push(id)
    const text = this.#words.decode(this.#ids.slice(this.#from))
    if (text.endsWith('\uFFFD')) return ''
    const added = text.slice(this.#printed)
    this.#printed = text.length
    // A line break is a safe place to begin anew: no token joins what is before it with what is after.
    if (added.endsWith('\n')) {
      this.#from = this.#ids.length
      this.#printed = 0
    }
    return added
  }

  /** What was held back. */
  end(): string {
    return this.#words.decode(this.#ids.slice(this.#from)).slice(this.#printed)
  }
}
