import { family } from '../family.ts'
import { count, flag, languageModel, maybe, only, or, positive, size, words } from '../keys.ts'
import { readRotation, rotation, unscaled } from '../rope.ts'
import { param } from '../sheet.ts'
import { embedding, head, headRule, isTied, layers, perLayer } from '../stack.ts'

/** OLMo-Hybrid: Gated DeltaNet layers with norms before, attention layers with norms after each part. */
export const olmoHybrid = family({
  types: ['olmo_hybrid'],
  keys: {
    ...languageModel,
    ...rotation,
    num_hidden_layers: count,
    layer_types: maybe(words('linear_attention', 'full_attention')),
    num_attention_heads: size,
    num_key_value_heads: maybe(size),
    linear_num_key_heads: maybe(size),
    linear_num_value_heads: maybe(size),
    linear_key_head_dim: maybe(size),
    linear_value_head_dim: maybe(size),
    linear_conv_kernel_dim: or(size, 4),
    linear_allow_neg_eigval: or(flag, true),
    intermediate_size: size,
    rms_norm_eps: or(positive, 1e-6),
    hidden_act: only('silu'),
    attention_bias: only(false),
    linear_use_gate: only(true),
  },
  harmless: ['linear_a_log_min', 'linear_a_log_max', 'linear_dt_min', 'linear_dt_max', 'linear_dt_init_floor'],
  write(c, source) {
    const heads = c.num_attention_heads
    const keyHeads = c.linear_num_key_heads ?? heads
    const key = c.linear_key_head_dim ?? Math.floor((0.75 * c.hidden_size) / keyHeads)
    const rope = unscaled(readRotation(c, { theta: null }), source)
    const hasHead = source.has('lm_head.weight')
    const tied = isTied(c.tie_word_embeddings, hasHead)
    const kinds =
      c.layer_types ?? Array.from({ length: c.num_hidden_layers }, (_, i) => (i % 4 === 3 ? 'full_attention' : 'linear_attention'))
    const items = {
      linear_attention: {
        letter: 'l',
        item: `Pre(
          gated_deltanet(key_heads, key: key, value: value, v_heads: value_heads, conv: conv, negative: negative, eps: 1e-5) as linear_attn,
          swiglu(ffn) as mlp,
          eps,
        )`,
      },
      full_attention: {
        letter: 'a',
        item: `Post(
          attention(heads, kv_heads: kv_heads, theta: theta, qk_norm: rms_norm(eps: eps, over: 2)) as self_attn,
          swiglu(ffn) as mlp,
          eps,
        )`,
      },
    }
    const stack = layers(perLayer(kinds, c.num_hidden_layers, 'layer_types', 'num_hidden_layers').map((kind) => items[kind]))
    const has = (letter: string): boolean => kinds.some((kind) => items[kind].letter === letter)
    // A file that transformers has saved gives the norm after attention the name that the other layers have for their second norm.
    const afterAttention = source.has('model.layers.*.post_attention_layernorm.weight')
      ? 'post_attention_layernorm'
      : 'feedforward_layer_norm'
    return {
      name: 'OlmoHybrid',
      doc: `OLMo-Hybrid: layers of Gated DeltaNet (arXiv 2412.06464) with norms before each part, and of attention with norms after
(arXiv 2501.00656).`,
      params: [
        param.size('d', c.hidden_size, 'hidden_size', { comment: 'Width of the residual stream.' }),
        param.size('vocab', c.vocab_size, 'vocab_size'),
        ...stack.params,
        param.size('heads', heads, 'num_attention_heads'),
        param.size('kv_heads', c.num_key_value_heads ?? heads, 'num_key_value_heads'),
        param.real('theta', rope.theta, rope.key),
        param.size('key_heads', keyHeads, 'linear_num_key_heads'),
        param.size('value_heads', c.linear_num_value_heads ?? heads, 'linear_num_value_heads'),
        param.size('key', key, 'linear_key_head_dim'),
        param.size('value', c.linear_value_head_dim ?? 2 * key, 'linear_value_head_dim'),
        param.size('conv', c.linear_conv_kernel_dim, 'linear_conv_kernel_dim'),
        param.flag('negative', c.linear_allow_neg_eigval, 'linear_allow_neg_eigval', { comment: 'The write strength reaches to 2.' }),
        param.size('ffn', c.intermediate_size, 'intermediate_size'),
        param.real('eps', c.rms_norm_eps, 'rms_norm_eps'),
      ],
      stack: `${embedding(tied)}
        ${stack.text}
        rms_norm(eps: eps) as norm
        ${head(tied)}`,
      definitions: [has('l') ? pre : '', has('a') ? post : ''].join('\n'),
      rules: `"embed.table" <- "model.embed_tokens.weight"
        "norm.weight" <- "model.norm.weight"
        ${headRule(tied, hasHead)}
        group "layers.{i}" <- "model.layers.{i}" {
          ${has('l') ? linearRules : ''}
          ${has('a') ? attentionRules(afterAttention) : ''}
        }`,
      expect: [{ key: 'num_hidden_layers', value: c.num_hidden_layers }],
    }
  },
})

const pre = `
block Pre(mix: layer, ffn: layer, eps: real) {
  in x: f32[B, T, d]
  h = x + mix(rms_norm(x, eps: eps) as mix_norm)
  out h + ffn(rms_norm(h, eps: eps) as ffn_norm)
}`

const post = `
block Post(mix: layer, ffn: layer, eps: real) {
  in x: f32[B, T, d]
  h = x + (rms_norm(mix(x), eps: eps) as post_mix_norm)
  out h + (rms_norm(ffn(h), eps: eps) as post_ffn_norm)
}`

const linearRules = `"mix_norm.weight" <- "attention_layer_norm.weight"
  "ffn_norm.weight" <- "feedforward_layer_norm.weight"
  "linear_attn.{p=q|k|v}_conv.weight" <- "linear_attn.{p}_conv1d.weight" | squeeze(1)
  "linear_attn.z_proj.weight" <- "linear_attn.g_proj.weight"
  "linear_attn.norm.weight" <- "linear_attn.o_norm.weight"`

const attentionRules = (afterAttention: string): string => `"post_mix_norm.weight" <- "${afterAttention}.weight"
  "post_ffn_norm.weight" <- "post_feedforward_layernorm.weight"
  "self_attn.q_norm.weight" <- "self_attn.q_norm.weight" | unflatten(0, heads, d / heads)
  "self_attn.k_norm.weight" <- "self_attn.k_norm.weight" | unflatten(0, kv_heads, d / heads)`
