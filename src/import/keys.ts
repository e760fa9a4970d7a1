import { z } from 'zod'

/** Kinds of values in config.json. `null` and an absent key say the same. */

const LARGEST_SIZE = 2 ** 31 - 1
/** More layers, or experts of a layer, than any model has; each has text or tensors of its own here. */
const MOST_PARTS = 4096

export const size = z.int('a whole number from 1 on').min(1, 'a whole number from 1 on').max(LARGEST_SIZE, 'a size that a tensor can have')
export const count = size.max(MOST_PARTS, `at most ${MOST_PARTS}`)
export const real = z.number('a number')
export const positive = real.gt(0, 'a number greater than 0')
export const flag = z.boolean('true or false')

/** The key may be absent, or null. */
export const maybe = <T extends z.ZodType>(kind: T) => kind.nullish().transform((value) => value ?? undefined)

/** With a value for an absent key: that of the family's own configuration class. */
export const or = <T extends z.ZodType, const V>(kind: T, value: V) => kind.nullish().transform((given): z.output<T> | V => given ?? value)

/** Only this value, or no such key. */
export const only = <const V extends string | number | boolean>(...values: readonly [V, ...V[]]) =>
  z.literal(values, values.map((value) => JSON.stringify(value)).join(' or ')).nullish()

/** One word for each layer. */
export const words = <const V extends string>(...values: readonly [V, ...V[]]) =>
  z
    .array(z.literal(values, values.map((value) => JSON.stringify(value)).join(' or ')), 'a list with an item for each layer')
    .max(MOST_PARTS)

/** Infinity also as transformers 5 writes it. */
const bound = z.union(
  [z.number(), z.strictObject({ __float__: z.literal('Infinity') }).transform(() => Number.POSITIVE_INFINITY)],
  'a number',
)

/** Least and greatest time step; undefined where nothing is cut off. */
export const stepLimit = z
  .tuple([z.number(), bound], 'two numbers, or Infinity')
  .nullish()
  .transform((limit) => (limit == null || (limit[0] <= 0 && limit[1] === Number.POSITIVE_INFINITY) ? undefined : limit))

/** What every language model has. */
export const languageModel = {
  vocab_size: size,
  hidden_size: size,
  tie_word_embeddings: maybe(flag),
}

/** Keys that change nothing of what a model computes, in any family. */
export const harmless: readonly string[] = [
  // The file itself.
  ...['architectures', 'auto_map', 'dtype', 'torch_dtype', 'model_type', 'transformers_version', '_name_or_path', '_attn_implementation'],
  ...['_commit_hash', 'return_dict', 'output_attentions', 'output_hidden_states', 'is_encoder_decoder', 'torchscript', 'unsloth_fixed'],
  // Tokens with a meaning.
  ...['bos_token_id', 'eos_token_id', 'pad_token_id', 'sep_token_id', 'decoder_start_token_id', 'tokenizer_class'],
  // Training and starting values.
  ...['initializer_range', 'attention_dropout', 'hidden_dropout', 'resid_pdrop', 'embd_pdrop', 'router_aux_loss_coef', 'aux_loss_alpha'],
  ...['rescale_prenorm_residual', 'time_step_min', 'time_step_max', 'time_step_floor', 'time_step_rank', 'output_router_logits'],
  ...['router_jitter_noise', 'seq_aux', 'pretraining_tp', 'use_bfloat16', 'residual_in_fp32', 'mamba_ssm_cache_dtype', 'mamba_ssm_dtype'],
  // How another library computes the same.
  ...[
    'use_cache',
    'use_mamba_kernels',
    'chunk_size',
    'mamba_chunk_size',
    'num_logits_to_keep',
    'logits_to_keep',
    'keys_to_ignore_at_inference',
  ],
  ...['use_kernels', 'cache_implementation', 'use_cpu_initialization'],
  // Lengths are bounded by memory only.
  ...['max_position_embeddings', 'model_max_length', 'max_sequence_length', 'initial_context_length'],
]
