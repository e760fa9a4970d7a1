import { z } from 'zod'
import { badValue } from '../../diagnostics/catalogue/import.ts'
import { family } from '../family.ts'
import { count, flag, languageModel, maybe, only, or, positive, real, size, stepLimit, words } from '../keys.ts'
import { Refusal } from '../refusal.ts'
import { param } from '../sheet.ts'
import { embedding, head, headRule, isTied, layers } from '../stack.ts'

const letters = { mamba: 'M', linear_attention: 'M', attention: '*', full_attention: '*', mlp: '-', moe: 'E' } as const

/** Nemotron-H (arXiv 2504.03624) and Nemotron 3: one mixer, feed-forward or mixture of experts per layer. */
export const nemotronH = family({
  types: ['nemotron_h'],
  keys: {
    ...languageModel,
    num_hidden_layers: maybe(count),
    hybrid_override_pattern: maybe(
      z
        .string()
        .max(4096)
        .regex(/^[M*E-]+$/, 'letters M, *, - and E'),
    ),
    layers_block_type: maybe(words('mamba', 'linear_attention', 'attention', 'full_attention', 'mlp', 'moe')),
    num_attention_heads: size,
    num_key_value_heads: size,
    head_dim: maybe(size),
    attention_head_dim: maybe(size),
    mamba_num_heads: size,
    mamba_head_dim: size,
    ssm_state_size: size,
    n_groups: or(size, 8),
    conv_kernel: or(size, 4),
    use_conv_bias: or(flag, true),
    mamba_proj_bias: or(flag, false),
    time_step_limit: stepLimit,
    intermediate_size: maybe(size),
    n_routed_experts: maybe(count),
    num_experts_per_tok: maybe(count),
    moe_intermediate_size: maybe(size),
    moe_shared_expert_intermediate_size: maybe(size),
    n_shared_experts: only(1),
    moe_latent_size: maybe(size),
    norm_topk_prob: or(flag, true),
    routed_scaling_factor: or(real, 1),
    n_group: only(1),
    topk_group: only(1),
    layer_norm_epsilon: maybe(positive),
    norm_eps: maybe(positive),
    mlp_hidden_act: only('relu2'),
    mamba_hidden_act: only('silu'),
    hidden_act: only('silu', 'relu2'),
    attention_bias: only(false),
    mlp_bias: only(false),
    use_bias: only(false),
    // A window is published as absent.
    sliding_window: z.null().optional(),
  },
  harmless: [
    'expand',
    'moe_shared_expert_overlap',
    'mtp_layers_block_type',
    'mtp_hybrid_override_pattern',
    'num_nextn_predict_layers',
  ].concat(['rope_theta', 'partial_rotary_factor']),
  write(c, source) {
    const hasHead = source.has('lm_head.weight')
    const tied = isTied(c.tie_word_embeddings, hasHead)
    const pattern = c.hybrid_override_pattern ?? c.layers_block_type?.map((kind) => letters[kind]).join('')
    if (pattern === undefined)
      throw new Refusal(
        badValue.at(undefined, { key: source.key('hybrid_override_pattern'), found: 'missing', expected: 'letters, or layers_block_type' }),
      )
    const options = [
      'ssm_heads, head: ssm_head, state: state, groups: groups, conv: conv, norm: groups',
      ...(c.use_conv_bias ? [] : ['conv_bias: none']),
      ...(c.mamba_proj_bias ? ['bias: zeros'] : []),
      ...(c.time_step_limit ? ['limit: limit'] : []),
      'eps: eps',
    ]
    const latent = c.moe_latent_size === undefined ? '' : ', latent: latent'
    const common = c.moe_shared_expert_intermediate_size === undefined ? '' : ', common: relu2(shared_ffn)'
    const items: Readonly<Record<string, string>> = {
      M: `mamba2(${options.join(', ')})`,
      '*': 'attention(heads, kv_heads: kv_heads, head: head)',
      '-': 'relu2(ffn)',
      E: `moe(experts, top, relu2(expert_ffn), router: "sigmoid", normalise: ${c.norm_topk_prob}, scale: scale${latent}${common})`,
    }
    const stack = layers(
      [...pattern].map((letter) => ({ letter, item: `Single(${items[letter]} as mixer, eps: eps)` })),
      { pattern: 'hybrid_override_pattern' },
    )
    const has = (letter: string): boolean => pattern.includes(letter)
    return {
      name: 'NemotronH',
      doc: `Nemotron-H (arXiv 2504.03624): layers of Mamba2 (M), of attention without positions (*), feed-forward layers with the square of relu (-),
and mixtures of experts (E).`,
      params: [
        param.size('d', c.hidden_size, 'hidden_size', { comment: 'Width of the residual stream.' }),
        param.size('vocab', c.vocab_size, 'vocab_size'),
        ...stack.params,
        ...(has('*')
          ? [
              param.size('heads', c.num_attention_heads, 'num_attention_heads'),
              param.size('kv_heads', c.num_key_value_heads, 'num_key_value_heads'),
              param.size(
                'head',
                c.head_dim ?? c.attention_head_dim ?? Math.floor(c.hidden_size / c.num_attention_heads),
                c.head_dim === undefined ? 'attention_head_dim' : 'head_dim',
              ),
            ]
          : []),
        ...(has('M')
          ? [
              param.size('ssm_heads', c.mamba_num_heads, 'mamba_num_heads'),
              param.size('ssm_head', c.mamba_head_dim, 'mamba_head_dim'),
              param.size('state', c.ssm_state_size, 'ssm_state_size'),
              param.size('groups', c.n_groups, 'n_groups'),
              param.size('conv', c.conv_kernel, 'conv_kernel'),
              ...(c.time_step_limit ? [param.reals('limit', c.time_step_limit, 'time_step_limit')] : []),
            ]
          : []),
        ...(has('-') ? [param.size('ffn', c.intermediate_size, 'intermediate_size')] : []),
        ...(has('E')
          ? [
              param.size('experts', c.n_routed_experts, 'n_routed_experts'),
              param.size('top', c.num_experts_per_tok, 'num_experts_per_tok', { comment: 'Experts that a token is given to.' }),
              param.size('expert_ffn', c.moe_intermediate_size, 'moe_intermediate_size'),
              ...(common === ''
                ? []
                : [param.size('shared_ffn', c.moe_shared_expert_intermediate_size, 'moe_shared_expert_intermediate_size')]),
              ...(latent === '' ? [] : [param.size('latent', c.moe_latent_size, 'moe_latent_size')]),
              param.real('scale', c.routed_scaling_factor, 'routed_scaling_factor', { comment: "Of the experts' results." }),
            ]
          : []),
        param.real(
          'eps',
          c.layer_norm_epsilon ?? c.norm_eps ?? 1e-5,
          c.layer_norm_epsilon === undefined ? 'norm_eps' : 'layer_norm_epsilon',
        ),
      ],
      stack: `${embedding(tied)}
        ${stack.text}
        rms_norm(eps: eps) as norm
        ${head(tied)}`,
      rules: `"embed.table" <- "backbone.embeddings.weight"
        "norm.weight" <- "backbone.norm_f.weight"
        ${headRule(tied, hasHead)}
        group "layers.{i}" <- "backbone.layers.{i}" {
          ${has('M') ? '"mixer.conv1d.weight" <- "mixer.conv1d.weight" | squeeze(1)' : ''}
          ${has('E') ? '"mixer.correction" <- "mixer.gate.e_score_correction_bias"\n"mixer.experts.{p=up|down}_proj.weight" <- "mixer.experts.{e}.{p}_proj.weight" | stack(e)' : ''}
          ${has('E') && common !== '' ? '"mixer.shared_expert.{p=up|down}_proj.weight" <- "mixer.shared_experts.{p}_proj.weight"' : ''}
          ${has('E') && latent !== '' ? '"mixer.latent_down.weight" <- "mixer.fc1_latent_proj.weight"\n"mixer.latent_up.weight" <- "mixer.fc2_latent_proj.weight"' : ''}
        }
        ${source.has('mtp.*') ? 'ignore "mtp.*"' : ''}`,
      expect: has('E') ? [{ key: 'norm_topk_prob', value: c.norm_topk_prob }] : [],
    }
  },
})
