import { define } from '../../diagnostic.ts'

/** GDN24xx: weights and their paths. */

export const pathTwice = define<{ path: string }>({
  code: 'GDN2401',
  title: 'two weights of one path',
  message: ({ path }) => `the weight \`${path}\` is made twice`,
  label: () => 'expected a path of its own: name one of them with `as`',
  page: `Every weight has one path: the slot of the stack's item, then the \`as\` name of each application, or else the name it is called by. Nothing is
numbered by the order of the text, so that inserting a line renames no weight.

\`\`\`gdn
gdn 1
block PreNorm(mix: layer, ffn: layer) {
  in x: f32[B, T, d]
  h = x + mix(rms_norm(x))
  out h + ffn(rms_norm(h))
}
model M {
  dim B: batch
  dim T: time
  input  x: f32[B, T, 8]
  output y: f32[B, T, 8]
  y = PreNorm(x, linear(8), linear(8))
}
\`\`\`

Name the applications: \`rms_norm(x) as mix_norm\`, \`rms_norm(h) as ffn_norm\`.`,
})

export const sharedShapeDiffers = define<{ path: string; found: readonly number[]; expected: readonly number[] }>({
  code: 'GDN2402',
  title: 'two uses of a shared layer need different weights',
  message: ({ path, found }) => `this use needs \`${path}\` as [${found.join(', ')}]`,
  label: ({ expected }) => `expected [${expected.join(', ')}], as made by an earlier use`,
  page: `\`shared\` makes weights once, so all uses have the same shapes.

\`\`\`gdn
gdn 1
model M {
  dim B: batch
  dim T: time
  input  x: f32[B, T, 8]
  output y: f32[B, T, 4]
  shared half = linear(4)
  y = half(half(x))
}
\`\`\`
`,
})

export const notAppliedYet = define<{ shared: string; weight: string }>({
  code: 'GDN2403',
  title: 'a weight of a shared layer that is not applied yet',
  message: ({ shared, weight }) => `\`${shared}\` has no weight \`${weight}\` so far`,
  label: () => 'its weights exist from its first application on',
  page: `The shapes of a layer's weights follow from what it is applied to.

\`\`\`gdn
gdn 1
model M {
  dim B: batch
  dim T: time
  input  x: f32[B, T, 8]
  output y: f32[B, T, 8]
  shared up = linear(8)
  y = linear(x, weight: up.weight)
}
\`\`\`

Apply it before its weight is used.`,
})

export const unknownPrecision = define<{ key: string; known: readonly string[] }>({
  code: 'GDN2404',
  title: 'not something that `precision` knows',
  message: ({ key }) => `\`precision\` knows no \`${key}\``,
  label: ({ known }) => `expected ${known.join(', ')}, or a pattern of weights in quotes`,
  page: `\`precision\` says how things are stored: \`weights\`, \`state\`, \`activations\`, or weights by a pattern.

\`\`\`gdn
gdn 1
model M {
  dim B: batch
  dim T: time
  input  x: f32[B, T, 8]
  output y: f32[B, T, 8]
  precision { weight = f16 }
  y = linear(x, 8)
}
\`\`\`
`,
})

export const patternWithoutWeight = define<{ pattern: string }>({
  code: 'GDN2405',
  severity: 'warning',
  title: 'a pattern that fits no weight',
  message: ({ pattern }) => `no weight of the model is like "${pattern}"`,
  label: () => 'this entry does nothing',
  page: `\`*\` stands for any text in the path of a weight.

\`\`\`gdn
gdn 1
model M {
  dim B: batch
  dim T: time
  input  x: f32[B, T, 8]
  output y: f32[B, T, 8]
  precision { "*.A_log" = f32 }
  y = linear(x, 8)
}
\`\`\`
`,
})

export const storageNotTaken = define<{ key: string; dtype: string }>({
  code: 'GDN2406',
  title: 'not stored in this format',
  message: ({ key, dtype }) => `\`${key}\` is stored as f32, not ${dtype}`,
  label: () => 'expected `f32`',
  page: `Weights are stored as f32, f16 or bf16. What a model computes is f32, and so is what it keeps between tokens: a state is the sum of
everything before, and in two bytes it drifts.

\`\`\`gdn
gdn 1
model M {
  dim B: batch
  dim T: time
  input  x: f32[B, T, 8]
  output y: f32[B, T, 8]
  precision { weights = f16, state = f16 }
  y = linear(x, 8)
}
\`\`\`

Leave the entry out.`,
})
