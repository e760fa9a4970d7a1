import { family } from '../family.ts'
import { only, size } from '../keys.ts'
import { qwen35LinearRules, qwenKeys, qwenSheet } from '../qwen.ts'
import { param } from '../sheet.ts'

/** Qwen3.5 and its successors of the same architecture: Gated DeltaNet and gated attention. Images are left out. */
export const qwen35 = family({
  types: ['qwen3_5_text'],
  keys: { ...qwenKeys, intermediate_size: size, attn_output_gate: only(true) },
  harmless: ['mtp_num_hidden_layers', 'mtp_use_dedicated_embeddings', 'mlp_only_layers'],
  around: ['vision_config', 'image_token_id', 'video_token_id', 'vision_start_token_id', 'vision_end_token_id', 'language_model_only'],
  write: (c, source) =>
    qwenSheet(c, source, {
      name: 'Qwen3_5',
      doc: 'Qwen3.5 (text): layers of Gated DeltaNet (arXiv 2412.06464), and of attention with a gate on its output.',
      ffn: () => ({ sparse: false, item: 'swiglu(ffn)' }),
      params: [param.size('ffn', c.intermediate_size, 'intermediate_size')],
      linearRules: qwen35LinearRules,
      ffnRules: '',
    }),
})
