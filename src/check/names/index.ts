import type { Diagnostic } from '../../diagnostics/diagnostic.ts'
import type { CheckpointDecl, CheckpointEntry, Expr } from '../../syntax/ast.ts'
import type { FileScope } from '../program.ts'
import { checkBody, checkFunction, checkLayer, checkModel } from './definitions.ts'
import { checkExpression } from './expressions.ts'
import { Names } from './names.ts'

/**
 * Checks the names and plain kinds of every definition of a file, whether a model applies it or not: what is not known, given twice or not
 * used, and arguments that no definition takes. Shapes are the elaboration's matter.
 */
export function checkNames(scope: FileScope): readonly Diagnostic[] {
  const diagnostics: Diagnostic[] = []
  const used = new Set(scope.checkpoints.flatMap(namesOfCheckpoint))
  for (const decl of scope.file.declarations) {
    const names = new Names(scope, diagnostics)
    switch (decl.kind) {
      case 'model':
        checkModel(decl, names, used)
        break
      case 'layer':
        checkLayer(decl, names)
        break
      case 'recurrence':
      case 'attention':
        checkBody(decl, names)
        break
      case 'function':
        checkFunction(decl, names)
        break
      case 'init':
        checkExpression(decl.value, names)
        break
      case 'modelApplication': {
        // What it applies, and with which arguments, is followed when the model is elaborated.
        const { value } = decl
        if (value.kind === 'call') {
          checkExpression(value.callee, names)
          for (const arg of value.args) checkExpression(arg.value, names)
        } else checkExpression(value, names)
      }
    }
  }
  return diagnostics
}

function namesOfCheckpoint({ entries }: CheckpointDecl): readonly string[] {
  const found: string[] = []
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) for (const item of value) visit(item)
    else if (typeof value === 'object' && value !== null) {
      if ((value as Partial<Expr>).kind === 'name') found.push((value as Extract<Expr, { kind: 'name' }>).name)
      for (const part of Object.values(value)) visit(part)
    }
  }
  visit(entries satisfies readonly CheckpointEntry[])
  return found
}
