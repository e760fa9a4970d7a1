import type { z } from 'zod'
import { count, languageModel, maybe, only, or, positive, size, words } from './keys.ts'
import { readRotation, rotation, unscaled } from './rope.ts'
import { type Param, param, type Sheet } from './sheet.ts'
import type { Source } from './source.ts'
import { embedding, head, headRule, isTied, layers, perLayer } from './stack.ts'

/** What Qwen3-Next, Qwen3.5 and Qwen3.5-MoE share: layers of Gated DeltaNet and of gated attention; they differ in feed-forwards and layouts. */

export const qwenKeys = {
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
  rms_norm_eps: or(positive, 1e-6),
  hidden_act: only('silu'),
  attention_bias: only(false),
}

/** Those of the mixture of experts. */
export const qwenExpertKeys = {
  num_experts: count,
  num_experts_per_tok: count,
  moe_intermediate_size: size,
  shared_expert_intermediate_size: size,
}

type Keys = z.output<z.ZodObject<typeof qwenKeys>>
type ExpertKeys = z.output<z.ZodObject<typeof qwenExpertKeys>>

interface Own extends Pick<Sheet, 'name' | 'doc' | 'expect'> {
  /** The feed-forward of a layer; a layer with experts has a capital letter. */
  readonly ffn: (layer: number) => { readonly sparse: boolean; readonly item: string }
  readonly params: readonly Param[]
  /** What the layers of Gated DeltaNet have under other names, and the feed-forwards. */
  readonly linearRules: string
  readonly ffnRules: string
}

/** The sheet of a family, given what it does not share. @throws Refusal */
export function qwenSheet(c: Keys, source: Source, own: Own): Sheet {
  const rope = unscaled(readRotation(c, { theta: 10_000, part: 0.25 }), source)
  const hasHead = source.has('lm_head.weight')
  const tied = isTied(c.tie_word_embeddings, hasHead)
  const root = source.has('model.language_model.*') ? 'model.language_model' : 'model'
  const kinds =
    c.layer_types ??
    Array.from({ length: c.num_hidden_layers }, (_, i) =>
      (i + 1) % c.full_attention_interval === 0 ? 'full_attention' : 'linear_attention',
    )
  const stack = layers(
    perLayer(kinds, c.num_hidden_layers, 'layer_types', 'num_hidden_layers').map((kind, i) => {
      const { sparse, item } = own.ffn(i)
      const letter = kind === 'full_attention' ? 'a' : 'l'
      return { letter: sparse ? letter.toUpperCase() : letter, item: `PreNorm(${mixers[kind]}, ${item} as mlp, eps: eps)` }
    }),
  )
  return {
    name: own.name,
    doc: `${own.doc}
Norms are published as 1 + w, but for the gated norm of Gated DeltaNet.`,
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
      ...own.params,
      param.real('eps', c.rms_norm_eps, 'rms_norm_eps'),
    ],
    stack: `${embedding(tied)}
      ${stack.text}
      rms_norm(eps: eps) as norm
      ${head(tied)}`,
    rules: `"embed.table" <- "${root}.embed_tokens.weight"
      "norm.weight" <- "${root}.norm.weight" | add(1)
      ${headRule(tied, hasHead)}
      group "layers.{i}" <- "${root}.layers.{i}" {
        "mix_norm.weight" <- "input_layernorm.weight" | add(1)
        "ffn_norm.weight" <- "post_attention_layernorm.weight" | add(1)
        ${kinds.includes('linear_attention') ? `${own.linearRules}\n${linearRules}` : ''}
        ${kinds.includes('full_attention') ? '"self_attn.{p=q|k}_norm.weight" <- "self_attn.{p}_norm.weight" | add(1)' : ''}
        ${own.ffnRules}
      }
      ${source.has('model.visual.*') ? 'ignore "model.visual.*"' : ''}
      ${source.has('mtp.*') ? 'ignore "mtp.*"' : ''}`,
    expect: [{ key: 'num_hidden_layers', value: c.num_hidden_layers }, ...(own.expect ?? [])],
  }
}

/** A mixture of experts beside one for every token, which a sigmoid scales. */
export const qwenExperts = (normalise: boolean): string =>
  `moe(experts, top, swiglu(expert_ffn), normalise: ${normalise}, common: swiglu(shared_ffn), common_gate: true)`

export const qwenExpertParams = (c: ExpertKeys): readonly Param[] => [
  param.size('experts', c.num_experts, 'num_experts'),
  param.size('top', c.num_experts_per_tok, 'num_experts_per_tok', { comment: 'Experts that a token is given to.' }),
  param.size('expert_ffn', c.moe_intermediate_size, 'moe_intermediate_size'),
  param.size('shared_ffn', c.shared_expert_intermediate_size, 'shared_expert_intermediate_size'),
]

/** One tensor for each expert, or one for all of them. */
export const qwenExpertRules = (source: Source): string =>
  source.has('*.mlp.experts.gate_up_proj')
    ? `"mlp.experts.{p=gate|up}_proj.weight" <- "mlp.experts.gate_up_proj" | split(1)
      "mlp.experts.down_proj.weight" <- "mlp.experts.down_proj"`
    : '"mlp.experts.{p=gate|up|down}_proj.weight" <- "mlp.experts.{e}.{p}_proj.weight" | stack(e)'

/** Layouts of Qwen3.5, dense or with experts: projections that lie one after the other. */
export const qwen35LinearRules = `"linear_attn.{p=q|k|v}_proj.weight" <- "linear_attn.in_proj_qkv.weight" | split(0)
  "linear_attn.{p=z|b|a}_proj.weight" <- "linear_attn.in_proj_{p}.weight"`

const linearRules = `"linear_attn.{p=q|k|v}_conv.weight" <- "linear_attn.conv1d.weight" | squeeze(1) | split(0)
  "linear_attn.o_proj.weight" <- "linear_attn.out_proj.weight"`

const mixers = {
  linear_attention: 'gated_deltanet(key_heads, key: key, value: value, v_heads: value_heads, conv: conv, eps: eps) as linear_attn',
  full_attention: `attention(
    heads, kv_heads: kv_heads, head: head, theta: theta, rotated: rotated, qk_norm: rms_norm(eps: eps), gate: true
  ) as self_attn`,
}
