import { z } from 'zod'
import { embeddingFactor } from '../embedding-factor.ts'
import { family } from '../family.ts'
import { count, languageModel, maybe, only, or, positive, size, words } from '../keys.ts'
import { type Rotation, readRotation, rotaryArgument, rotation, rotationParameters, scalingExpected, undivided } from '../rope.ts'
import { param } from '../sheet.ts'
import type { Source } from '../source.ts'
import { embedding, head, headRule, isTied, layers, perLayer } from '../stack.ts'

/** What the two generations have for absent keys, and how they are described. */
const generations = {
  gemma2: {
    name: 'Gemma2',
    doc: `Gemma 2 (arXiv 2408.00118): attention over a window (s) and over all (f), scores and logits that are bounded softly, norms before and
behind each part.`,
    vocab: 256_000,
    period: 2,
    theta: 1e4,
    caps: [50, 30],
    normed: false,
  },
  gemma3_text: {
    name: 'Gemma3',
    doc: `Gemma 3 (text, arXiv 2503.19786): attention over a window (s) and over all (f), each with its own base of rotation, norms of queries and
keys, norms before and behind each part.`,
    vocab: 262_208,
    period: 6,
    theta: 1e6,
    caps: [null, null],
    normed: true,
  },
} as const

/** Null takes a bound away that the configuration class has; an absent key does not. */
const bound = positive.nullable().optional()

/** Newer files of Gemma 3 have a rotation for each kind of layers. */
const rotations = z.union(
  [z.strictObject({ full_attention: rotationParameters, sliding_attention: rotationParameters }), rotationParameters],
  'the keys of one rotation, or of full_attention and sliding_attention',
)

const keys = {
  ...languageModel,
  ...rotation,
  model_type: z.literal(['gemma2', 'gemma3_text']),
  vocab_size: maybe(size),
  rope_parameters: maybe(rotations),
  rope_local_base_freq: maybe(positive),
  num_hidden_layers: count,
  layer_types: maybe(words('sliding_attention', 'full_attention')),
  sliding_window_pattern: maybe(count),
  _sliding_window_pattern: maybe(count),
  sliding_window: or(size, 4096),
  num_attention_heads: or(size, 8),
  num_key_value_heads: or(size, 4),
  head_dim: or(size, 256),
  query_pre_attn_scalar: or(positive, 256),
  attn_logit_softcapping: bound,
  final_logit_softcapping: bound,
  intermediate_size: size,
  rms_norm_eps: or(positive, 1e-6),
  hidden_activation: only('gelu_pytorch_tanh'),
  hidden_act: only('gelu_pytorch_tanh'),
  attention_bias: only(false),
  use_bidirectional_attention: only(false),
  dtype: maybe(z.string()),
  torch_dtype: maybe(z.string()),
}

type Keys = z.output<z.ZodObject<typeof keys>>

/** Gemma 2 (arXiv 2408.00118), and the text model of Gemma 3 (arXiv 2503.19786). Images are left out. */
export const gemma = family({
  types: ['gemma2', 'gemma3_text'],
  keys,
  harmless: ['sliding_window_size'],
  around: ['vision_config', 'mm_tokens_per_image', 'image_token_index', 'boi_token_index', 'eoi_token_index'].concat([
    'image_token_id',
    'boi_token_id',
    'eoi_token_id',
  ]),
  write(c, source) {
    const { name, doc, ...own } = generations[c.model_type]
    const { full, local } = rotationsOf(c, own, source)
    const cap = c.attn_logit_softcapping === undefined ? own.caps[0] : c.attn_logit_softcapping
    const logitCap = c.final_logit_softcapping === undefined ? own.caps[1] : c.final_logit_softcapping
    const hasHead = source.has('*lm_head.weight')
    const tied = isTied(c.tie_word_embeddings ?? true, hasHead)
    const root = ['language_model.model', 'model.language_model'].find((prefix) => source.has(`${prefix}.*`)) ?? 'model'
    const patternKey = c.sliding_window_pattern === undefined ? '_sliding_window_pattern' : 'sliding_window_pattern'
    const period = c[patternKey] ?? own.period
    const kinds =
      c.layer_types ??
      Array.from({ length: c.num_hidden_layers }, (_, i) => ((i + 1) % period === 0 ? 'full_attention' : 'sliding_attention'))
    const separate = local !== full
    const item = (options: string): string => `SandwichNorm(
      attention(
        heads, kv_heads: kv_heads, head: head, scale: rsqrt(query), ${options}
        ${own.normed ? ', qk_norm: rms_norm(eps: eps)' : ''}${cap === null ? '' : ', cap: cap'}
      ) as self_attn,
      geglu(ffn) as mlp,
      eps: eps,
    )`
    const items = {
      sliding_attention: {
        letter: 's',
        item: item(`window: window, ${rotaryArgument(local, source, separate ? 'local_theta' : 'theta')}`),
      },
      full_attention: { letter: 'f', item: item(rotaryArgument(full, source)) },
    }
    const stack = layers(
      perLayer(kinds, c.num_hidden_layers, 'layer_types', 'num_hidden_layers').map((kind) => items[kind]),
      { count: 'num_hidden_layers' },
    )
    const sliding = kinds.includes('sliding_attention')
    return {
      name,
      doc,
      params: [
        param.size('d', c.hidden_size, 'hidden_size', { comment: 'Width of the residual stream.' }),
        param.size('vocab', c.vocab_size ?? own.vocab, 'vocab_size'),
        ...stack.params,
        param.size('heads', c.num_attention_heads, 'num_attention_heads'),
        param.size('kv_heads', c.num_key_value_heads, 'num_key_value_heads'),
        param.size('head', c.head_dim, 'head_dim'),
        param.real('query', c.query_pre_attn_scalar, 'query_pre_attn_scalar', { comment: 'Its root divides the scores.' }),
        ...(kinds.includes('full_attention') || !separate ? [param.real('theta', full.theta, full.key)] : []),
        ...(sliding && separate ? [param.real('local_theta', local.theta, local.key)] : []),
        ...(sliding ? [param.size('window', c.sliding_window, 'sliding_window')] : []),
        ...(cap === null ? [] : [param.real('cap', cap, 'attn_logit_softcapping', { comment: 'Of the scores.' })]),
        param.size('ffn', c.intermediate_size, 'intermediate_size'),
        param.real('eps', c.rms_norm_eps, 'rms_norm_eps'),
        param.real('embed_mult', embeddingFactor(c.hidden_size, c.dtype ?? c.torch_dtype), undefined, {
          comment: 'The root of `d`, rounded as the published model rounds it.',
        }),
        ...(logitCap === null ? [] : [param.real('logit_cap', logitCap, 'final_logit_softcapping')]),
      ],
      stack: `${embedding(tied)}
        ${stack.text}
        rms_norm(eps: eps) as norm
        ${head(tied)}
        ${logitCap === null ? '' : 'soft_cap(logit_cap)'}`,
      // A tied head reads the scaled table, so that what is to be undone goes into the norm before it.
      rules: `"embed.table" <- "${root}.embed_tokens.weight" | scale(embed_mult)
        "norm.weight" <- "${root}.norm.weight" | add(1)${tied ? ' | scale(1 / embed_mult)' : ''}
        ${headRule(tied, hasHead)}
        group "layers.{i}" <- "${root}.layers.{i}" {
          "mix_norm.weight" <- "input_layernorm.weight" | add(1)
          "post_mix_norm.weight" <- "post_attention_layernorm.weight" | add(1)
          "ffn_norm.weight" <- "pre_feedforward_layernorm.weight" | add(1)
          "post_ffn_norm.weight" <- "post_feedforward_layernorm.weight" | add(1)
          ${own.normed ? '"self_attn.{p=q|k}_norm.weight" <- "self_attn.{p}_norm.weight" | add(1)' : ''}
        }
        ${images
          .filter((glob) => source.has(glob))
          .map((glob) => `ignore "${glob}"`)
          .join('\n')}`,
      // No tensor says which layers have a window.
      expect: [
        { key: 'num_hidden_layers', value: c.num_hidden_layers },
        ...(c.layer_types ?? []).map((kind, i) => ({ key: `layer_types.${i}`, value: kind })),
        ...(c.layer_types === undefined ? [{ key: patternKey, value: period }] : []),
        ...scalingExpected(full),
        ...(separate ? scalingExpected(local) : []),
      ],
    }
  },
})

/** Tensors around the text model. */
const images = ['vision_tower.*', 'multi_modal_projector.*', 'model.vision_tower.*', 'model.multi_modal_projector.*']

/** Of layers that see all, and of those with a window: one and the same where the file has one for both. @throws Refusal */
function rotationsOf(
  { rope_parameters: newer, ...c }: Keys,
  { theta, normed }: { readonly theta: number; readonly normed: boolean },
  source: Source,
): { readonly full: Rotation; readonly local: Rotation } {
  const read = (...args: Parameters<typeof readRotation>): Rotation => undivided(readRotation(...args), source)
  if (newer !== undefined && 'full_attention' in newer) {
    const of = (kind: keyof typeof newer, base: number): Rotation =>
      read({ ...none, rope_parameters: newer[kind] }, { theta: base }, { at: `rope_parameters.${kind}`, theta: 'rope_theta' })
    return { full: of('full_attention', theta), local: of('sliding_attention', 1e4) }
  }
  const full = read({ ...c, rope_parameters: newer }, { theta })
  if (!normed) return { full, local: full }
  const names = { at: 'rope_parameters', theta: 'rope_local_base_freq' }
  return { full, local: read({ ...none, rope_theta: c.rope_local_base_freq }, { theta: 1e4 }, names) }
}

const none = { rope_parameters: undefined, rope_scaling: undefined, rope_theta: undefined, partial_rotary_factor: undefined }
