import { define } from '../../diagnostic.ts'

/** GDN22xx: kinds and compile-time values. */

export const wrongKind = define<{ found: string; expected: string }>({
  code: 'GDN2201',
  title: 'another kind of value is needed here',
  message: ({ found }) => `found ${found}`,
  label: ({ expected }) => `expected ${expected}`,
  page: `Every place takes one kind of value: a size, a number, a flag, a text, a starting value, a layer, or a tensor.

\`\`\`gdn
gdn 1
model M {
  dim B: batch
  dim T: time
  input  x: f32[B, T, 8]
  output y: f32[B, T, 8]
  y = linear(x, "8")
}
\`\`\`
`,
})

export const notASize = define<{ value: number; form: string | null }>({
  code: 'GDN2202',
  title: 'a size that is not a whole number',
  message: ({ value, form }) => `${form === null ? value : `\`${form}\` = ${Number(value.toPrecision(8))}`} is not a size`,
  label: ({ value }) => (Number.isInteger(value) ? 'expected at least 1' : 'expected a whole number: the division must be exact'),
  page: `Sizes count things. A division between sizes is exact or an error; nothing is rounded silently.

\`\`\`gdn
gdn 1
model M(d: size = 10, heads: size = 4) {
  dim B: batch
  dim T: time
  input  x: f32[B, T, d]
  output y: f32[B, T, d]
  y = linear(x, [heads, d / heads]) | flatten | linear(d)
}
\`\`\`

Choose sizes that divide, or say what is meant: \`round_up(d, heads) / heads\`.`,
})

export const divisionByZero = define<Record<string, never>>({
  code: 'GDN2203',
  title: 'a division by zero',
  message: () => 'the divisor is 0',
  label: () => 'expected another number',
  page: `\`\`\`gdn
gdn 1
model M(d: size = 8, heads: size = 0) {
  dim B: batch
  dim T: time
  input  x: f32[B, T, d]
  output y: f32[B, T, d]
  y = linear(x, d / heads)
}
\`\`\`
`,
})

export const notFinite = define<{ value: string }>({
  code: 'GDN2204',
  title: 'a number that is not finite',
  message: ({ value }) => `this is ${value}`,
  label: () => 'expected a finite number',
  page: `Constants of kernels are finite numbers.

\`\`\`gdn
gdn 1
model M(scale: real = 0) {
  dim B: batch
  dim T: time
  input  x: f32[B, T, 8]
  output y: f32[B, T, 8]
  y = x * rsqrt(scale)
}
\`\`\`
`,
})

export const notCompileTime = define<{ found: string }>({
  code: 'GDN2205',
  title: 'a choice that cannot be made when the spec is compiled',
  message: ({ found }) => `\`case\` cannot choose by ${found}`,
  label: () => 'expected a size, a flag, a text, or `none`',
  page: `\`case\` chooses which equations exist, so what it chooses by is known when the spec is compiled.

\`\`\`gdn
gdn 1
model M {
  dim B: batch
  dim T: time
  input  x: f32[B, T, 8]
  output y: f32[B, T, 8]
  y = case x { 0: x, else: silu(x) }
}
\`\`\`

Between elements choose with \`select(condition, a, b)\`.`,
})

export const noArm = define<{ found: string; arms: readonly string[] }>({
  code: 'GDN2206',
  title: 'a `case` without an arm for its value',
  message: ({ found }) => `no arm is for ${found}`,
  label: ({ arms }) => `the arms are ${arms.join(', ') || 'missing'}; \`else\` takes all other values`,
  page: `\`\`\`gdn
gdn 1
model M(act: text = "gelu") {
  dim B: batch
  dim T: time
  input  x: f32[B, T, 8]
  output y: f32[B, T, 8]
  y = case act { "silu": silu(x), "relu": relu(x) }
}
\`\`\`

Add the arm, or \`else\`.`,
})

export const indexOutside = define<{ found: number; length: number }>({
  code: 'GDN2207',
  title: 'an index outside of what it chooses from',
  message: ({ found }) => `there is no item ${found}`,
  label: ({ length }) => (length === 0 ? 'there are none' : `expected 0 .. ${length - 1}`),
  page: `Items count from 0.

\`\`\`gdn
gdn 1
model M(scales: real[2] = [0.5, 2]) {
  dim B: batch
  dim T: time
  input  x: f32[B, T, 8]
  output y: f32[B, T, 8]
  y = scales[2] * x
}
\`\`\`
`,
})

export const unpackCount = define<{ names: number; values: number }>({
  code: 'GDN2208',
  title: 'as many names as values are needed',
  message: ({ names, values }) => `${names} ${names === 1 ? 'name' : 'names'} for ${values} ${values === 1 ? 'value' : 'values'}`,
  label: ({ values }) => `expected ${values} ${values === 1 ? 'name' : 'names'}`,
  page: `\`a, b = split(x, n, m)\` gives each part a name.

\`\`\`gdn
gdn 1
model M {
  dim B: batch
  dim T: time
  input  x: f32[B, T, 8]
  output y: f32[B, T, 4]
  a, b, c = split(x, 4, 4)
  y = a + b + c
}
\`\`\`
`,
})

export const requireFails = define<{ condition: string; found: string | null }>({
  code: 'GDN2209',
  title: 'a requirement that does not hold',
  message: ({ condition, found }) => `\`${condition}\` does not hold${found === null ? '' : `: ${found}`}`,
  label: () => 'required here',
  page: `\`require\` states what must hold of sizes, and in a model of \`params\`, \`decode_state(T: n)\` in bytes, \`flops(T: n)\` per token and \`horizon\`.

\`\`\`gdn
gdn 1
model M(d: size = 12) {
  dim B: batch
  dim T: time
  input  x: f32[B, T, d]
  output y: f32[B, T, d]
  require { d % 16 == 0 }
  y = linear(x, d)
}
\`\`\`

Change the sizes, or the requirement.`,
})
