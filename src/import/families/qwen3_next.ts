import { z } from 'zod'
import { family } from '../family.ts'
import { count, flag, or, size } from '../keys.ts'
import { qwenExpertKeys, qwenExpertParams, qwenExpertRules, qwenExperts, qwenKeys, qwenSheet } from '../qwen.ts'
import { param } from '../sheet.ts'

/** Qwen3-Next: Gated DeltaNet and gated attention, each with a mixture of experts. */
export const qwen3Next = family({
  types: ['qwen3_next'],
  keys: {
    ...qwenKeys,
    ...qwenExpertKeys,
    intermediate_size: size,
    decoder_sparse_step: or(count, 1),
    mlp_only_layers: or(z.array(z.int().nonnegative()), []),
    norm_topk_prob: or(flag, true),
  },
  write(c, source) {
    const dense = new Set(c.mlp_only_layers)
    const sparse = Array.from({ length: c.num_hidden_layers }, (_, i) => !dense.has(i) && (i + 1) % c.decoder_sparse_step === 0)
    const mixture = sparse.includes(true)
    return qwenSheet(c, source, {
      name: 'Qwen3Next',
      doc: `Qwen3-Next: layers of Gated DeltaNet (arXiv 2412.06464), and of attention with a gate on its output; capital letters have a mixture of
experts.`,
      ffn: (i) => (sparse[i] ? { sparse: true, item: qwenExperts(c.norm_topk_prob) } : { sparse: false, item: 'swiglu(ffn)' }),
      params: [
        ...(sparse.includes(false) ? [param.size('ffn', c.intermediate_size, 'intermediate_size')] : []),
        ...(mixture ? qwenExpertParams(c) : []),
      ],
      linearRules,
      ffnRules: mixture ? qwenExpertRules(source) : '',
      expect: [{ key: 'norm_topk_prob', value: c.norm_topk_prob }],
    })
  },
})

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
].join('\n')
