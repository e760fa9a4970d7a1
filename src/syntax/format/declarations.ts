import type { BodyParam, Declaration, Import, KindType, Param, TensorTypeExpr } from '../ast.ts'
import { type Doc, group, indent, line } from './doc.ts'
import { printExpr } from './expressions.ts'
import type { Layout } from './layout.ts'
import { printEntry, printEquation, printStatements, printType, printWeighting } from './statements.ts'

export function printImport(layout: Layout, { names, from }: Import): Doc {
  const printed = names.map(({ name, as }) => (as === undefined ? name.text : `${name.text} as ${as.text}`))
  const list = printed.map((name, index) => [index === 0 ? '' : line, name, index < printed.length - 1 ? ',' : ''])
  return group(['import ', indent([list, ' from ']), layout.source(from)])
}

export function printDeclaration(layout: Layout, declaration: Declaration): Doc {
  const { doc, name } = declaration
  return [layout.documentation(doc), head(declaration), ' ', name.text, body(layout, declaration)]
}

/** Declarations that usually stand on one line, and may stand without an empty line between them. */
export function isShort({ kind }: Declaration | Import): boolean {
  return ['import', 'init', 'function', 'modelApplication'].includes(kind)
}

function head(declaration: Declaration): string {
  if (declaration.kind === 'layer') return declaration.keyword
  return declaration.kind === 'modelApplication' ? 'model' : declaration.kind
}

function body(layout: Layout, declaration: Declaration): Doc {
  switch (declaration.kind) {
    case 'model':
    case 'layer': {
      const params = declaration.params.length === 0 ? '' : layout.list('(', declaration.params, ')', (param) => printParam(layout, param))
      return [params, ' ', printStatements(layout, declaration.body)]
    }
    case 'modelApplication':
    case 'init':
      return [' = ', printExpr(layout, declaration.value)]
    case 'function':
      return [printBodyParams(layout, declaration.params), group([' =', indent([line, printExpr(layout, declaration.value)])])]
    case 'recurrence': {
      const equations = layout.block(declaration.body, (statement) => printEquation(layout, statement))
      return [printBodyParams(layout, declaration.params), ' -> ', printType(layout, declaration.result), ' ', equations]
    }
    case 'attention': {
      const statements = layout.block(declaration.body, (statement) => printWeighting(layout, statement))
      return [printBodyParams(layout, declaration.params), ' -> ', printType(layout, declaration.result), ' ', statements]
    }
    case 'checkpoint':
      return [' from ', declaration.format.text, ' ', layout.block(declaration.entries, (entry) => printEntry(layout, entry))]
  }
}

function printParam(layout: Layout, param: Param): Doc {
  const given = param.default === undefined ? '' : [' = ', printExpr(layout, param.default)]
  return [layout.documentation(param.doc), param.name.text, ': ', printKind(layout, param.type), given]
}

function printKind(layout: Layout, { name, length }: KindType): Doc {
  if (length === undefined) return name.text
  return [name.text, '[', length === null ? '' : printExpr(layout, length), ']']
}

function printBodyParams(layout: Layout, params: readonly BodyParam[]): Doc {
  return layout.list('(', params, ')', (param) => {
    const side = param.side === undefined ? '' : `[${param.side.text}]`
    const type = param.isTensor ? printType(layout, param.type as TensorTypeExpr) : printKind(layout, param.type as KindType)
    const given = param.default === undefined ? '' : [' = ', printExpr(layout, param.default)]
    return [layout.documentation(param.doc), param.name.text, side, ': ', type, given]
  })
}
