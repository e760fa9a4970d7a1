/** How a layer of the library is tried on its page: the equation, and the types where they are not f32[B, T, 64]. */
export interface Example {
  /** An application to `x` (and other inputs); a recipe is applied to `x`. */
  readonly call: string
  readonly out?: string
  /** Inputs by name. */
  readonly inputs?: Readonly<Record<string, string>>
}

/** One for every layer and block of `src/std`. A layer without one fails `scripts/docs.ts`. */
export const examples: Readonly<Record<string, Example>> = {
  PreNorm: { call: 'PreNorm(gated_deltanet(2, key: 16), swiglu(128))' },
  PostNorm: { call: 'PostNorm(attention(4), swiglu(128))' },
  SandwichNorm: { call: 'SandwichNorm(attention(4), geglu(128))' },
  Single: { call: 'Single(mamba2(4, head: 32, state: 16))' },
  attention: { call: 'attention(4, kv_heads: 2, window: 32, theta: 10_000, qk_norm: rms_norm())' },
  latent_attention: { call: 'latent_attention(4, nope: 16, extra: 8, value: 16, latent: 32)' },
  short_conv: { call: 'short_conv()' },
  gated_conv: { call: 'gated_conv()' },
  gated_deltanet: { call: 'gated_deltanet(2, key: 16, v_heads: 4)' },
  deltanet: { call: 'deltanet(2, key: 16)' },
  deltaproduct: { call: 'deltaproduct(2, key: 16, steps: 2)' },
  kda: { call: 'kda(2, key: 16)' },
  gla: { call: 'gla(2)' },
  gsa: { call: 'gsa(2, slots: 8)' },
  retnet: { call: 'retnet(2)' },
  lightning_attention: { call: 'lightning_attention(2)' },
  rg_lru: { call: 'rg_lru(2)' },
  mlstm: { call: 'mlstm(2)' },
  mamba: { call: 'mamba()' },
  gru: { call: 'gru()' },
  mamba2: { call: 'mamba2(4, head: 32, state: 16)' },
  unembedding: { call: 'unembedding(100)', out: 'f32[B, T, 100]' },
  soft_cap: { call: 'soft_cap(30)' },
  moe: { call: 'moe(8, 2, swiglu(32), common: swiglu(32))' },
  clamped_swiglu: { call: 'clamped_swiglu(128)' },
  swiglu: { call: 'swiglu(128)' },
  geglu: { call: 'geglu(128)' },
  relu2: { call: 'relu2(128)' },
  gelu_mlp: { call: 'gelu_mlp(128)' },
  lora: { call: 'lora(8, 64)' },
  zero_centred_rms_norm: { call: 'zero_centred_rms_norm()' },
  gated_rms_norm: { call: 'gated_rms_norm(x, z)', inputs: { x: 'f32[B, T, 64]', z: 'f32[B, T, 64]' } },
  rms_norm_gated: { call: 'rms_norm_gated(x, z)', inputs: { x: 'f32[B, T, 64]', z: 'f32[B, T, 64]' } },
  rope: { call: 'rope(10_000)', inputs: { x: 'f32[B, T, 4, 16]' }, out: 'f32[B, T, 4, 16]' },
}

/** The model that a page's numbers are of. */
export function exampleText({ call, out, inputs = { x: 'f32[B, T, 64]' } }: Example): string {
  const declared = Object.entries(inputs).map(([name, type]) => `  input ${name}: ${type}`)
  const recipe = !Object.keys(inputs).some((name) => new RegExp(`[(,] *(\\w+: )?${name}[,)]`).test(call))
  return [
    'gdn 1',
    'model Example {',
    '  dim B: batch',
    '  dim T: time',
    ...declared,
    `  output y: ${out ?? 'f32[B, T, 64]'}`,
    `  y = ${recipe ? `x | ${call}` : call}`,
    '}',
    '',
  ].join('\n')
}
