import { define } from '../../diagnostic.ts'

/** GDN21xx: calls and their arguments. */

const list = (names: readonly string[]): string =>
  names
    .slice(0, 10)
    .map((name) => `\`${name}\``)
    .join(', ')

export const unknownArgument = define<{ definition: string; argument: string; known: readonly string[]; near: string | null }>({
  code: 'GDN2101',
  title: 'an argument that a definition does not take',
  message: ({ definition, argument }) => `\`${definition}\` takes no \`${argument}\``,
  label: ({ known, near }) =>
    near !== null ? `did you mean \`${near}\`?` : known.length === 0 ? 'expected no named arguments' : `expected ${list(known)}`,
  page: `\`name: value\` gives an input or a parameter of the definition by its name.

\`\`\`gdn
gdn 1
layer norm_first {
  in x: f32[B, T, d]
  out linear(rms_norm(x, epsilon: 1e-6), d)
}
\`\`\`
`,
})

export const tooManyArguments = define<{ definition: string; found: string; expected: string }>({
  code: 'GDN2102',
  title: 'an argument too many',
  message: ({ definition, found }) => `\`${definition}\` has no parameter left for ${found}`,
  label: ({ expected }) => `expected ${expected}`,
  page: `Arguments without a name go by their kind: tensors fill the inputs in order, everything else the parameters in order.

\`\`\`gdn
gdn 1
model M {
  dim B: batch
  dim T: time
  input  x: f32[B, T, 8]
  output y: f32[B, T, 8]
  y = flatten(x, 8)
}
\`\`\`
`,
})

export const tooManyInputs = define<{ definition: string; found: string; expected: string }>({
  code: 'GDN2103',
  title: 'a tensor too many',
  message: ({ definition, found }) => `\`${definition}\` has no input left for ${found}`,
  label: ({ expected }) => `expected ${expected}`,
  page: `Tensors fill the open inputs of a layer in order. A parameter that takes a tensor (\`weight:\`) is given by its name.

\`\`\`gdn
gdn 1
model M {
  dim B: batch
  dim T: time
  input  x: f32[B, T, 8]
  output y: f32[B, T, 8]
  y = linear(x, x, 8)
}
\`\`\`
`,
})

export const givenTwice = define<{ definition: string; argument: string }>({
  code: 'GDN2104',
  title: 'an argument that is given twice',
  message: ({ definition, argument }) => `\`${argument}\` of \`${definition}\` is given twice`,
  label: () => 'expected once',
  page: `An argument is given once: in its place or by its name, in the recipe or where the recipe is applied.

\`\`\`gdn
gdn 1
model M {
  dim B: batch
  dim T: time
  input  x: f32[B, T, 8]
  output y: f32[B, T, 8]
  y = linear(x, 8, n: 8)
}
\`\`\`
`,
})

export const missingArgument = define<{ definition: string; argument: string; kind: string }>({
  code: 'GDN2105',
  title: 'an argument that is missing',
  message: ({ definition, argument }) => `\`${definition}\` needs \`${argument}\``,
  label: ({ argument, kind }) => `expected \`${argument}\`: ${kind}`,
  page: `A parameter without a default must be given, at the latest where the layer is applied.

\`\`\`gdn
gdn 1
model M {
  dim B: batch
  dim T: time
  input  x: f32[B, T, 8]
  output y: f32[B, T, 8]
  y = conv1d(x) as conv
}
\`\`\`
`,
})

export const neitherNor = define<{ definition: string; given: string; missing: readonly string[] }>({
  code: 'GDN2106',
  title: 'some inputs are given, and some are not',
  message: ({ definition, missing }) => `\`${definition}\` lacks ${missing.map((name) => `\`${name}\``).join(' and ')}`,
  label: () => 'expected all its inputs, or its first one open',
  page: `With all inputs a call applies the layer; with its first input open it is a layer value, which someone else applies. There is nothing between
the two.

\`\`\`gdn
gdn 1
layer sum_of {
  in a: f32[B, T, d]
  in b: f32[B, T, d]
  out a + b
}
model M {
  dim B: batch
  dim T: time
  input  x: f32[B, T, 8]
  output y: f32[B, T, 8]
  y = sum_of(x)
}
\`\`\`
`,
})

export const notCallable = define<{ found: string }>({
  code: 'GDN2107',
  title: 'a call of what is no layer',
  message: ({ found }) => `${found} cannot be called`,
  label: () => 'expected a layer, a function, a recurrence or an attention',
  page: `Layers, functions, recurrences and attentions are called.

\`\`\`gdn
gdn 1
model M(heads: size = 2) {
  dim B: batch
  dim T: time
  input  x: f32[B, T, 8]
  output y: f32[B, T, 8]
  y = heads(x)
}
\`\`\`
`,
})

export const wrongCount = define<{ name: string; found: number; expected: string }>({
  code: 'GDN2108',
  title: 'a wrong number of arguments',
  message: ({ name, found }) => `\`${name}\` is given ${found} ${found === 1 ? 'argument' : 'arguments'}`,
  label: ({ expected }) => `expected ${expected}`,
  page: `Functions take a fixed number of arguments.

\`\`\`gdn
gdn 1
model M {
  dim B: batch
  dim T: time
  input  x: f32[B, T, 8]
  output y: f32[B, T, 8]
  y = sigmoid(x, 2)
}
\`\`\`
`,
})

export const nothingToName = define<{ found: string }>({
  code: 'GDN2109',
  title: '`as` behind what has no weights to name',
  message: ({ found }) => `\`as\` names an application or a layer, not ${found}`,
  label: () => 'expected an application before `as`',
  page: `\`as\` gives an application its place in the tree of weights. Values are named by equations.

\`\`\`gdn
gdn 1
model M {
  dim B: batch
  dim T: time
  input  x: f32[B, T, 8]
  output y: f32[B, T, 8]
  y = linear(silu(x) as act, 8)
}
\`\`\`
`,
})

export const appliesItself = define<{ definition: string }>({
  code: 'GDN2110',
  title: 'a definition that applies itself',
  message: ({ definition }) => `\`${definition}\` is applied inside itself`,
  label: () => 'there is no end to it',
  page: `Definitions are put together when the spec is compiled, so none can contain itself.

\`\`\`gdn
gdn 1
layer again {
  in x: f32[B, T, d]
  out again(silu(x))
}
model M {
  dim B: batch
  dim T: time
  input  x: f32[B, T, 8]
  output y: f32[B, T, 8]
  y = again(x)
}
\`\`\`

Repetition is written with \`repeat\` or \`for\` in a stack.`,
})

export const notTokenwise = define<{ found: string }>({
  code: 'GDN2112',
  title: 'an expert that does more than one token can',
  message: ({ found }) => `an expert of a \`bank\` cannot contain ${found}`,
  label: () => 'expected a layer of linears, norms and functions of elements',
  page: `Every token chooses its experts, so an expert sees a token here and there: it can keep no state, look at no other tokens, and choose no
experts of its own.

\`\`\`gdn
gdn 1
model M {
  dim B: batch
  dim T: time
  input  x: f32[B, T, 8]
  output y: f32[B, T, 8]
  e = top_k(linear(x, 4) as gate, 2)
  y = bank(x, short_conv(3), 4, at: e, by: softmax(slice(x, 0 .. 2)))
}
\`\`\`

Put the layer before or behind the bank.`,
})
