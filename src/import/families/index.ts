import type { Family } from '../family.ts'
import { bamba } from './bamba.ts'
import { falconH1 } from './falcon_h1.ts'
import { gptOss } from './gpt_oss.ts'
import { granite } from './granitemoehybrid.ts'
import { jamba } from './jamba.ts'
import { kimiLinear } from './kimi_linear.ts'
import { lfm2 } from './lfm2.ts'
import { mamba } from './mamba.ts'
import { mamba2 } from './mamba2.ts'
import { mistral } from './mistral.ts'
import { nemotronH } from './nemotron_h.ts'
import { olmoHybrid } from './olmo_hybrid.ts'
import { qwen35 } from './qwen3_5.ts'
import { qwen3Next } from './qwen3_next.ts'
import { zamba2 } from './zamba2.ts'

/** Every family that can be imported. A new one is a file here and a line in this list. */
export const families: readonly Family[] = [
  bamba,
  falconH1,
  gptOss,
  granite,
  jamba,
  kimiLinear,
  lfm2,
  mamba,
  mamba2,
  mistral,
  nemotronH,
  olmoHybrid,
  qwen35,
  qwen3Next,
  zamba2,
]
