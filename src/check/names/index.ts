import type { Diagnostic } from '../../diagnostics/diagnostic.ts'
import type { FileScope } from '../program.ts'

export function checkNames(_scope: FileScope): readonly Diagnostic[] {
  return []
}
