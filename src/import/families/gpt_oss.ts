import { z } from 'zod'
import { family } from '../family.ts'
import { count, flag, languageModel, maybe, only, or, positive, size, words } from '../keys.ts'
import { readRotation, rotaryLayer, rotation, scalingExpected } from '../rope.ts'
import { param } from '../sheet.ts'
import { embedding, head, headRule, isTied, layers, perLayer } from '../stack.ts'

/** GPT-OSS: attention with sinks, over a window and over all in turn, and a mixture of experts in every layer. Not its packed four-bit files. */
export const gptOss = family({
  types: ['gpt_oss'],
  keys: {
    ...languageModel,
    ...rotation,
    num_hidden_layers: count,
    layer_types: maybe(words('sliding_attention', 'full_attention')),
    sliding_window: or(size, 128),
    num_attention_heads: size,
    num_key_value_heads: size,
    head_dim: or(size, 64),
    attention_bias: or(flag, true),
    intermediate_size: size,
    num_local_experts: maybe(count),
    num_experts: maybe(count),
    num_experts_per_tok: maybe(count),
    experts_per_token: maybe(count),
    swiglu_limit: or(positive, 7),
    rms_norm_eps: or(positive, 1e-5),
    hidden_act: only('silu'),
    // Files with packed weights are not read.
    quantization_config: z.null('no quantization_config: a file with floating-point weights').optional(),
  },
  write(c, source) {
    const hasHead = source.has('lm_head.weight')
    const tied = isTied(c.tie_word_embeddings, hasHead)
    const rope = readRotation(c, { theta: 150_000 })
    const kinds =
      c.layer_types ?? Array.from({ length: c.num_hidden_layers }, (_, i) => (i % 2 === 0 ? 'sliding_attention' : 'full_attention'))
    const bias = c.attention_bias ? ', bias: zeros, o_bias: zeros' : ''
    const item = (window: string): string => `PreNorm(
      attention(heads, kv_heads: kv_heads, head: head${window}, sinks: true, rotary: ${rotaryLayer(rope, source)}${bias}) as self_attn,
      moe(experts, top, clamped_swiglu(ffn, limit: limit), router: "top_softmax", bias: zeros) as mlp,
      eps: eps,
    )`
    const items = {
      sliding_attention: { letter: 's', item: item(', window: window') },
      full_attention: { letter: 'f', item: item('') },
    }
    const stack = layers(perLayer(kinds, c.num_hidden_layers, 'layer_types', 'num_hidden_layers').map((kind) => items[kind]))
    return {
      name: 'GptOss',
      doc: 'GPT-OSS (arXiv 2508.10925): attention with sinks, over a window (s) and over all (f), and a mixture of experts in every layer.',
      params: [
        param.size('d', c.hidden_size, 'hidden_size', { comment: 'Width of the residual stream.' }),
        param.size('vocab', c.vocab_size, 'vocab_size'),
        ...stack.params,
        param.size('heads', c.num_attention_heads, 'num_attention_heads'),
        param.size('kv_heads', c.num_key_value_heads, 'num_key_value_heads'),
        param.size('head', c.head_dim, 'head_dim'),
        param.size('window', c.sliding_window, 'sliding_window'),
        param.real('theta', rope.theta, rope.key),
        param.size(
          'experts',
          c.num_local_experts ?? c.num_experts,
          c.num_local_experts === undefined ? 'num_experts' : 'num_local_experts',
        ),
        param.size(
          'top',
          c.num_experts_per_tok ?? c.experts_per_token,
          c.num_experts_per_tok === undefined ? 'experts_per_token' : 'num_experts_per_tok',
          { comment: 'Experts that a token is given to.' },
        ),
        param.size('ffn', c.intermediate_size, 'intermediate_size'),
        param.real('limit', c.swiglu_limit, 'swiglu_limit', { comment: "Of what an expert's gate and values may be." }),
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
          "self_attn.sink" <- "self_attn.sinks"
          "mlp.gate.{p=weight|bias}" <- "mlp.router.{p}"
          // Experts' matrices are [in, out]; gates and values alternate.
          "mlp.experts.{p=gate|up}_proj.weight" <- "mlp.experts.gate_up_proj" | unflatten(2, ffn, 2) | split(3, 1, 1) | squeeze(3) | transpose
          "mlp.experts.{p=gate|up}_proj.bias" <- "mlp.experts.gate_up_proj_bias" | unflatten(1, ffn, 2) | split(2, 1, 1) | squeeze(2)
          "mlp.experts.down_proj.weight" <- "mlp.experts.down_proj" | transpose
          "mlp.experts.down_proj.bias" <- "mlp.experts.down_proj_bias"
        }`,
      // No tensor says which layers have a window.
      expect: [
        { key: 'num_hidden_layers', value: c.num_hidden_layers },
        ...(c.layer_types ?? []).map((kind, i) => ({ key: `layer_types.${i}`, value: kind })),
        ...scalingExpected(rope),
      ],
    }
  },
})
