import type {
  BodyParameterCstNode,
  BodyParametersCstNode,
  DeclarationCstNode,
  FileCstNode,
  ImportDeclarationCstNode,
  ModelDeclarationCstNode,
  ParametersCstNode,
} from '../../../grammar/cst.ts'
import { misplacedSide, missingHeader, unknownEdition } from '../../diagnostics/catalogue/syntax.ts'
import type { SourceFile, Span } from '../../source/source.ts'
import type { BodyParam, Declaration, Doc, File, Import, KindType, Param, TextLiteral } from '../ast.ts'
import { readCheckpoint } from './checkpoints.ts'
import { readExpression, readRange } from './expressions.ts'
import { readText } from './literals.ts'
import { parts, type Reader } from './reader.ts'
import { readAttentionStatement, readDefault, readRecurrenceBody, readStatement, readTensorType } from './statements.ts'

const edition = 1

export function readFile(reader: Reader, node: FileCstNode, source: SourceFile): File {
  const span: Span = { path: source.path, start: 0, end: source.text.length }
  const { header, importDeclaration = [], declaration = [] } = parts(node)
  return {
    kind: 'file',
    span,
    edition: readEdition(reader, header, span),
    imports: importDeclaration.flatMap((item) => readImport(reader, item) ?? []),
    declarations: declaration.flatMap((item) => readDeclaration(reader, item) ?? []),
  }
}

function readEdition(reader: Reader, header: FileCstNode['children']['header'], file: Span): number | undefined {
  const number = header?.[0]?.children.Number?.[0]
  if (header === undefined) {
    const start = { ...file, end: file.start }
    reader.report(
      missingHeader.at(start, {}, { fixes: [{ title: 'insert `gdn 1`', edits: [{ span: start, text: `gdn ${edition}\n\n` }] }] }),
    )
  }
  const span = reader.span(number)
  if (number === undefined || span === undefined) return undefined
  if (number.image !== String(edition)) reader.report(unknownEdition.at(span, { found: number.image, known: edition }))
  return Number(number.image)
}

function readImport(reader: Reader, node: ImportDeclarationCstNode): Import | undefined {
  const span = reader.span(node)
  if (span === undefined) return undefined
  const { importName = [], Text } = parts(node)
  const names = importName.map((item) => {
    const { Name, As } = parts(item)
    const at = reader.span(item) ?? span
    return { name: reader.name(Name?.[0], at), as: As && reader.name(Name?.[1], at) }
  })
  const nowhere: TextLiteral = { kind: 'text', span: reader.endOf(span), value: '' }
  return { kind: 'import', span, names, from: Text?.[0] ? readText(reader, Text[0]) : nowhere }
}

/** A declaration; undefined where recovery left nothing of it. */
function readDeclaration(reader: Reader, node: DeclarationCstNode): Declaration | undefined {
  const kinds = parts(node)
  const doc = reader.doc(kinds.Doc)
  const inner = Object.entries(kinds).find(([key]) => key !== 'Doc')?.[1]?.[0]
  const span = inner && reader.span(inner)
  if (span === undefined) return undefined
  const { modelDeclaration, layerDeclaration, recurrenceDeclaration, attentionDeclaration } = kinds
  const { functionDeclaration, initDeclaration, checkpointDeclaration } = kinds
  if (modelDeclaration?.[0]) return readModel(reader, modelDeclaration[0], doc, span)
  if (layerDeclaration?.[0]) {
    const { Block, Name, parameters, body } = parts(layerDeclaration[0])
    const statements = (body?.[0]?.children.statement ?? []).flatMap((statement) => readStatement(reader, statement) ?? [])
    const params = readParams(reader, parameters?.[0])
    const keyword = Block === undefined ? 'layer' : 'block'
    return { kind: 'layer', keyword, span, doc, name: reader.name(Name?.[0], span), params, body: statements }
  }
  if (recurrenceDeclaration?.[0]) {
    const { Name, bodyParameters, tensorType, recurrenceBody } = parts(recurrenceDeclaration[0])
    const params = readBodyParams(reader, bodyParameters?.[0], 'a recurrence')
    const result = readTensorType(reader, tensorType?.[0], span)
    return {
      kind: 'recurrence',
      span,
      doc,
      name: reader.name(Name?.[0], span),
      params,
      result,
      body: readRecurrenceBody(reader, recurrenceBody?.[0]),
    }
  }
  if (attentionDeclaration?.[0]) {
    const { Name, bodyParameters, tensorType, attentionStatement = [] } = parts(attentionDeclaration[0])
    const params = readBodyParams(reader, bodyParameters?.[0], undefined)
    const result = readTensorType(reader, tensorType?.[0], span)
    const body = attentionStatement.flatMap((statement) => readAttentionStatement(reader, statement) ?? [])
    return { kind: 'attention', span, doc, name: reader.name(Name?.[0], span), params, result, body }
  }
  if (functionDeclaration?.[0]) {
    const { Name, bodyParameters, expression } = parts(functionDeclaration[0])
    const params = readBodyParams(reader, bodyParameters?.[0], 'a function')
    return { kind: 'function', span, doc, name: reader.name(Name?.[0], span), params, value: readExpression(reader, expression?.[0], span) }
  }
  if (initDeclaration?.[0]) {
    const { Name, expression } = parts(initDeclaration[0])
    return { kind: 'init', span, doc, name: reader.name(Name?.[0], span), value: readExpression(reader, expression?.[0], span) }
  }
  return checkpointDeclaration?.[0] && readCheckpoint(reader, checkpointDeclaration[0], doc, span)
}

function readModel(reader: Reader, node: ModelDeclarationCstNode, doc: Doc, span: Span): Declaration {
  const { Name, Equal, expression, parameters, body } = parts(node)
  const name = reader.name(Name?.[0], span)
  if (Equal !== undefined) {
    return { kind: 'modelApplication', span, doc, name, value: readExpression(reader, expression?.[0], reader.span(Equal[0]) ?? span) }
  }
  const statements = (body?.[0]?.children.statement ?? []).flatMap((statement) => readStatement(reader, statement) ?? [])
  return { kind: 'model', span, doc, name, params: readParams(reader, parameters?.[0]), body: statements }
}

function readParams(reader: Reader, node: ParametersCstNode | undefined): Param[] {
  const { parameter = [], Comma } = node === undefined ? {} : parts(node)
  reader.separated(parameter, Comma)
  return parameter.flatMap((item) => {
    const whole = reader.span(item)
    if (whole === undefined) return []
    const { Doc, Name, kind, defaultValue } = parts(item)
    const span = { ...whole, start: reader.span(Name?.[0])?.start ?? whole.start }
    const at = (kind?.[0] && reader.span(kind[0])) ?? reader.endOf(span)
    const { Name: kindName, LeftBracket, expression } = kind?.[0] === undefined ? {} : parts(kind[0])
    const length = LeftBracket === undefined ? undefined : expression?.[0] ? readExpression(reader, expression[0], at) : null
    const type: KindType = { span: at, name: reader.name(kindName?.[0], at), length }
    return {
      kind: 'param',
      span,
      doc: reader.doc(Doc),
      name: reader.name(Name?.[0], span),
      type,
      default: readDefault(reader, defaultValue, span),
    }
  })
}

function readBodyParams(reader: Reader, node: BodyParametersCstNode | undefined, sideless: string | undefined): BodyParam[] {
  const { bodyParameter = [], Comma } = node === undefined ? {} : parts(node)
  reader.separated(bodyParameter, Comma)
  return bodyParameter.flatMap((item) => readBodyParam(reader, item, sideless) ?? [])
}

function readBodyParam(reader: Reader, node: BodyParameterCstNode, sideless: string | undefined): BodyParam | undefined {
  const whole = reader.span(node)
  if (whole === undefined) return undefined
  const { Doc, Name, LeftBracket, tensorType, range, defaultValue } = parts(node)
  const span = { ...whole, start: reader.span(Name?.[0])?.start ?? whole.start }
  const name = reader.name(Name?.[0], span)
  const side = LeftBracket && Name?.[1] && reader.name(Name[1], span)
  if (side !== undefined && (sideless !== undefined || !['i', 'j'].includes(side.text))) {
    const problem = sideless === undefined ? 'a side is `i` or `j`' : `a parameter of ${sideless} has no side`
    reader.report(misplacedSide.at(side.span, { name: name.text, side: side.text, problem }))
  }
  const bare = readTensorType(reader, tensorType?.[0], span)
  const values = range?.[0] && readRange(reader, range[0], bare.span)
  const tensor = { ...bare, span: values ? reader.between(bare.span, values.span) : bare.span, range: values }
  const isTensor = range !== undefined || /^(?:(?:f|bf|u|i)\d+|bool|)$/.test(tensor.dtype.text)
  const axis = tensor.axes[0]
  const length = axis?.kind === 'axis' ? axis.size : tensorType?.[0]?.children.LeftBracket ? null : undefined
  const kind: KindType = { span: tensor.span, name: tensor.dtype, length }
  const given = readDefault(reader, defaultValue, span)
  return { kind: 'bodyParam', span, doc: reader.doc(Doc), name, side, type: isTensor ? tensor : kind, isTensor, default: given }
}
