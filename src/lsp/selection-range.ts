import type { SelectionRange } from 'vscode-languageserver'
import { pathTo } from '../syntax/walk.ts'
import type { TextFile, Workspace } from './workspace.ts'

/** What an editor selects as a selection grows: the nodes of the syntax around a place, from the inside. */
export function selectionRange({ file, source }: TextFile, offset: number, workspace: Workspace): SelectionRange {
  const nodes = pathTo(file, offset).filter(
    ({ span }, i, all) => span.start !== all[i - 1]?.span.start || span.end !== all[i - 1]?.span.end,
  )
  const [outermost, ...inner] = nodes.length > 0 ? nodes : [{ span: { path: source.path, start: offset, end: offset } }]
  const whole: SelectionRange = { range: workspace.range((outermost as { span: typeof file.span }).span) }
  return inner.reduce<SelectionRange>((parent, { span }) => ({ range: workspace.range(span), parent }), whole)
}
