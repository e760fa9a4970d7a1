import { z } from 'zod'
import { family } from '../family.ts'
import { count, flag, languageModel, maybe, only, or, positive, size, words } from '../keys.ts'
import { readRotation, rotaryArgument, rotation, scalingExpected, undivided } from '../rope.ts'
import { param } from '../sheet.ts'
import { embedding, head, headRule, isTied, layers, perLayer } from '../stack.ts'

const kinds = {
  llama: { name: 'Llama', doc: 'Llama (arXiv 2407.21783): attention and a gated feed-forward.' },
  mistral: {
    name: 'Mistral',
    doc: 'Mistral (arXiv 2310.06825): attention, over the last `window` tokens where there is one, and a gated feed-forward.',
  },
  qwen3: { name: 'Qwen3', doc: 'Qwen3 (arXiv 2505.09388): attention with norms of queries and keys, and a gated feed-forward.' },
} as const

/** Llama (arXiv 2407.21783) and what differs from it by an option: Mistral (arXiv 2310.06825) and its successors, Qwen3 (arXiv 2505.09388). */
export const llama = family({
  types: ['llama', 'mistral', 'qwen3'],
  keys: {
    ...languageModel,
    ...rotation,
    model_type: z.literal(['llama', 'mistral', 'qwen3']),
    num_hidden_layers: count,
    num_attention_heads: size,
    num_key_value_heads: maybe(size),
    head_dim: maybe(size),
    sliding_window: maybe(size),
    use_sliding_window: maybe(flag),
    max_window_layers: or(z.int().nonnegative(), 28),
    layer_types: maybe(words('full_attention', 'sliding_attention')),
    intermediate_size: size,
    rms_norm_eps: or(positive, 1e-6),
    hidden_act: only('silu'),
    attention_bias: or(flag, false),
    mlp_bias: or(flag, false),
  },
  write(c, source) {
    const qwen = c.model_type === 'qwen3'
    const heads = c.num_attention_heads
    const rope = undivided(readRotation(c, { theta: 10_000 }), source)
    const hasHead = source.has('lm_head.weight')
    const tied = isTied(c.tie_word_embeddings, hasHead)
    const windowed = c.sliding_window !== undefined && (c.use_sliding_window ?? c.model_type === 'mistral')
    const seen =
      (windowed ? c.layer_types : undefined) ??
      Array.from({ length: c.num_hidden_layers }, (_, i) =>
        windowed && (!qwen || i >= c.max_window_layers) ? 'sliding_attention' : 'full_attention',
      )
    const item = (window: string): string => `PreNorm(
      attention(
        heads, kv_heads: kv_heads, head: head${window}, ${rotaryArgument(rope, source)}
        ${qwen ? ', qk_norm: rms_norm(eps: eps)' : ''}${c.attention_bias ? ', bias: zeros, o_bias: zeros' : ''}
      ) as self_attn,
      swiglu(ffn${c.mlp_bias ? ', bias: zeros' : ''}) as mlp,
      eps: eps,
    )`
    const items = {
      full_attention: { letter: 'f', item: item('') },
      sliding_attention: { letter: 's', item: item(', window: window') },
    }
    const stack = layers(
      perLayer(seen, c.num_hidden_layers, 'layer_types', 'num_hidden_layers').map((kind) => items[kind]),
      { count: 'num_hidden_layers' },
    )
    return {
      ...kinds[c.model_type],
      params: [
        param.size('d', c.hidden_size, 'hidden_size', { comment: 'Width of the residual stream.' }),
        param.size('vocab', c.vocab_size, 'vocab_size'),
        ...stack.params,
        param.size('heads', heads, 'num_attention_heads'),
        param.size('kv_heads', c.num_key_value_heads ?? heads, 'num_key_value_heads'),
        param.size('head', c.head_dim ?? (qwen ? 128 : Math.floor(c.hidden_size / heads)), 'head_dim'),
        ...(seen.includes('sliding_attention') ? [param.size('window', c.sliding_window, 'sliding_window')] : []),
        param.size('ffn', c.intermediate_size, 'intermediate_size'),
        param.real('theta', rope.theta, rope.key),
        param.real('eps', c.rms_norm_eps, 'rms_norm_eps'),
      ],
      stack: `${embedding(tied)}
        ${stack.text}
        rms_norm(eps: eps) as norm
        ${head(tied)}`,
      rules: `"embed.table" <- "model.embed_tokens.weight"
        "norm.weight" <- "model.norm.weight"
        ${headRule(tied, hasHead)}
        group "layers.{i}" <- "model.layers.{i}" {
          "mix_norm.weight" <- "input_layernorm.weight"
          "ffn_norm.weight" <- "post_attention_layernorm.weight"
        }
        ${source.has('*.rotary_emb.inv_freq') ? 'ignore "model.layers.{i}.self_attn.rotary_emb.inv_freq"' : ''}`,
      expect: [
        ...scalingExpected(rope),
        ...(c.use_sliding_window === undefined ? [] : [{ key: 'use_sliding_window', value: c.use_sliding_window }]),
        // No tensor says which layers have a window.
        ...(windowed ? (c.layer_types ?? []) : []).map((kind, i) => ({ key: `layer_types.${i}`, value: kind })),
      ],
    }
  },
})
