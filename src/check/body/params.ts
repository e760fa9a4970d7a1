import * as messages from '../../diagnostics/catalogue/check.ts'
import { constant } from '../../dims/index.ts'
import type { BodyBuilder } from '../../graph/body-builder.ts'
import { type Range, within } from '../../graph/range.ts'
import type { Span } from '../../source/source.ts'
import type { BodyParam, TensorTypeExpr } from '../../syntax/ast.ts'
import type { Elaboration } from '../elaboration.ts'
import type { Frame } from '../frame.ts'
import type { TensorArgument } from './arguments.ts'
import type { BodyValue } from './value.ts'

/** Declares the parameters in order and proves their ranges. */
export function declareParams(
  e: Elaboration,
  tensors: readonly TensorArgument[],
  builder: BodyBuilder,
  inner: Frame,
): Map<string, BodyValue> | undefined {
  const names = new Map<string, BodyValue>()
  for (const { param, type, value, span } of tensors) {
    const declared = declaredRange(e, type, inner)
    if (declared === undefined) return undefined
    const proven = e.builder.range(value.node)
    if (!within(proven, declared)) {
      reportRange(e, param, declared, proven, span)
      return undefined
    }
    const shape = value.type.shape.slice(value.type.shape.length - type.axes.length)
    const [min, max] = [Math.max(declared.min, proven.min), Math.min(declared.max, proven.max)]
    const name = param.name.text
    const id = builder.param({
      name,
      shape,
      dtype: type.dtype.text === 'u32' ? 'u32' : 'f32',
      min: Number.isFinite(min) ? min : null,
      max: Number.isFinite(max) ? max : null,
      side: param.side?.text === 'i' || param.side?.text === 'j' ? param.side.text : null,
    })
    const forms = type.axes.map((axis, i) => {
      const size = axis.kind === 'axis' ? e.evaluate(axis.size, inner) : undefined
      return (size?.kind === 'number' ? size.form : undefined) ?? constant(shape[i] as number)
    })
    names.set(name, { kind: 'node', id, forms })
  }
  return names
}

function declaredRange(e: Elaboration, { range }: TensorTypeExpr, inner: Frame): Range | undefined {
  const value = range && e.evaluate(range, inner)
  if (value === undefined) return { min: Number.NEGATIVE_INFINITY, max: Number.POSITIVE_INFINITY }
  if (value.kind !== 'range') return undefined
  return { min: value.from?.value ?? Number.NEGATIVE_INFINITY, max: value.to?.value ?? Number.POSITIVE_INFINITY }
}

function reportRange(e: Elaboration, param: BodyParam, declared: Range, proven: Range, span: Span): void {
  const ends = `${Number.isFinite(declared.min) ? declared.min : 'none'}${Number.isFinite(declared.max) ? `, ${declared.max}` : ''}`
  const fixes = [
    {
      title: `write \`clamp(.., ${ends})\``,
      edits: [
        { span: { ...span, end: span.start }, text: 'clamp(' },
        { span: { ...span, start: span.end }, text: `, ${ends})` },
      ],
    },
  ]
  const related = [{ span: param.span, message: 'the range is declared here' }]
  e.reporter.report(
    messages.rangeNotProven.at(
      span,
      { name: param.name.text, proven: printRange(proven), declared: printRange(declared) },
      { related, fixes },
    ),
  )
}

const printRange = ({ min, max }: Range): string => {
  const end = (value: number): string => (Number.isFinite(value) ? String(Number(value.toPrecision(6))) : '')
  return min === Number.NEGATIVE_INFINITY && max === Number.POSITIVE_INFINITY ? 'anything' : `${end(min)} .. ${end(max)}`.trim()
}
