import { family } from '../family.ts'
import { only } from '../keys.ts'
import { qwen35LinearRules, qwenExpertKeys, qwenExpertParams, qwenExpertRules, qwenExperts, qwenKeys, qwenSheet } from '../qwen.ts'
import { qwen35 } from './qwen3_5.ts'

/** Qwen3.5 with a mixture of experts in every layer. Images are left out. */
export const qwen35Moe = family({
  types: ['qwen3_5_moe_text'],
  keys: { ...qwenKeys, ...qwenExpertKeys, norm_topk_prob: only(true), attn_output_gate: only(true) },
  harmless: [...qwen35.harmless, 'intermediate_size'],
  around: qwen35.around,
  write: (c, source) =>
    qwenSheet(c, source, {
      name: 'Qwen3_5MoE',
      doc: `Qwen3.5 (text) with a mixture of experts in every layer: layers of Gated DeltaNet (L, arXiv 2412.06464), and of attention with a gate on its
output (A).`,
      ffn: () => ({ sparse: true, item: qwenExperts(true) }),
      params: qwenExpertParams(c),
      linearRules: qwen35LinearRules,
      ffnRules: qwenExpertRules(source),
    }),
})
