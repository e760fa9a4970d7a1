import { z } from 'zod'
import { badValue } from '../../diagnostics/catalogue/import.ts'
import { family } from '../family.ts'
import { count, flag, languageModel, maybe, only, or, positive, size } from '../keys.ts'
import { quoted } from '../literal.ts'
import { Refusal } from '../refusal.ts'
import { param } from '../sheet.ts'
import { embedding, head, headRule, isTied, layers } from '../stack.ts'

/** Mamba (arXiv 2312.00752), and Falcon-Mamba (arXiv 2410.05355), which has norms without weights on the time step, b and c. */
export const mamba = family({
  types: ['mamba', 'falcon_mamba'],
  keys: {
    ...languageModel,
    model_type: z.literal(['mamba', 'falcon_mamba']),
    num_hidden_layers: count,
    state_size: or(size, 16),
    conv_kernel: or(size, 4),
    expand: or(positive, 2),
    // What counts: Falcon-Mamba publishes another `expand` beside it.
    intermediate_size: maybe(size),
    time_step_rank: or(z.union([size, z.literal('auto')], 'a whole number, or "auto"'), 'auto'),
    mixer_rms_eps: or(positive, 1e-6),
    layer_norm_epsilon: or(positive, 1e-5),
    use_bias: or(flag, false),
    use_conv_bias: or(flag, true),
    hidden_act: only('silu'),
    rms_norm: only(true),
  },
  harmless: [
    ...['d_inner', 'd_model', 'n_layer', 'ssm_cfg', 'fused_add_norm', 'pad_vocab_size_multiple', 'time_step_scale'],
    ...['time_step_init_scheme', 'use_mambapy', 'use_falcon_mambapy', 'use_associative_scan'],
  ],
  write(c, source) {
    const falcon = c.model_type === 'falcon_mamba'
    const inner = c.intermediate_size ?? Math.floor(c.expand * c.hidden_size)
    if (inner % c.hidden_size !== 0)
      throw new Refusal(
        badValue.at(undefined, { key: source.key('intermediate_size'), found: quoted(inner), expected: 'a multiple of hidden_size' }),
      )
    const hasHead = source.has('lm_head.weight')
    const tied = isTied(c.tie_word_embeddings, hasHead)
    const options = [
      'state: state, expand: expand, conv: conv, rank: rank',
      ...(falcon ? ['norms: rms_norm(eps: mixer_eps, affine: 0)'] : []),
      ...(c.use_bias ? ['bias: zeros'] : []),
      ...(c.use_conv_bias ? [] : ['conv_bias: none']),
    ]
    const item = `Single(mamba(${options.join(', ')}), eps: eps)`
    const stack = layers(Array(c.num_hidden_layers).fill({ letter: 'm', item }), { count: 'num_hidden_layers' })
    return {
      name: falcon ? 'FalconMamba' : 'Mamba',
      doc: falcon
        ? 'Falcon-Mamba (arXiv 2410.05355): Mamba with norms, without weights, of the time step, b and c.'
        : 'Mamba (arXiv 2312.00752).',
      params: [
        param.size('d', c.hidden_size, 'hidden_size', { comment: 'Width of the residual stream.' }),
        param.size('vocab', c.vocab_size, 'vocab_size'),
        ...stack.params,
        param.size('state', c.state_size, 'state_size', { comment: 'Numbers that a channel keeps.' }),
        param.size('expand', inner / c.hidden_size, c.intermediate_size === undefined ? 'expand' : 'intermediate_size', {
          is: c.intermediate_size === undefined ? 'expand' : 'expand * d',
          comment: 'Channels of the scan for each of the residual stream.',
        }),
        param.size('conv', c.conv_kernel, 'conv_kernel'),
        param.size(
          'rank',
          c.time_step_rank === 'auto' ? Math.ceil(c.hidden_size / 16) : c.time_step_rank,
          c.time_step_rank === 'auto' ? undefined : 'time_step_rank',
          { comment: 'Width of the projection that time steps come from.' },
        ),
        ...(falcon ? [param.real('mixer_eps', c.mixer_rms_eps, 'mixer_rms_eps')] : []),
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
