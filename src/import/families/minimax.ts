import { z } from 'zod'
import { badValue, unsupportedValue } from '../../diagnostics/catalogue/import.ts'
import { family } from '../family.ts'
import { count, flag, languageModel, maybe, only, or, positive, real, size, words } from '../keys.ts'
import { quoted } from '../literal.ts'
import { Refusal } from '../refusal.ts'
import { readRotation, rotation, unscaled } from '../rope.ts'
import { type Param, param } from '../sheet.ts'
import { embedding, head, headRule, isTied, layers, perLayer } from '../stack.ts'

/** Weights of the residual stream and of what joins it: their names in transformers, and in the family's first files. */
const factors = {
  linear_alpha: ['linear_attn_alpha_factor', 'layernorm_linear_attention_alpha'],
  linear_beta: ['linear_attn_beta_factor', 'layernorm_linear_attention_beta'],
  full_alpha: ['full_attn_alpha_factor', 'layernorm_full_attention_alpha'],
  full_beta: ['full_attn_beta_factor', 'layernorm_full_attention_beta'],
  mlp_alpha: ['mlp_alpha_factor', 'layernorm_mlp_alpha'],
  mlp_beta: ['mlp_beta_factor', 'layernorm_mlp_beta'],
} as const

type FactorKey = (typeof factors)[keyof typeof factors][number]
const factor = maybe(real)
const factorKeys = Object.fromEntries(Object.values(factors).flatMap((keys) => keys.map((key) => [key, factor]))) as Record<
  FactorKey,
  typeof factor
>

/** MiniMax-Text-01 (arXiv 2501.08313): Lightning Attention and some attention, each with a mixture of experts. */
export const minimax = family({
  types: ['minimax', 'minimax_text_01'],
  keys: {
    ...languageModel,
    ...rotation,
    ...factorKeys,
    model_type: z.literal(['minimax', 'minimax_text_01']),
    rotary_dim: maybe(size),
    num_hidden_layers: count,
    layer_types: maybe(words('linear_attention', 'full_attention')),
    // 0: Lightning Attention, 1: attention.
    attn_type_list: maybe(z.array(z.literal([0, 1], '0 or 1'), 'a list with an item for each layer').max(4096)),
    num_attention_heads: size,
    num_key_value_heads: size,
    head_dim: maybe(size),
    intermediate_size: size,
    num_local_experts: count,
    num_experts_per_tok: count,
    postnorm: maybe(flag),
    shared_intermediate_size: only(0),
    rms_norm_eps: or(positive, 1e-5),
    hidden_act: only('silu'),
    sliding_window: z.null('no window').optional(),
  },
  harmless: ['block', 'block_size', 'shared_moe_mode'],
  write(c, source) {
    // Without this key, the family's first implementation lets the residual stream pass by the norms.
    if (!(c.postnorm ?? c.model_type === 'minimax'))
      throw new Refusal(unsupportedValue.at(undefined, { key: source.key('postnorm'), found: quoted(c.postnorm), expected: 'true' }))
    const kinds = c.layer_types ?? c.attn_type_list?.map((kind) => (kind === 0 ? 'linear_attention' : 'full_attention'))
    if (kinds === undefined)
      throw new Refusal(badValue.at(undefined, { key: source.key('layer_types'), found: 'missing', expected: 'it, or attn_type_list' }))
    const rope = unscaled(readRotation(c, { theta: 1e6 }), source)
    const headSize = c.head_dim ?? Math.floor(c.hidden_size / c.num_attention_heads)
    const hasHead = source.has('lm_head.weight')
    const tied = isTied(c.tie_word_embeddings, hasHead)
    const experts = 'moe(experts, top, swiglu(ffn)) as mlp'
    const items = {
      linear_attention: {
        letter: 'l',
        item: `Normed(lightning_attention(heads, head: head, index: i, layers: layers) as self_attn, ${experts}, linear_alpha, mlp_alpha, eps)`,
      },
      full_attention: {
        letter: 'a',
        item: `Normed(
          attention(heads, kv_heads: kv_heads, head: head, theta: theta, rotated: rotated) as self_attn, ${experts}, full_alpha, mlp_alpha, eps
        )`,
      },
    }
    const listKey = c.layer_types === undefined ? 'attn_type_list' : 'layer_types'
    const stack = layers(
      perLayer(kinds, c.num_hidden_layers, listKey, 'num_hidden_layers').map((kind) => items[kind]),
      { count: 'num_hidden_layers', indexed: true },
    )
    const has = (kind: keyof typeof items): boolean => kinds.includes(kind)
    const factorOf = (name: keyof typeof factors): Param => {
      const [newer, older] = factors[name]
      return param.real(name, c[newer] ?? c[older] ?? 1, c[newer] === undefined ? older : newer)
    }
    return {
      name: 'MiniMaxText01',
      doc: `MiniMax-Text-01 (arXiv 2501.08313): layers of Lightning Attention (l) and of attention (a), each with a mixture of experts. The residual stream
goes on from the norms, weighted.`,
      params: [
        param.size('d', c.hidden_size, 'hidden_size', { comment: 'Width of the residual stream.' }),
        param.size('vocab', c.vocab_size, 'vocab_size'),
        ...stack.params,
        param.size('heads', c.num_attention_heads, 'num_attention_heads'),
        param.size('head', headSize, 'head_dim'),
        ...(has('full_attention')
          ? [
              param.size('kv_heads', c.num_key_value_heads, 'num_key_value_heads'),
              c.rotary_dim === undefined
                ? param.size('rotated', rope.part * headSize, rope.partKey, { is: 'rotated / head', comment: rotatedComment })
                : param.size('rotated', c.rotary_dim, 'rotary_dim', { comment: rotatedComment }),
              param.real('theta', rope.theta, rope.key),
            ]
          : []),
        param.size('experts', c.num_local_experts, 'num_local_experts'),
        param.size('top', c.num_experts_per_tok, 'num_experts_per_tok', { comment: 'Experts that a token is given to.' }),
        param.size('ffn', c.intermediate_size, 'intermediate_size'),
        param.real('eps', c.rms_norm_eps, 'rms_norm_eps'),
        ...(has('linear_attention') ? [factorOf('linear_alpha'), factorOf('linear_beta')] : []),
        ...(has('full_attention') ? [factorOf('full_alpha'), factorOf('full_beta')] : []),
        factorOf('mlp_alpha'),
        factorOf('mlp_beta'),
      ],
      stack: `${embedding(tied)}
        ${stack.text}
        rms_norm(eps: eps) as norm
        ${head(tied)}`,
      definitions: normed,
      rules: `"embed.table" <- "model.embed_tokens.weight"
        "norm.weight" <- "model.norm.weight"
        ${headRule(tied, hasHead)}
        group "layers.{i}" <- "model.layers.{i}" {
          "mix_norm.weight" <- "input_layernorm.weight"
          "ffn_norm.weight" <- "post_attention_layernorm.weight"
          ${has('linear_attention') ? '"self_attn.out_proj.weight" <- "self_attn.out_proj.weight" | scale(linear_beta)' : ''}
          ${has('full_attention') ? '"self_attn.o_proj.weight" <- "self_attn.o_proj.weight" | scale(full_beta)' : ''}
          "mlp.gate.weight" <- "block_sparse_moe.gate.weight"
          "mlp.experts.gate_proj.weight" <- "block_sparse_moe.experts.{e}.w1.weight" | stack(e)
          "mlp.experts.up_proj.weight" <- "block_sparse_moe.experts.{e}.w3.weight" | stack(e)
          "mlp.experts.down_proj.weight" <- "block_sparse_moe.experts.{e}.w2.weight" | stack(e) | scale(mlp_beta)
        }
        ${computed.flatMap((name) => (source.has(`*.self_attn.${name}`) ? [`ignore "model.layers.{i}.self_attn.${name}"`] : [])).join('\n')}`,
      expect: [
        ...(c.layer_types ?? []).map((kind, i) => ({ key: `layer_types.${i}`, value: kind })),
        ...(c.layer_types === undefined ? (c.attn_type_list ?? []) : []).map((kind, i) => ({ key: `attn_type_list.${i}`, value: kind })),
        { key: 'postnorm', value: true },
      ],
    }
  },
})

const rotatedComment = 'Channels of each head that are rotated.'

const normed = `
block Normed(mix: layer, ffn: layer, mix_alpha: real, ffn_alpha: real, eps: real) {
  in x: f32[B, T, d]
  n = rms_norm(x, eps: eps) as mix_norm
  h = rms_norm(mix_alpha * n + mix(n), eps: eps) as ffn_norm
  out ffn_alpha * h + ffn(h)
}`

/** Decays that transformers saves with the weights; they follow from the layer's index. */
const computed = ['slope_rate', 'query_decay', 'key_decay', 'diagonal_decay']
