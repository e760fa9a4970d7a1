import { define } from '../../diagnostic.ts'

/** GDN103x: what can be read, but means nothing. */

export const chainedComparison = define<{ first: string; second: string }>({
  code: 'GDN1030',
  title: 'a chain of comparisons',
  message: ({ first, second }) => `\`${first}\` and \`${second}\` stand in one comparison`,
  label: () => 'expected `a < b and b < c`',
  page: `A comparison gives a condition, which cannot be compared again. Two comparisons are joined by \`and\`.

\`\`\`gdn
gdn 1
attention a(q[i]: f32[D], k[j]: f32[D], v[j]: f32[V]) -> f32[V] {
  where 0 <= j <= i
  out softmax(dot(q, k)) of v
}
\`\`\``,
})

export const pipeNeedsCall = define<{ found: string }>({
  code: 'GDN1031',
  title: 'a pipe into something that is no call',
  message: ({ found }) => `a pipe goes into a call, and ${found} is none`,
  label: () => 'expected a name, or a call such as `linear(8)`',
  page: `\`x | f(a) as n\` means \`f(x, a) as n\`. The pipe binds loosest of all operators, so a pipe that is part of a sum stands in parentheses.

\`\`\`gdn
gdn 1
layer L {
  in x: f32[.., d]
  out x | 8
}
\`\`\``,
})

export const outNeedsOf = define<Record<string, never>>({
  code: 'GDN1032',
  title: 'an attention that does not say what it weights',
  message: () => 'the attention does not say what it weights',
  label: () => 'expected `of`, as in `out softmax(s) of v`',
  page: `The result of an attention is a weighting of the values that its queries see: \`out softmax(score) of v\` or \`out sigmoid(score) of v\`.

\`\`\`gdn
gdn 1
attention a(q[i]: f32[D], k[j]: f32[D], v[j]: f32[V]) -> f32[V] {
  out softmax(dot(q, k))
}
\`\`\``,
})

export const misplacedElse = define<{ problem: string }>({
  code: 'GDN1033',
  title: 'an `else` that is not the last arm',
  message: ({ problem }) => `the arm \`else\` ${problem}`,
  label: () => 'expected one `else`, after all other arms',
  page: `\`else\` takes every value that no arm before it has, so it is the last arm, and there is one.

\`\`\`gdn
gdn 1
function f(a: f32) = case a { else: 1, 3: 2 }
\`\`\``,
})

export const stackNeedsName = define<Record<string, never>>({
  code: 'GDN1034',
  title: 'the result of a stack is thrown away',
  message: () => '`stack(x) { .. }` gives a value that no one takes',
  label: () => 'expected `y = stack(x) { .. }`, or `stack { .. }` from the only input to the only output',
  page: `\`stack { .. }\` alone connects the only input of a model with its only output. With its own input it is a value like any other.

\`\`\`gdn
gdn 1
model M {
  stack(x) { linear(8) }
}
\`\`\``,
})

export const typedTargets = define<{ count: number }>({
  code: 'GDN1035',
  title: 'one type for several names',
  message: ({ count }) => `one type cannot hold for ${count} names`,
  label: () => 'expected a type after a single name only',
  page: `The type of a binding asserts the shape of one value. Bind the names first and assert each where it is used.

\`\`\`gdn
gdn 1
layer L {
  in x: f32[.., d]
  a, b: f32[.., d] = split(x, 4, 4)
  out a
}
\`\`\``,
})

export const misplacedSide = define<{ name: string; side: string; problem: string }>({
  code: 'GDN1036',
  title: 'a side that does not exist',
  message: ({ name, side, problem }) => `\`${name}[${side}]\`: ${problem}`,
  label: () => 'expected `[i]` for a query or `[j]` for a key, on parameters of an attention only',
  page: `A parameter of an attention says at which position it is read: \`q[i]\` at the query's, \`k[j]\` at the key's; without either it is the same for all tokens.
A recurrence and a function see one token, so their parameters have no side.

\`\`\`gdn
gdn 1
function f(a[i]: f32) = a
\`\`\``,
})

export const sideResult = define<{ name: string }>({
  code: 'GDN1037',
  title: 'a side result of a recurrence',
  message: ({ name }) => `a recurrence has one result, and \`${name}\` would be another`,
  label: () => 'expected `out` and the value alone',
  page: `A recurrence gives one value for each token. Its states need no name for that: after \`r = f(..)\` the state \`S\` after the last token is
\`r.S\`.

\`\`\`gdn
gdn 1
recurrence r(x: f32) -> f32 {
  state S: f32
  S = S + x
  out total = S
}
\`\`\``,
})
