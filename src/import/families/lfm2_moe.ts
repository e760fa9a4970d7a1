import { z } from 'zod'
import { family } from '../family.ts'
import { count, flag, only, or, real, size } from '../keys.ts'
import { lfm2DenseRules, lfm2Keys, lfm2Sheet } from '../lfm2.ts'
import { param } from '../sheet.ts'

/** LFM2-MoE (arXiv 2511.23404): LFM2 with a mixture of experts in all layers but the first. */
export const lfm2Moe = family({
  types: ['lfm2_moe'],
  keys: {
    ...lfm2Keys,
    intermediate_size: or(size, 7168),
    num_dense_layers: or(z.int().nonnegative(), 2),
    num_experts: or(count, 32),
    num_experts_per_tok: or(count, 4),
    moe_intermediate_size: or(size, 1792),
    norm_topk_prob: or(flag, true),
    use_expert_bias: or(flag, true),
    routed_scaling_factor: or(real, 1),
    hidden_act: only('silu'),
  },
  write(c, source) {
    const dense = c.num_dense_layers > 0
    const mixture = c.num_dense_layers < c.num_hidden_layers
    const experts = `moe(experts, top, swiglu(expert_ffn), router: "sigmoid", normalise: ${c.norm_topk_prob}, eps: 1e-6, scale: scale)`
    return lfm2Sheet(c, source, {
      name: 'LFM2MoE',
      doc: `LFM2-MoE (arXiv 2511.23404): gated short convolutions (c), and layers of attention (a); capital letters have a mixture of experts.`,
      ffn: (i) => (i < c.num_dense_layers ? { sparse: false, item: 'swiglu(ffn)' } : { sparse: true, item: experts }),
      params: [
        ...(dense ? [param.size('ffn', c.intermediate_size, 'intermediate_size')] : []),
        ...(mixture
          ? [
              param.size('experts', c.num_experts, 'num_experts'),
              param.size('top', c.num_experts_per_tok, 'num_experts_per_tok', { comment: 'Experts that a token is given to.' }),
              param.size('expert_ffn', c.moe_intermediate_size, 'moe_intermediate_size'),
              param.real('scale', c.routed_scaling_factor, 'routed_scaling_factor', { comment: "Of the experts' results." }),
            ]
          : []),
      ],
      ffnRules: [dense ? lfm2DenseRules : '', mixture ? expertRules(c.use_expert_bias) : ''].join('\n'),
      expect: [
        { key: 'norm_topk_prob', value: c.norm_topk_prob },
        { key: 'use_expert_bias', value: c.use_expert_bias },
      ],
    })
  },
})

const expertRules = (corrected: boolean): string => `"feed_forward.correction" <- ${corrected ? '"feed_forward.expert_bias"' : 'zeros'}
  "feed_forward.experts.gate_proj.weight" <- "feed_forward.experts.{e}.w1.weight" | stack(e)
  "feed_forward.experts.up_proj.weight" <- "feed_forward.experts.{e}.w3.weight" | stack(e)
  "feed_forward.experts.down_proj.weight" <- "feed_forward.experts.{e}.w2.weight" | stack(e)`
