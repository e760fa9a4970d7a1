import type { Family } from '../family.ts'
import { bamba } from './bamba.ts'
import { falconH1 } from './falcon_h1.ts'
import { gemma } from './gemma.ts'
import { gptOss } from './gpt_oss.ts'
import { granite } from './granitemoehybrid.ts'
import { jamba } from './jamba.ts'
import { kimiLinear } from './kimi_linear.ts'
import { lfm2 } from './lfm2.ts'
import { lfm2Moe } from './lfm2_moe.ts'
import { llama } from './llama.ts'
import { mamba } from './mamba.ts'
import { mamba2 } from './mamba2.ts'
import { minimax } from './minimax.ts'
import { nemotronH } from './nemotron_h.ts'
import { olmoHybrid } from './olmo_hybrid.ts'
import { qwen35 } from './qwen3_5.ts'
import { qwen35Moe } from './qwen3_5_moe.ts'
import { qwen3Next } from './qwen3_next.ts'
import { recurrentGemma } from './recurrent_gemma.ts'
import { zamba2 } from './zamba2.ts'

/** Every family that can be imported. A new one is a file here and a line in this list. */
export const families: readonly Family[] = [
  bamba,
  falconH1,
  gemma,
  gptOss,
  granite,
  jamba,
  kimiLinear,
  lfm2,
  lfm2Moe,
  llama,
  mamba,
  mamba2,
  minimax,
  nemotronH,
  olmoHybrid,
  qwen35,
  qwen35Moe,
  qwen3Next,
  recurrentGemma,
  zamba2,
]
