import { z } from 'zod'
import { family } from '../family.ts'
import { count, flag, languageModel, maybe, only, or, positive, size, words } from '../keys.ts'
import { readRotation, rotation, unscaled } from '../rope.ts'
import { param } from '../sheet.ts'
import { embedding, head, headRule, isTied, layers, perLayer } from '../stack.ts'

/** Qwen3-Next: Gated DeltaNet and gated attention, each with a mixture of experts. */
export const qwen3Next = family({
  types: ['qwen3_next'],
  keys: {
    ...languageModel,
    ...rotation,
    num_hidden_layers: count,
    layer_types: maybe(words('linear_attention', 'full_attention')),
    full_attention_interval: or(count, 4),
    num_attention_heads: size,
    num_key_value_heads: size,
    head_dim: or(size, 256),
    linear_num_key_heads: size,
    linear_num_value_heads: size,
    linear_key_head_dim: size,
    linear_value_head_dim: size,
    linear_conv_kernel_dim: or(size, 4),
    intermediate_size: size,
    decoder_sparse_step: or(count, 1),
    mlp_only_layers: or(z.array(z.int().nonnegative()), []),
    num_experts: count,
    num_experts_per_tok: count,
    moe_intermediate_size: size,
    shared_expert_intermediate_size: size,
    norm_topk_prob: or(flag, true),
    rms_norm_eps: or(positive, 1e-6),
    hidden_act: only('silu'),
    attention_bias: only(false),
  },
  write(c, source) {
    const rope = unscaled(readRotation(c, { theta: 10_000, part: 0.25 }), source)
    const hasHead = source.has('lm_head.weight')
    const tied = isTied(c.tie_word_embeddings, hasHead)
    const fused = source.has('model.layers.*.mlp.experts.gate_up_proj')
    const kinds =
      c.layer_types ??
      Array.from({ length: c.num_hidden_layers }, (_, i) =>
        (i + 1) % c.full_attention_interval === 0 ? 'full_attention' : 'linear_attention',
      )
    const dense = new Set(c.mlp_only_layers)
    const isDense = (i: number): boolean => dense.has(i) || (i + 1) % c.decoder_sparse_step !== 0
    const mixers = {
      linear_attention: 'gated_deltanet(key_heads, key: key, value: value, v_heads: value_heads, conv: conv, eps: eps) as linear_attn',
      full_attention: `attention(
        heads, kv_heads: kv_heads, head: head, theta: theta, rotated: rotated, qk_norm: rms_norm(eps: eps), gate: true
      ) as self_attn`,
    }
    const experts = `moe(
      experts, top, swiglu(expert_ffn), normalise: ${c.norm_topk_prob}, common: swiglu(shared_ffn), common_gate: true
    ) as mlp`
    const items = perLayer(kinds, c.num_hidden_layers, 'layer_types', 'num_hidden_layers').map((kind, i) => {
      const letter = kind === 'full_attention' ? 'a' : 'l'
      return {
        letter: isDense(i) ? letter : letter.toUpperCase(),
        item: `PreNorm(${mixers[kind]}, ${isDense(i) ? 'swiglu(ffn) as mlp' : experts}, eps: eps)`,
      }
    })
    const stack = layers(items)
    const some = (letters: string): boolean => items.some(({ letter }) => letters.includes(letter))
    return {
      name: 'Qwen3Next',
      doc: `Qwen3-Next: layers of Gated DeltaNet (arXiv 2412.06464), and of attention with a gate on its output; capital letters have a mixture of
experts. Norms are published as 1 + w, but for the gated norm of Gated DeltaNet.`,
      params: [
        param.size('d', c.hidden_size, 'hidden_size', { comment: 'Width of the residual stream.' }),
        param.size('vocab', c.vocab_size, 'vocab_size'),
        ...stack.params,
        param.size('heads', c.num_attention_heads, 'num_attention_heads'),
        param.size('kv_heads', c.num_key_value_heads, 'num_key_value_heads'),
        param.size('head', c.head_dim, 'head_dim'),
        param.size('rotated', rope.part * c.head_dim, rope.partKey, {
          is: 'rotated / head',
          comment: 'Channels of each head that are rotated.',
        }),
        param.real('theta', rope.theta, rope.key),
        param.size('key_heads', c.linear_num_key_heads, 'linear_num_key_heads'),
        param.size('value_heads', c.linear_num_value_heads, 'linear_num_value_heads'),
        param.size('key', c.linear_key_head_dim, 'linear_key_head_dim'),
        param.size('value', c.linear_value_head_dim, 'linear_value_head_dim'),
        param.size('conv', c.linear_conv_kernel_dim, 'linear_conv_kernel_dim'),
        ...(some('la') ? [param.size('ffn', c.intermediate_size, 'intermediate_size')] : []),
        ...(some('LA')
          ? [
              param.size('experts', c.num_experts, 'num_experts'),
              param.size('top', c.num_experts_per_tok, 'num_experts_per_tok', { comment: 'Experts that a token is given to.' }),
              param.size('expert_ffn', c.moe_intermediate_size, 'moe_intermediate_size'),
              param.size('shared_ffn', c.shared_expert_intermediate_size, 'shared_expert_intermediate_size'),
            ]
          : []),
        param.real('eps', c.rms_norm_eps, 'rms_norm_eps'),
      ],
      stack: `${embedding(tied)}
        ${stack.text}
        rms_norm(eps: eps) as norm
        ${head(tied)}`,
      rules: `"embed.table" <- "model.embed_tokens.weight"
        "norm.weight" <- "model.norm.weight" | add(1)
        ${headRule(tied, hasHead)}
        group "layers.{i}" <- "model.layers.{i}" {
          "mix_norm.weight" <- "input_layernorm.weight" | add(1)
          "ffn_norm.weight" <- "post_attention_layernorm.weight" | add(1)
          ${some('lL') ? linearRules : ''}
          ${some('aA') ? '"self_attn.{p=q|k}_norm.weight" <- "self_attn.{p}_norm.weight" | add(1)' : ''}
          ${some('LA') ? (fused ? fusedExperts : singleExperts) : ''}
        }
        ${source.has('mtp.*') ? 'ignore "mtp.*"' : ''}`,
      expect: [
        { key: 'num_hidden_layers', value: c.num_hidden_layers },
        { key: 'norm_topk_prob', value: c.norm_topk_prob },
      ],
    }
  },
})

// Rows lie together by key head: its query, its key, the values and the gates of the value heads that share it.
const part = (name: string, tensor: string, size: string, from: string, to: string, rows: string): string =>
  `"linear_attn.${name}_proj.weight" <- "linear_attn.${tensor}.weight" | unflatten(0, key_heads, ${size}) | slice(1, ${from} .. ${to}) | flatten(0, 1, from: [key_heads, ${rows}])`

const values = 'value_heads / key_heads * value'
const shared = 'value_heads / key_heads'
const linearRules = [
  '// Rows lie together by key head: its query, its key, the values and the gates of the value heads that share it.',
  part('q', 'in_proj_qkvz', `2 * key + 2 * ${values}`, '0', 'key', 'key'),
  part('k', 'in_proj_qkvz', `2 * key + 2 * ${values}`, 'key', '2 * key', 'key'),
  part('v', 'in_proj_qkvz', `2 * key + 2 * ${values}`, '2 * key', `2 * key + ${values}`, values),
  part('z', 'in_proj_qkvz', `2 * key + 2 * ${values}`, `2 * key + ${values}`, `2 * key + 2 * ${values}`, values),
  part('b', 'in_proj_ba', `2 * ${shared}`, '0', shared, shared),
  part('a', 'in_proj_ba', `2 * ${shared}`, shared, `2 * ${shared}`, shared),
  '"linear_attn.{p=q|k|v}_conv.weight" <- "linear_attn.conv1d.weight" | squeeze(1) | split(0)',
  '"linear_attn.o_proj.weight" <- "linear_attn.out_proj.weight"',
].join('\n')

const singleExperts = '"mlp.experts.{p=gate|up|down}_proj.weight" <- "mlp.experts.{e}.{p}_proj.weight" | stack(e)'
const fusedExperts = `"mlp.experts.{p=gate|up}_proj.weight" <- "mlp.experts.gate_up_proj" | split(1)
  "mlp.experts.down_proj.weight" <- "mlp.experts.down_proj"`
