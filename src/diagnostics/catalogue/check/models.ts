import { define } from '../../diagnostic.ts'

/** GDN25xx: models and stacks. */

export const outputMissing = define<{ name: string }>({
  code: 'GDN2501',
  title: 'an output without a value',
  message: ({ name }) => `nothing gives the output \`${name}\` a value`,
  label: ({ name }) => `expected an equation \`${name} = ..\`, or a bare stack`,
  page: `An equation gives an output its value; a bare \`stack\` does where there is one input and one output.

\`\`\`gdn
gdn 1
model M {
  dim B: batch
  dim T: time
  input  x: f32[B, T, 8]
  output y: f32[B, T, 8]
  _z = silu(x)
}
\`\`\`
`,
})

export const bareStack = define<{ inputs: number; outputs: number }>({
  code: 'GDN2502',
  title: 'a bare stack needs one input and one output',
  message: ({ inputs, outputs }) =>
    `the model has ${inputs} ${inputs === 1 ? 'input' : 'inputs'} and ${outputs} ${outputs === 1 ? 'output' : 'outputs'}`,
  label: () => 'expected one of each, or `y = stack(x) { .. }`',
  page: `\`\`\`gdn
gdn 1
model M {
  dim B: batch
  dim T: time
  input  a: f32[B, T, 8]
  input  b: f32[B, T, 8]
  output y: f32[B, T, 8]
  stack { linear(8) as up }
}
\`\`\`

Say where the stack begins and what it makes: \`y = stack(a + b) { .. }\`.`,
})

export const stackNeedsInput = define<Record<string, never>>({
  code: 'GDN2503',
  title: 'a stack without a beginning',
  message: () => 'this stack is applied to nothing',
  label: () => 'expected `stack(x) { .. }`',
  page: `Only the bare stack of a model takes the model's input by itself.

\`\`\`gdn
gdn 1
model M {
  dim B: batch
  dim T: time
  input  x: f32[B, T, 8]
  output y: f32[B, T, 8]
  y = x + stack { linear(8) as up }
}
\`\`\`
`,
})

export const noOut = define<{ definition: string }>({
  code: 'GDN2504',
  title: 'a body without `out`',
  message: ({ definition }) => `\`${definition}\` has no \`out\``,
  label: () => 'expected one `out`',
  page: `\`out\` is the result of a layer, a block, a recurrence or an attention. (\`out name = ..\` is a side result beside it.)

\`\`\`gdn
gdn 1
layer project(width: size) {
  in x: f32[B, T, d]
  _h = linear(x, width)
}
\`\`\`
`,
})

export const secondOut = define<Record<string, never>>({
  code: 'GDN2505',
  title: 'a second `out`',
  message: () => 'the body has a result already',
  label: () => 'expected one `out`; a side result has a name: `out name = ..`',
  page: `\`\`\`gdn
gdn 1
layer project(width: size) {
  in x: f32[B, T, d]
  out linear(x, width)
  out silu(x)
}
\`\`\`
`,
})

export const modelNeedsValue = define<{ model: string; name: string }>({
  code: 'GDN2506',
  title: 'a model needs a value',
  message: ({ model, name }) => `\`${model}\` needs a value for \`${name}\``,
  label: () => 'give it a default, or a value where the model is applied',
  page: `A model can be compiled when all its sizes and parameters have values: \`model Small = Big(d: 256)\`. One without a default is a
pattern for others, and asking for it by its name is an error.

    model Big(d: size) { .. }
    model Small = Big()

Give the value, or a default.`,
})

export const noSuchModel = define<{ name: string; known: readonly string[]; near: string | null }>({
  code: 'GDN2507',
  title: 'a model that is not there',
  message: ({ name }) => `there is no model \`${name}\``,
  label: ({ known, near }) =>
    near !== null ? `did you mean \`${near}\`?` : known.length === 0 ? 'the file has no model' : `expected ${known.join(', ')}`,
  page: `A checkpoint belongs to the model of its name.

\`\`\`gdn
gdn 1
model Small {
  dim B: batch
  dim T: time
  input  x: f32[B, T, 8]
  output y: f32[B, T, 8]
  y = linear(x, 8) as up
}
checkpoint Smal from safetensors { group "" <- "model" { } }
\`\`\`
`,
})

export const notAModel = define<{ name: string }>({
  code: 'GDN2508',
  title: 'not an application of a model',
  message: ({ name }) => `\`${name}\` is not made of a model`,
  label: () => 'expected a model, with values for its sizes and parameters: `Big(d: 256)`',
  page: `\`\`\`gdn
gdn 1
model Small = swiglu(64)
\`\`\`
`,
})

export const tooManyItems = define<{ found: number; most: number }>({
  code: 'GDN2509',
  title: 'more layers than a model can have',
  message: ({ found }) => `the stack has ${found} items or more`,
  label: ({ most }) => `expected at most ${most}`,
  page: `\`\`\`gdn
gdn 1
model M(vocab: size = 32_000) {
  dim B: batch
  dim T: time
  input  x: f32[B, T, 8]
  output y: f32[B, T, 8]
  y = stack(x) { repeat vocab { linear(8) } }
}
\`\`\`

Most likely another size was meant.`,
})

export const tooManyApplications = define<{ most: number }>({
  code: 'GDN2510',
  title: 'more layers inside layers than a model can have',
  message: ({ most }) => `the model applies more than ${most} layers`,
  label: () => 'repetitions inside repetitions multiply',
  page: `A repeated block whose own stack is repeated makes the product of both. No model has so many layers: most likely one of the numbers is a size that
was meant for something else.`,
})

export const looksAhead = define<{ condition: string; horizon: string; because: string }>({
  code: 'GDN2511',
  title: 'a session is required of a model that looks ahead',
  message: ({ horizon, because }) => `the horizon is ${horizon}: ${because}`,
  label: ({ condition }) => `expected \`${condition}\`: no op that lets a token see later ones`,
  page: `A model with \`horizon == 0\` has sessions that begin with any number of tokens: no token sees a later one. A flip or a mask up to p raises the
horizon to p, and the first pass of a session must hold so many. A negative shift, \`pool\`, \`T\`, an attention that sees later keys and the state
after the last token make it \`"whole"\`: then there is \`forward\` only. The message names the op, and where it stands.

\`\`\`gdn
gdn 1
model M {
  dim B: batch
  dim T: time
  input  x: f32[B, T, 8]
  output y: f32[B, T, 8]
  y = x + shift(x, -1)
  require { horizon == 0 }
}
\`\`\`

Give the op another form (a mask with \`j <= i\`, a shift by a positive number, a span), or require what the model is.`,
})
