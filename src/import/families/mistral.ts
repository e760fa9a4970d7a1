import { family } from '../family.ts'
import { count, languageModel, maybe, only, or, positive, size } from '../keys.ts'
import { readRotation, rotation, unscaled } from '../rope.ts'
import { param } from '../sheet.ts'
import { embedding, head, headRule, isTied, layers } from '../stack.ts'

/** Mistral 7B (arXiv 2310.06825) and its successors, which have no window. */
export const mistral = family({
  types: ['mistral'],
  keys: {
    ...languageModel,
    ...rotation,
    num_hidden_layers: count,
    num_attention_heads: size,
    num_key_value_heads: maybe(size),
    head_dim: maybe(size),
    sliding_window: maybe(size),
    intermediate_size: size,
    rms_norm_eps: or(positive, 1e-6),
    hidden_act: only('silu'),
    attention_bias: only(false),
    mlp_bias: only(false),
  },
  write(c, source) {
    const heads = c.num_attention_heads
    const rope = unscaled(readRotation(c, { theta: 10_000 }), source)
    const hasHead = source.has('lm_head.weight')
    const tied = isTied(c.tie_word_embeddings, hasHead)
    const item = `PreNorm(
      attention(heads, kv_heads: kv_heads, head: head, window: window, theta: theta) as self_attn,
      swiglu(ffn) as mlp,
      eps: eps,
    )`
    const stack = layers(Array(c.num_hidden_layers).fill({ letter: 'a', item }), { count: 'num_hidden_layers' })
    return {
      name: 'Mistral',
      doc: 'Mistral (arXiv 2310.06825): attention, over the last `window` tokens where there is one, and a gated feed-forward.',
      params: [
        param.size('d', c.hidden_size, 'hidden_size', { comment: 'Width of the residual stream.' }),
        param.size('vocab', c.vocab_size, 'vocab_size'),
        ...stack.params,
        param.size('heads', heads, 'num_attention_heads'),
        param.size('kv_heads', c.num_key_value_heads ?? heads, 'num_key_value_heads'),
        param.size('head', c.head_dim ?? Math.floor(c.hidden_size / heads), 'head_dim'),
        param.size('window', c.sliding_window, 'sliding_window'),
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
    }
  },
})
