/** A fenced block of the language in a Markdown file, with what its info string says of it. */
export interface Block {
  readonly text: string
  /** Line of the fence, from 1. */
  readonly line: number
  /** The only code that it must give. */
  readonly error: string | undefined
  /** The path under which blocks marked `imports` find it. */
  readonly file: string | undefined
  readonly form: Form
}

/** What surrounds a block that is no complete file. */
export type Form =
  | { readonly kind: 'complete' }
  | { readonly kind: 'declarations' }
  /** Declarations, and an application of them to features. */
  | { readonly kind: 'apply'; readonly call: string }
  /** The statements of a layer over `x: f32[B, T, d]`. */
  | { readonly kind: 'layer' }

/** The blocks of a file, in order. */
export function gdnBlocks(markdown: string): readonly Block[] {
  const found: Block[] = []
  for (const match of markdown.matchAll(/^```gdn([^\n]*)\n([\s\S]*?)^```$/gm)) {
    const [, info = '', text = ''] = match
    const line = markdown.slice(0, match.index).split('\n').length
    const { error, file, form } = readInfo(info.trim(), text, line)
    found.push({ text, line, error, file, form })
  }
  return found
}

function readInfo(info: string, text: string, line: number): Pick<Block, 'error' | 'file' | 'form'> {
  const parts = /^(?:error (\w+))?\s*(?:file (\S+)|imports)?\s*(layer|apply (.+))?$/.exec(info)
  if (!parts) throw new Error(`line ${line}: the mark "${info}" means nothing`)
  const [, error, file, form, call] = parts
  const kind = form === 'layer' ? 'layer' : call !== undefined ? 'apply' : text.startsWith('gdn 1') ? 'complete' : 'declarations'
  return { error, file, form: kind === 'apply' ? { kind, call: call as string } : { kind } }
}

/** Width of the features that fragments work on. */
const d = 48

/** The block as a file that can be checked. */
export function asFile({ text, form }: Block): string {
  switch (form.kind) {
    case 'complete':
      return text
    case 'declarations':
      return `gdn 1\n${text}`
    case 'layer':
      return `gdn 1\nlayer example {\n  in x: f32[B, T, d]\n${text}}\n${model('example()')}`
    case 'apply':
      return `gdn 1\n${text}${model(form.call)}`
  }
}

const model = (call: string): string =>
  `model Example {
  dim B: batch
  dim T: time
  input x: f32[B, T, ${d}]
  output y: f32[B, T, ${d}]
  y = x | ${call} | flatten | linear(${d}) as close
}
`
