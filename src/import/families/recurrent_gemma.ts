import { embeddingFactor } from '../embedding-factor.ts'
import { family } from '../family.ts'
import { count, flag, languageModel, maybe, only, or, positive, size, words } from '../keys.ts'
import { readRotation, rotation, unscaled } from '../rope.ts'
import { param } from '../sheet.ts'
import { embedding, head, headRule, isTied, layers } from '../stack.ts'

/** RecurrentGemma (arXiv 2404.07839): the recurrent block of Griffin (arXiv 2402.19427), and attention over a window. */
export const recurrentGemma = family({
  types: ['recurrent_gemma'],
  keys: {
    ...languageModel,
    ...rotation,
    num_hidden_layers: count,
    block_types: maybe(words('recurrent', 'attention')),
    _block_types: maybe(words('recurrent', 'attention')),
    num_attention_heads: size,
    num_key_value_heads: maybe(size),
    head_dim: maybe(size),
    attention_window_size: or(size, 2048),
    attention_bias: or(flag, false),
    lru_width: maybe(size),
    conv1d_width: or(size, 4),
    intermediate_size: size.multipleOf(2, 'an even number'),
    logits_soft_cap: or(positive, 30),
    embeddings_scale_by_sqrt_dim: only(true),
    rms_norm_eps: or(positive, 1e-6),
    hidden_activation: only('gelu_pytorch_tanh'),
  },
  harmless: ['w_init_variance_scale', 'final_w_init_variance_scale'],
  write(c, source) {
    const heads = c.num_attention_heads
    const headSize = c.head_dim ?? Math.floor(c.hidden_size / heads)
    const rope = unscaled(readRotation(c, { theta: 10_000, part: 0.5 }), source)
    const hasHead = source.has('lm_head.weight')
    const tied = isTied(c.tie_word_embeddings ?? true, hasHead)
    const period = c.block_types ?? c._block_types ?? ['recurrent', 'recurrent', 'attention']
    const kinds = Array.from({ length: c.num_hidden_layers }, (_, i) => period[i % period.length] as (typeof period)[number])
    const items = {
      recurrent: { letter: 'r', item: item('rg_lru(heads, width: width, conv: conv)') },
      attention: {
        letter: 'a',
        item: item(
          `attention(
            heads, kv_heads: kv_heads, head: head, window: window, theta: theta, rotated: rotated
            ${c.attention_bias ? ', bias: zeros' : ''}, o_bias: zeros
          )`,
        ),
      },
    }
    const stack = layers(kinds.map((kind) => items[kind]))
    const has = (kind: keyof typeof items): boolean => kinds.includes(kind)
    return {
      name: 'RecurrentGemma',
      doc: `RecurrentGemma (arXiv 2404.07839): layers of the real-gated linear recurrent unit (r, arXiv 2402.19427), and of attention over a window (a).`,
      params: [
        param.size('d', c.hidden_size, 'hidden_size', { comment: 'Width of the residual stream.' }),
        param.size('vocab', c.vocab_size, 'vocab_size'),
        ...stack.params,
        param.size('heads', heads, 'num_attention_heads', { comment: 'Of attention, and blocks of the gates of the recurrent unit.' }),
        ...(has('attention')
          ? [
              param.size('kv_heads', c.num_key_value_heads ?? heads, 'num_key_value_heads'),
              param.size('head', headSize, 'head_dim'),
              param.size('rotated', rope.part * headSize, rope.partKey, {
                is: 'rotated / head',
                comment: 'Channels of each head that are rotated.',
              }),
              param.real('theta', rope.theta, rope.key),
              param.size('window', c.attention_window_size, 'attention_window_size'),
            ]
          : []),
        ...(has('recurrent')
          ? [param.size('width', c.lru_width ?? c.hidden_size, 'lru_width'), param.size('conv', c.conv1d_width, 'conv1d_width')]
          : []),
        param.size('ffn', c.intermediate_size / 2, 'intermediate_size', { is: '2 * ffn', comment: 'Half of the configured width.' }),
        param.real('eps', c.rms_norm_eps, 'rms_norm_eps'),
        param.real('embed_mult', embeddingFactor(c.hidden_size, 'bfloat16'), undefined, {
          comment: 'The root of `d`, rounded as the published model rounds it.',
        }),
        param.real('logit_cap', c.logits_soft_cap, 'logits_soft_cap'),
      ],
      stack: `${embedding(tied)}
        ${stack.text}
        rms_norm(eps: eps) as norm
        ${head(tied)}
        soft_cap(logit_cap)`,
      // A tied head reads the scaled table, so that what is to be undone goes into the norm before it.
      rules: `"embed.table" <- "model.embed_tokens.weight" | scale(embed_mult)
        "norm.weight" <- "model.final_norm.weight" | add(1)${tied ? ' | scale(1 / embed_mult)' : ''}
        ${headRule(tied, hasHead)}
        group "layers.{i}" <- "model.layers.{i}" {
          "mix_norm.weight" <- "temporal_pre_norm.weight" | add(1)
          "ffn_norm.weight" <- "channel_pre_norm.weight" | add(1)
          ${has('recurrent') ? recurrentRules : ''}
        }`,
      expect: [{ key: 'num_hidden_layers', value: c.num_hidden_layers }],
    }
  },
})

const item = (mixer: string): string => `PreNorm(${mixer} as temporal_block, geglu(ffn, bias: zeros) as mlp_block, eps: eps)`

// Published gates are [in, out] for each block of channels.
const recurrentRules = `"temporal_block.conv_1d.weight" <- "temporal_block.conv_1d.weight" | squeeze(1)
  "temporal_block.W_input" <- "temporal_block.rg_lru.input_gate_weight" | transpose
  "temporal_block.b_input" <- "temporal_block.rg_lru.input_gate_bias"
  "temporal_block.W_decay" <- "temporal_block.rg_lru.recurrent_gate_weight" | transpose
  "temporal_block.b_decay" <- "temporal_block.rg_lru.recurrent_gate_bias"
  "temporal_block.rate" <- "temporal_block.rg_lru.recurrent_param" | unflatten(0, heads, width / heads)`
