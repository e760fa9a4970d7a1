import type { SignatureHelp } from 'vscode-languageserver'
import { builtins } from '../check/builtins/index.ts'
import { callSiteAt } from './call-site.ts'
import { calledBy, definitionsOf, parametersOf } from './names.ts'
import type { TextFile, Workspace } from './workspace.ts'

export interface Taken {
  readonly name: string
  /** As it is declared. */
  readonly label: string
  readonly isInput: boolean
}

/** What a callee takes, inputs first; undefined for what is no definition. */
export function takenBy(callee: string, file: TextFile, workspace: Workspace): readonly Taken[] | undefined {
  const definitions = definitionsOf(file, workspace)
  const target = calledBy(definitions.get(callee), definitions)
  if (target !== undefined) {
    const text = workspace.file(target.name.span.path)?.source.text ?? ''
    return parametersOf(target.node).map(({ name, what, node }) => {
      const isTensor = 'isTensor' in node && node.isTensor === true
      return { name: name.text, label: text.slice(name.span.start, node.span.end), isInput: what === 'input' || isTensor }
    })
  }
  const signature = builtins.get(callee)?.signature
  return (
    signature && [
      ...signature.inputs.map(({ name }) => ({ name, label: name, isInput: true })),
      ...signature.params.map(({ name, kind, optional }) => ({
        name,
        label: `${name}: ${kind.kind}${optional ? '?' : ''}`,
        isInput: false,
      })),
    ]
  )
}

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
  const labels = taken.map(({ label }) => label)
  const documentation = builtins.get(site.callee)?.doc
  return {
    signatures: [
      {
        label: `${site.callee}(${labels.join(', ')})`,
        parameters: labels.map((label) => ({ label })),
        ...(documentation === undefined ? {} : { documentation: { kind: 'markdown' as const, value: documentation } }),
      },
    ],
    activeSignature: 0,
    ...(next >= 0 && next < labels.length ? { activeParameter: next } : {}),
  }
}
