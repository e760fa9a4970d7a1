import { define } from '../diagnostic.ts'

/** GDN3xxx: from a checked model to kernels and memory on a device profile. */

export const notPlanned = define<{ construct: string; path: string; reason: string }>({
  code: 'GDN3001',
  title: 'no kernel yet for this construct',
  message: ({ construct, path, reason }) => `${construct}${path === '' ? '' : ` of ${path}`} has no kernel yet: ${reason}`,
  label: () => 'the spec is right, but gdnc cannot compile this part in this version',
  page: `The checker accepts the spec, and the reference can execute it, but this version of gdnc does not make a kernel of one of its ops.
The message names the op, the layer it is in, and why.

\`\`\`gdn
gdn 1
/// The second projection of an expert takes each of its heads by itself.
layer expert {
  in x: f32[.., d]
  out x | linear([4, 8]) as up | silu | linear(4) as each | flatten | linear(d) as down
}
model M {
  dim B: batch
  dim T: time
  input x: f32[B, T, 64]
  output y: f32[B, T, 64]
  chosen = top_k(linear(x, 6) as gate, 2)
  y = bank(x, expert, 6, at: chosen, by: sigmoid(gather(x, chosen))) as experts
}
\`\`\`

Write it in terms of what is there: in an expert \`flatten\` before a \`linear\`. If your mixer is a recurrence, any recurrence has a
kernel.`,
})

export const tooManyBuffers = define<{ path: string; kernel: string; needed: number; allowed: number; profile: string }>({
  code: 'GDN3002',
  title: 'a kernel needs more buffers than the profile has',
  message: ({ path, kernel, needed, allowed, profile }) =>
    `the ${kernel} kernel of ${path === '' ? 'the model' : path} reads and writes ${needed} buffers; profile ${profile} has ${allowed} per kernel`,
  page: `Every device binds at least eight storage buffers to a kernel. Fusion keeps below that, but a layer with many states read by one
equation can exceed it.

Split the layer: give the value that depends on several states a projection or a norm of its own, so that it is computed in two kernels.
On devices with more, \`gdnc compile --profile\` names a larger profile.`,
})

export const rowTooLarge = define<{ weight: string; words: number; allowed: number; profile: string }>({
  code: 'GDN3003',
  title: 'one row of a weight exceeds what a kernel can bind',
  message: ({ weight, words, allowed, profile }) =>
    `one row of ${weight} has ${words} numbers; profile ${profile} binds ${allowed} at a time`,
  page: `A matrix that exceeds one binding is split by rows over several launches. A single row that is larger than a binding cannot be.

Reduce the inner size of that projection.`,
})

export const stateTooLarge = define<{ state: string; bytes: number; allowed: number; profile: string }>({
  code: 'GDN3004',
  title: 'a state exceeds what a kernel can bind',
  message: ({ state, bytes, allowed, profile }) =>
    `the state ${state} takes ${bytes} bytes per sequence; profile ${profile} binds ${allowed} at a time`,
  page: `A recurrence's state (heads times rows times columns, four bytes each) is one buffer and is bound whole.

Use more layers with smaller states, or fewer heads, or a smaller key or value size.`,
})

export const mayGrow = define<{ recurrence: string; state: string; factor: string; unbounded: readonly string[] }>({
  code: 'GDN3005',
  severity: 'warning',
  title: 'a decay that may exceed 1',
  message: ({ recurrence, state, factor }) =>
    `${recurrence} multiplies ${state} by ${factor}, which may exceed 1, so it is computed token by token`,
  label: ({ unbounded }) =>
    unbounded.length === 0
      ? 'expected a factor of at most 1'
      : `expected a factor of at most 1: declare the range of ${unbounded.map((name) => `\`${name}\``).join(' and ')}, such as \`in .. 0\``,
  page: `Kernels that take several tokens at a time multiply decays over all of them in logarithms, and rely on none of them being above 1: a state
that grows overflows. Where the form of the factor and the ranges of the parameters do not prove that bound, the recurrence is computed token by
token, which is right for any factor and slower for long inputs.

\`\`\`gdn
gdn 1
recurrence growing(q: f32[K], k: f32[K], v: f32[V], g: f32) -> f32[V] {
  state S: f32[K, V]
  S = exp(g) * S + outer(k, v)
  out read(S, q)
}
layer mixer {
  in x: f32[B, T, d]
  out growing(x, x, x, linear(x, 1) | sum) | flatten
}
model M {
  dim B: batch
  dim T: time
  input  x: f32[B, T, 8]
  output y: f32[B, T, 8]
  y = mixer(x)
}
\`\`\`

Declare the range, \`g: f32 in .. 0\`, and give an argument that has it, such as \`log_sigmoid(x)\` or \`-softplus(x)\`.`,
})

export const weightTooLarge = define<{ weight: string; words: number; allowed: number; profile: string }>({
  code: 'GDN3006',
  title: 'a weight that a kernel reads by the word exceeds what it can bind',
  message: ({ weight, words, allowed, profile }) => `${weight} has ${words} numbers; profile ${profile} binds ${allowed} at a time`,
  page: `Matrices of \`linear\` and rows of \`embedding\` are read in parts. Any other weight, such as a matrix that is an argument of a recurrence, is
bound whole.

    weight W: f32[4, 4096, 4096] init normal(0.02)        // 67 million numbers

Make it smaller, or let a \`linear\` apply it.`,
})
