import { define } from '../../diagnostic.ts'

/** GDN26xx: recurrences and attentions. */

export const vectorTimesMatrix = define<{ vector: string; matrix: string }>({
  code: 'GDN2601',
  title: 'a vector times a matrix without `diag`',
  message: ({ vector, matrix }) => `${vector} times ${matrix} says neither rows nor columns`,
  label: () => 'expected `diag(a) * S` for rows or `S * diag(a)` for columns',
  page: `A vector beside a matrix can scale its rows or its columns. Where there are as many of both, a guess would go unnoticed.

\`\`\`gdn
gdn 1
recurrence gated(q: f32[K], k: f32[K], v: f32[V], g: f32[K] in .. 0) -> f32[V] {
  state S: f32[K, V]
  S = exp(g) * S + outer(k, v)
  out read(S, q)
}
layer mixer(heads: size, key: size) {
  in x: f32[B, T, d]
  q = linear(x, [heads, key]) as q_proj
  k = linear(x, [heads, key]) as k_proj
  g = log_sigmoid(linear(x, [heads, key]) as g_proj)
  out gated(q, k, q, g) | flatten
}
model M {
  dim B: batch
  dim T: time
  input  x: f32[B, T, 8]
  output y: f32[B, T, 8]
  y = mixer(x, 2, 4)
}
\`\`\`
`,
})

export const rangeNotProven = define<{ name: string; proven: string; declared: string }>({
  code: 'GDN2602',
  title: 'a range that is not proven',
  message: ({ name, proven }) => `\`${name}\` may be ${proven}`,
  label: ({ declared }) => `expected ${declared}, for every input and every weight`,
  page: `A range of a parameter is proven where the definition is called, from the form of the argument: \`sigmoid(x)\` lies in 0 .. 1,
\`-exp(a) * softplus(x)\` in .. 0. Kernels rely on it: a decay above 1 overflows.

\`\`\`gdn
gdn 1
recurrence gated(x: f32[N], g: f32 in .. 0) -> f32[N] {
  state s: f32[N]
  s = exp(g) * s + x
  out s
}
layer mixer {
  in x: f32[B, T, d]
  out gated(x, linear(x, 1) | sum) | flatten
}
model M {
  dim B: batch
  dim T: time
  input  x: f32[B, T, 8]
  output y: f32[B, T, 8]
  y = mixer(linear(x, [8]))
}
\`\`\`

Use a function that has the range, or \`clamp\`.`,
})

export const headsDiffer = define<{ definition: string; name: string; found: string; expected: string }>({
  code: 'GDN2603',
  title: 'arguments whose heads do not fit each other',
  message: ({ name, found }) => `\`${name}\` has ${found}`,
  label: ({ expected }) => `expected ${expected}`,
  page: `The declared rank is what one head sees; the axes of an argument before it are map axes (heads). All arguments that have any have equally many,
the largest count of each axis wins, and every other divides it: head j reads head floor(j / r).

\`\`\`gdn
gdn 1
layer mixer {
  in x: f32[B, T, d]
  q = linear(x, [3, 4]) as q_proj
  k = linear(x, [2, 4]) as k_proj
  out dense(q, k, k) | flatten
}
model M {
  dim B: batch
  dim T: time
  input  x: f32[B, T, 8]
  output y: f32[B, T, 12]
  y = mixer(x)
}
\`\`\`
`,
})

export const bodyOnly = define<{ name: string }>({
  code: 'GDN2604',
  title: 'a word of bodies outside of one',
  message: ({ name }) => `\`${name}\` belongs in the body of a recurrence or an attention`,
  label: () => 'layers have `linear`, arithmetic, and reductions',
  page: `\`outer\`, \`read\`, \`diag\`, \`dot\` and \`matvec\` speak of one token and one head.

\`\`\`gdn
gdn 1
model M {
  dim B: batch
  dim T: time
  input  x: f32[B, T, 8]
  output y: f32[B, T, 1]
  y = dot(x, x)
}
\`\`\`
`,
})

export const notInBody = define<{ found: string; kind: string }>({
  code: 'GDN2605',
  title: 'a word of layers in a body',
  message: ({ found }) => `${found} does not belong in a body`,
  label: ({ kind }) =>
    kind === 'function'
      ? 'a function is pointwise: it has no weights, and sees one token'
      : `${kind === 'recurrence' ? 'a recurrence' : 'an attention'} has no weights and no other definitions inside: they come as arguments`,
  page: `A body says what happens to one token and one head, and a function is usable in all of them; weights come as arguments.

\`\`\`gdn
gdn 1
recurrence total(x: f32[N]) -> f32[N] {
  state s: f32[N]
  s = s + linear(x, N)
  out s
}
model M {
  dim B: batch
  dim T: time
  input  x: f32[B, T, 8]
  output y: f32[B, T, 8]
  y = total(x)
}
\`\`\`
`,
})

export const badWeighting = define<{ found: string }>({
  code: 'GDN2606',
  title: 'not a weighting of an attention',
  message: ({ found }) => `\`${found}\` is not a weighting`,
  label: () => 'expected `softmax(score)`, `softmax(score, sink: c)` or `sigmoid(score)`',
  page: `\`out softmax(score) of v\` weights the values of all keys that a query sees; \`sigmoid\` weights each by itself.

\`\`\`gdn
gdn 1
attention linear_attention(q[i]: f32[D], k[j]: f32[D], v[j]: f32[V]) -> f32[V] {
  where j <= i
  out exp(dot(q, k)) of v
}
layer mixer {
  in x: f32[B, T, d]
  out linear_attention(x, x, x)
}
model M {
  dim B: batch
  dim T: time
  input  x: f32[B, T, 8]
  output y: f32[B, T, 8]
  y = mixer(x)
}
\`\`\`
`,
})

export const wrongSide = define<{ found: string; expected: string }>({
  code: 'GDN2607',
  title: 'a value of the wrong position',
  message: ({ found }) => `this ${found}`,
  label: ({ expected }) => `expected ${expected}`,
  page: `Parameters of an attention say where they belong: \`q[i]\` to the query, \`k[j]\` and \`v[j]\` to the key, those without an index to no position.

\`\`\`gdn
gdn 1
attention odd(q[i]: f32[D], k[j]: f32[D]) -> f32[D] {
  where j <= i
  out softmax(dot(q, k)) of q
}
layer mixer {
  in x: f32[B, T, d]
  out odd(x, x)
}
model M {
  dim B: batch
  dim T: time
  input  x: f32[B, T, 8]
  output y: f32[B, T, 8]
  y = mixer(x)
}
\`\`\`
`,
})
