import { unsupportedValue } from '../../diagnostics/catalogue/import.ts'
import { family } from '../family.ts'
import { count, flag, languageModel, only, or, positive, size, stepLimit } from '../keys.ts'
import { quoted } from '../literal.ts'
import { Refusal } from '../refusal.ts'
import { param } from '../sheet.ts'
import { embedding, head, headRule, isTied, layers } from '../stack.ts'

/** Mamba2 (arXiv 2405.21060) as transformers publishes it, Codestral Mamba among them. */
export const mamba2 = family({
  types: ['mamba2'],
  keys: {
    ...languageModel,
    num_hidden_layers: count,
    num_heads: size,
    head_dim: size,
    state_size: size,
    n_groups: or(size, 8),
    conv_kernel: or(size, 4),
    expand: or(positive, 2),
    layer_norm_epsilon: or(positive, 1e-5),
    time_step_limit: stepLimit,
    use_bias: or(flag, false),
    use_conv_bias: or(flag, true),
    hidden_act: only('silu'),
    rms_norm: only(true),
    norm_before_gate: only(true, false),
  },
  harmless: ['intermediate_size', 'num_heads_per_group'],
  write(c, source) {
    if (c.expand * c.hidden_size !== c.num_heads * c.head_dim)
      throw new Refusal(
        unsupportedValue.at(undefined, {
          key: source.key('expand'),
          found: quoted(c.expand),
          expected: 'expand * hidden_size equal to num_heads * head_dim',
        }),
      )
    const hasHead = source.has('lm_head.weight')
    const tied = isTied(c.tie_word_embeddings, hasHead)
    const options = [
      'heads, head: head, state: state, groups: groups, conv: conv',
      ...(c.use_conv_bias ? [] : ['conv_bias: none']),
      ...(c.use_bias ? ['bias: zeros'] : []),
      ...(c.time_step_limit ? ['limit: limit'] : []),
      'eps: eps',
    ]
    const item = `Single(mamba2(${options.join(', ')}), eps: eps)`
    const stack = layers(Array(c.num_hidden_layers).fill({ letter: 'm', item }), { count: 'num_hidden_layers' })
    return {
      name: 'Mamba2',
      doc: 'Mamba2 (arXiv 2405.21060).',
      params: [
        param.size('d', c.hidden_size, 'hidden_size', { comment: 'Width of the residual stream.' }),
        param.size('vocab', c.vocab_size, 'vocab_size'),
        ...stack.params,
        param.size('heads', c.num_heads, 'num_heads'),
        param.size('head', c.head_dim, 'head_dim'),
        param.size('state', c.state_size, 'state_size'),
        param.size('groups', c.n_groups, 'n_groups'),
        param.size('conv', c.conv_kernel, 'conv_kernel'),
        ...(c.time_step_limit ? [param.reals('limit', c.time_step_limit, 'time_step_limit')] : []),
        param.real('eps', c.layer_norm_epsilon, 'layer_norm_epsilon'),
      ],
      stack: `${embedding(tied)}
        ${stack.text}
        rms_norm(eps: eps) as norm_f
        ${head(tied)}`,
      rules: `"embed.table" <- "backbone.embeddings.weight"
        "norm_f.weight" <- "backbone.norm_f.weight"
        ${headRule(tied, hasHead)}
        group "layers.{i}" <- "backbone.layers.{i}" {
          "mixer.conv1d.weight" <- "mixer.conv1d.weight" | squeeze(1)
        }`,
    }
  },
})
