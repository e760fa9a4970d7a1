import { define } from '../../diagnostic.ts'

/** GDN23xx: shapes. */

export const typeDiffers = define<{ name: string; found: string; expected: string }>({
  code: 'GDN2301',
  title: 'a tensor of another type is needed',
  message: ({ name, found }) => `\`${name}\` is given ${found}`,
  label: ({ expected }) => `expected ${expected}`,
  page: `The border of a layer says how many axes a tensor has, which of them are run-time axes, and what its elements are.

\`\`\`gdn
gdn 1
layer over_tokens {
  in x: f32[B, T, d]
  out linear(x, d)
}
model M {
  dim B: batch
  dim T: time
  input  x: f32[B, 8]
  output y: f32[B, 8]
  y = over_tokens(x)
}
\`\`\`

\`[.., d]\` takes any leading axes.`,
})

export const sizeDiffers = define<{ name: string; axis: number; of: number; found: string; expected: string; type: string }>({
  code: 'GDN2302',
  title: 'an axis has another size than is declared',
  message: ({ name, axis, of, found }) => `\`${name}\` has ${found} on ${of === 1 ? 'its feature axis' : `feature axis ${axis} of ${of}`}`,
  label: ({ expected, type }) => `expected ${expected}, from ${type}`,
  page: `A size that a border names twice, or that is known already, is the same everywhere.

\`\`\`gdn
gdn 1
layer mixed {
  in x: f32[B, T, d]
  in y: f32[B, T, d]
  out x + y
}
model M {
  dim B: batch
  dim T: time
  input  x: f32[B, T, 8]
  output y: f32[B, T, 8]
  y = mixed(x, linear(x, 6))
}
\`\`\`
`,
})

export const sizesDiffer = define<{ what: string; found: string; expected: string }>({
  code: 'GDN2303',
  title: 'sizes that do not fit each other',
  message: ({ what, found }) => `${what} ${what === 'the parts' || what === 'the axes' ? 'make' : 'has'} ${found}`,
  label: ({ expected }) => `expected ${expected}`,
  page: `The parts of a \`split\` add up to the axis, the axes of an \`unflatten\` multiply to it, and vectors that are multiplied are equally long.

\`\`\`gdn
gdn 1
model M(d: size = 8) {
  dim B: batch
  dim T: time
  input  x: f32[B, T, d]
  output y: f32[B, T, 3]
  y, _rest = split(x, 3, 4)
}
\`\`\`
`,
})

export const shapesDiffer = define<{ left: string; right: string; axis: number }>({
  code: 'GDN2304',
  title: 'shapes that do not fit each other',
  message: ({ left, right }) => `${left} does not fit ${right}`,
  label: ({ axis }) =>
    axis === 1 ? 'expected equal last axes: only 1 stretches' : `expected equal sizes on axis ${axis} from the right: only 1 stretches`,
  page: `Arithmetic goes element by element. Run-time axes align by their role, feature axes from the right; a missing axis counts as 1, and only 1
stretches.

\`\`\`gdn
gdn 1
model M(d: size = 8, heads: size = 3) {
  dim B: batch
  dim T: time
  input  x: f32[B, T, d]
  output y: f32[B, T, d]
  y = x + linear(x, heads)
}
\`\`\`

\`unsqueeze(x)\` gives \`x\` a last axis of size 1.`,
})

export const alignedByChance = define<{ low: string; high: string }>({
  code: 'GDN2305',
  severity: 'warning',
  title: 'axes that align because their sizes happen to be equal',
  message: ({ low, high }) => `${low} aligns with the last axis of ${high}, which has another name`,
  label: () => 'axes align from the right; use `unsqueeze` if another axis is meant',
  page: `Axes align from the right. A value per head beside values per head and channel meets the channels, which is an error unless there happen to be
as many channels as heads.

\`\`\`gdn
gdn 1
layer scaled(heads: size, key: size) {
  in x: f32[B, T, d]
  weight scale: f32[heads] init ones
  out flatten(linear(x, [heads, key]) * scale)
}
model M {
  dim B: batch
  dim T: time
  input  x: f32[B, T, 8]
  output y: f32[B, T, 16]
  y = scaled(x, 4, 4)
}
\`\`\`

Give the value an axis of size 1 (\`unsqueeze(scale)\`), or declare it \`f32[heads, 1]\`.`,
})

export const operationRefused = define<{ operation: string; found: string; expected: string }>({
  code: 'GDN2306',
  title: 'an operation that does not take this',
  message: ({ operation, found }) => `\`${operation}\` is given ${found}`,
  label: ({ expected }) => `expected ${expected}`,
  page: `\`\`\`gdn
gdn 1
model M {
  dim B: batch
  input  x: f32[B, 8]
  output y: f32[B, 8]
  y = conv1d(x, 4)
}
\`\`\`
`,
})

export const stateBeforeItsTime = define<{ state: string; known: number | null }>({
  code: 'GDN2307',
  title: 'a final state reaches tokens that come before it',
  message: ({ state, known }) => `\`${state}\` is known ${known === null ? 'after the last token only' : `from position ${known} on`}`,
  label: ({ known }) =>
    known === null ? 'expected a value that every token can know' : `expected tokens from position ${known} on: \`span(.., ${known} ..)\``,
  page: `\`r.S\` is the state of a recurrence after the last token. What it is part of has no time axis: earlier tokens cannot know it.

\`\`\`gdn
gdn 1
recurrence total(x: f32[N]) -> f32[N] {
  state s: f32[N]
  s = s + x
  out s
}
model M {
  dim B: batch
  dim T: time
  input  x: f32[B, T, 8]
  output y: f32[B, T, 8]
  y = x + total(x).s
}
\`\`\`

Make it an output of its own, or use the recurrence's result, which has a value for every token. The state of a recurrence over
\`span(x, .. p)\` is known from position p on: a recurrence over \`span(x, p ..)\` may start from it.`,
})

export const segmentsDiffer = define<{ found: string; expected: string }>({
  code: 'GDN2308',
  title: 'spans of time that do not fit together',
  message: ({ found }) => `found ${found}`,
  label: ({ expected }) => `expected ${expected}`,
  page: `\`span(x, .. p)\` has the tokens before position p, \`span(x, p ..)\` those from it on. What is computed together has the same tokens;
\`join(a, b)\` puts two spans side by side.

\`\`\`gdn
gdn 1
model M {
  dim B: batch
  dim T: time
  input  x: f32[B, T, 8]
  output y: f32[B, T, 8]
  y = span(x, .. 4) + span(x, 4 ..)
}
\`\`\`

Join them first: \`join(span(x, .. 4), span(x, 4 ..))\`.`,
})

export const resetAhead = define<{ operation: string }>({
  code: 'GDN2309',
  title: 'states that start anew around an op that looks ahead',
  message: ({ operation }) => `\`${operation}\` looks at later tokens, which \`reset:\` cannot part`,
  label: () => 'expected an op that looks back only',
  page: `\`reset: mask\` lets every state inside a layer start anew, as if a sequence began there. What looks at later tokens has no state that could: \`flip\`, \`pool\`
and a shift by a negative number.

\`\`\`gdn
gdn 1
layer turned() {
  in x: f32[B, T, d]
  out flip(x)
}
model M {
  dim B: batch
  dim T: time
  input  x: f32[B, T, 8]
  output y: f32[B, T, 8]
  y = turned(x, reset: position == 4)
}
\`\`\`

Apply it outside of the layer, or to sequences of their own.`,
})
