import type {
  CheckpointBodyCstNode,
  CheckpointDeclarationCstNode,
  CheckpointEntryCstNode,
  TensorRuleCstNode,
} from '../../../grammar/cst.ts'
import type { Span } from '../../source/source.ts'
import type { CheckpointDecl, CheckpointEntry, Doc, PatternText } from '../ast.ts'
import { readArguments, readExpression, readForHead } from './expressions.ts'
import { readPattern } from './patterns.ts'
import { parts, type Reader } from './reader.ts'

export function readCheckpoint(reader: Reader, node: CheckpointDeclarationCstNode, doc: Doc, span: Span): CheckpointDecl {
  const { Name, checkpointBody } = parts(node)
  const entries = readEntries(reader, checkpointBody?.[0], new Set())
  return { kind: 'checkpoint', span, doc, name: reader.name(Name?.[0], span), format: reader.name(Name?.[1], span), entries }
}

/** What `for`s around an entry give. */
type Bound = ReadonlySet<string>

function readEntries(reader: Reader, node: CheckpointBodyCstNode | undefined, bound: Bound): CheckpointEntry[] {
  return (node?.children.checkpointEntry ?? []).flatMap((entry) => readEntry(reader, entry, bound) ?? [])
}

type Texts = Parameters<Reader['doc']>[0]

function readEntry(reader: Reader, node: CheckpointEntryCstNode, bound: Bound): CheckpointEntry | undefined {
  const span = reader.span(node)
  if (span === undefined) return undefined
  const { tensorRule, groupEntry, forEntry, ignoreEntry, expectEntry } = parts(node)
  const text = (texts: Texts, index: number): PatternText => {
    const token = texts?.[index]
    return token === undefined ? { kind: 'text', span: reader.endOf(span), value: '' } : readPattern(reader, token, bound)
  }
  if (tensorRule?.[0]) return readRule(reader, tensorRule[0], span, bound)
  if (groupEntry?.[0]) {
    const { Text, checkpointBody } = parts(groupEntry[0])
    if (Text?.length !== 2) return { kind: 'missing', span }
    return { kind: 'group', span, ours: text(Text, 0), theirs: text(Text, 1), entries: readEntries(reader, checkpointBody?.[0], bound) }
  }
  if (forEntry?.[0]) {
    const { forHead, checkpointBody } = parts(forEntry[0])
    const head = readForHead(reader, forHead?.[0], span)
    return { kind: 'for', span, ...head, entries: readEntries(reader, checkpointBody?.[0], new Set(bound).add(head.variable.text)) }
  }
  if (ignoreEntry?.[0]) {
    const { Text } = parts(ignoreEntry[0])
    return Text === undefined ? { kind: 'missing', span } : { kind: 'ignore', span, pattern: text(Text, 0) }
  }
  if (expectEntry?.[0]) {
    const { Text, EqualEqual, expression } = parts(expectEntry[0])
    if (Text === undefined) return { kind: 'missing', span }
    return {
      kind: 'expect',
      span,
      keys: Text.map((_, i) => text(Text, i)),
      value: readExpression(reader, expression?.[0], reader.span(EqualEqual?.[0]) ?? span),
    }
  }
  return { kind: 'missing', span }
}

function readRule(reader: Reader, node: TensorRuleCstNode, span: Span, bound: Bound): CheckpointEntry {
  const { Optional, Text, Name, transform = [] } = parts(node)
  const ours = Text?.[0]
  const theirs = Text?.[1]
  if (ours === undefined || (theirs === undefined && Name === undefined)) return { kind: 'missing', span }
  return {
    kind: 'rule',
    span,
    optional: Optional !== undefined,
    ours: readPattern(reader, ours, bound),
    theirs: theirs === undefined ? reader.name(Name?.[0], span) : readPattern(reader, theirs, bound),
    transforms: transform.flatMap((item) => {
      const at = reader.span(item)
      const args = item.children.callArguments?.[0]
      return at === undefined
        ? []
        : { span: at, name: reader.name(item.children.Name?.[0], at), args: args ? readArguments(reader, args) : [] }
    }),
  }
}
