import type { SignatureHelp } from 'vscode-languageserver'
import { builtins } from '../check/builtins/index.ts'
import type { ParamKind } from '../check/signature.ts'
import { callSiteAt } from './call-site.ts'
import { declarationOf } from './declaration.ts'
import { calledBy, definitionsOf, type Named, parametersOf } from './names/index.ts'
import type { TextFile, Workspace } from './workspace.ts'

export interface Taken {
  readonly name: string
  /** As it is declared. */
  readonly label: string
  /** What is written about it; may be empty. */
  readonly doc: string
  /** `size`, `layer`, `tensor` ..: the kind of value. */
  readonly kind: string
  readonly isInput: boolean
}

/** What a callee takes, inputs first; undefined for what is no definition. */
export function takenBy(callee: string, file: TextFile, workspace: Workspace): readonly Taken[] | undefined {
  const target = targetOf(callee, file, workspace)
  if (target !== undefined) {
    const text = workspace.file(target.node.span.path)?.source.text ?? ''
    return parametersOf(target.node).map((one) => {
      const { name, what, node } = one
      const isTensor = what === 'input' || ('isTensor' in node && node.isTensor === true)
      const kind = isTensor ? 'tensor' : ((node as { type?: { name?: { text: string } } }).type?.name?.text ?? 'size')
      const [, doc = ''] = declarationOf(one, workspace)
      return { name: name.text, label: text.slice(name.span.start, node.span.end), doc, kind, isInput: isTensor }
    })
  }
  const signature = builtins.get(callee)?.signature
  return (
    signature && [
      ...signature.inputs.map(({ name }) => ({ name, label: name, doc: '', kind: 'tensor', isInput: true })),
      ...signature.params.map(({ name, kind, optional }) => ({
        name,
        label: `${name}: ${kindText(kind)}${optional ? '?' : ''}`,
        doc: '',
        kind: kind.kind === 'either' ? (kind.of[0]?.kind ?? 'any') : kind.kind,
        isInput: false,
      })),
    ]
  )
}

function kindText(kind: ParamKind): string {
  if (kind.kind === 'list') return `${kindText(kind.of)}[]`
  return kind.kind === 'either' ? kind.of.map(kindText).join(' or ') : kind.kind
}

const targetOf = (callee: string, file: TextFile, workspace: Workspace): Named | undefined =>
  calledBy(definitionsOf(file, workspace).get(callee), workspace)

/** What the call around a place takes, and which of it comes next. */
export function signatureHelp(file: TextFile, offset: number, workspace: Workspace): SignatureHelp | undefined {
  const site = callSiteAt(file.source, offset)
  const taken = site && takenBy(site.callee, file, workspace)
  if (site === undefined || taken === undefined) return undefined
  const inputs = taken.filter(({ isInput }) => isInput).length
  // A recipe is given its input later, a pipe gives it before.
  const recipe = site.piped || (inputs === 1 && builtins.get(site.callee) === undefined)
  const next =
    site.argument === undefined ? site.position + (recipe ? Math.min(1, inputs) : 0) : taken.findIndex(({ name }) => name === site.argument)
  const target = targetOf(site.callee, file, workspace)
  const documentation = target === undefined ? builtins.get(site.callee)?.doc : declarationOf(target, workspace)[1]
  return {
    signatures: [
      {
        label: `${site.callee}(${taken.map(({ label }) => label).join(', ')})`,
        parameters: taken.map(({ label, doc }) => ({
          label,
          ...(doc === '' ? {} : { documentation: { kind: 'markdown' as const, value: doc } }),
        })),
        ...(documentation === undefined ? {} : { documentation: { kind: 'markdown' as const, value: documentation } }),
      },
    ],
    activeSignature: 0,
    ...(next >= 0 && next < taken.length ? { activeParameter: next } : {}),
  }
}
