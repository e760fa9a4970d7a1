import { constantValue, type Dim, type Factor, type Term } from './dim.ts'

/** `2 * heads * key + d / heads`: the terms and factors in the order in which they were first written. */
export function printDim(dim: Dim): string {
  if (dim.terms.length === 0) return '0'
  return dim.terms
    .map((term, i) => {
      const negative = term.coefficient.over < 0
      const text = printTerm({ ...term, coefficient: { ...term.coefficient, over: Math.abs(term.coefficient.over) } })
      if (i === 0) return negative ? `-${text}` : text
      return negative ? `- ${text}` : `+ ${text}`
    })
    .join(' ')
}

/** With its number: `2 * heads * key = 1024`, or `1024` alone where no name says more. */
export function printSize(dim: Dim, value: number): string {
  return constantValue(dim) === undefined ? `${printDim(dim)} = ${value}` : String(value)
}

function printTerm({ coefficient, factors }: Term): string {
  const above = factors.filter(({ power }) => power > 0)
  const below = factors.filter(({ power }) => power < 0)
  const top = above.map((factor) => printFactor(factor))
  if (coefficient.over !== 1 || top.length === 0) top.unshift(String(coefficient.over))
  const bottom = below.map((factor) => printFactor({ ...factor, power: -factor.power }))
  if (coefficient.under !== 1) bottom.unshift(String(coefficient.under))
  if (bottom.length === 0) return top.join(' * ')
  return `${top.join(' * ')} / ${bottom.length === 1 ? bottom[0] : `(${bottom.join(' * ')})`}`
}

function printFactor({ atom, power }: Factor): string {
  if (atom.kind === 'name') return power === 1 ? atom.name : `${atom.name}^${power}`
  const args = atom.args.map((arg) => printDim(arg))
  const bracketed = args.map((text, i) => ((atom.args[i]?.terms.length ?? 0) > 1 ? `(${text})` : text))
  const text =
    atom.fn === 'quotient'
      ? `(${bracketed.join(' / ')})`
      : atom.fn === 'remainder'
        ? `(${bracketed.join(' % ')})`
        : `${atom.fn}(${args.join(', ')})`
  return power === 1 ? text : `${text}^${power}`
}
