import { z } from 'zod'
import { count, flag, languageModel, maybe, or, positive, size, words } from './keys.ts'
import { readRotation, rotation, unscaled } from './rope.ts'
import { type Param, param, type Sheet } from './sheet.ts'
import type { Source } from './source.ts'
import { embedding, head, headRule, isTied, layers, perLayer } from './stack.ts'

/** What LFM2 and LFM2-MoE share: layers of gated short convolutions and of attention; they differ in feed-forwards. */

export const lfm2Keys = {
  ...languageModel,
  ...rotation,
  tie_embedding: maybe(flag),
  num_hidden_layers: count,
  layer_types: maybe(words('conv', 'full_attention')),
  full_attn_idxs: maybe(z.array(z.int().nonnegative())),
  num_attention_heads: size,
  num_key_value_heads: size,
  conv_L_cache: or(size, 3),
  conv_bias: or(flag, false),
  norm_eps: or(positive, 1e-5),
  block_norm_eps: maybe(positive),
}

type Keys = z.output<z.ZodObject<typeof lfm2Keys>>

interface Own extends Pick<Sheet, 'name' | 'doc' | 'expect'> {
  /** The feed-forward of a layer; a layer with experts has a capital letter. */
  readonly ffn: (layer: number) => { readonly sparse: boolean; readonly item: string }
  readonly params: readonly Param[]
  readonly ffnRules: string
}

/** The sheet of a family, given its feed-forwards. @throws Refusal */
export function lfm2Sheet(c: Keys, source: Source, own: Own): Sheet {
  const rope = unscaled(readRotation(c, { theta: 1e6 }), source)
  const hasHead = source.has('lm_head.weight')
  const tied = isTied(c.tie_word_embeddings ?? c.tie_embedding, hasHead)
  const attending = new Set(c.full_attn_idxs ?? [])
  const kinds =
    c.layer_types ??
    Array.from({ length: c.num_hidden_layers }, (_, i): 'conv' | 'full_attention' =>
      c.full_attn_idxs === undefined || attending.has(i) ? 'full_attention' : 'conv',
    )
  const mixers = {
    conv: `gated_conv(width${c.conv_bias ? ', bias: zeros' : ''}) as conv`,
    full_attention: 'attention(heads, kv_heads: kv_heads, theta: theta, qk_norm: rms_norm(eps: eps)) as self_attn',
  }
  const stack = layers(
    perLayer(kinds, c.num_hidden_layers, 'layer_types', 'num_hidden_layers').map((kind, i) => {
      const { sparse, item } = own.ffn(i)
      const letter = kind === 'conv' ? 'c' : 'a'
      return { letter: sparse ? letter.toUpperCase() : letter, item: `PreNorm(${mixers[kind]}, ${item} as feed_forward, eps: eps)` }
    }),
  )
  return {
    name: own.name,
    doc: own.doc,
    params: [
      param.size('d', c.hidden_size, 'hidden_size', { comment: 'Width of the residual stream.' }),
      param.size('vocab', c.vocab_size, 'vocab_size'),
      ...stack.params,
      param.size('heads', c.num_attention_heads, 'num_attention_heads'),
      param.size('kv_heads', c.num_key_value_heads, 'num_key_value_heads'),
      param.real('theta', rope.theta, rope.key),
      param.size('width', c.conv_L_cache, 'conv_L_cache', { comment: 'Tokens that a convolution sees.' }),
      ...own.params,
      param.real('eps', c.norm_eps, 'norm_eps'),
    ],
    stack: `${embedding(tied)}
      ${stack.text}
      rms_norm(eps: eps) as norm
      ${head(tied)}`,
    rules: `"embed.table" <- "model.embed_tokens.weight"
      "norm.weight" <- "model.embedding_norm.weight"
      ${headRule(tied, hasHead)}
      group "layers.{i}" <- "model.layers.{i}" {
        "mix_norm.weight" <- "operator_norm.weight"
        ${own.ffnRules}
        ${kinds.includes('conv') ? '"conv.conv.weight" <- "conv.conv.weight" | squeeze(1)' : ''}
        ${kinds.includes('full_attention') ? attentionRules : ''}
      }`,
    expect: [{ key: 'num_hidden_layers', value: c.num_hidden_layers }, { key: 'conv_bias', value: c.conv_bias }, ...(own.expect ?? [])],
  }
}

const attentionRules = `"self_attn.{p=q|k}_norm.weight" <- "self_attn.{p}_layernorm.weight"
  "self_attn.o_proj.weight" <- "self_attn.out_proj.weight"`

export const lfm2DenseRules = `"feed_forward.gate_proj.weight" <- "feed_forward.w1.weight"
  "feed_forward.up_proj.weight" <- "feed_forward.w3.weight"
  "feed_forward.down_proj.weight" <- "feed_forward.w2.weight"`
