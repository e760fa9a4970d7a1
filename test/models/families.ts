import type { GoldenFamily } from '../support/golden.ts'

/** The families with a published checkpoint among the golden data, their specs, and the published sizes that the specs name. */
export const families: readonly {
  readonly family: GoldenFamily
  readonly file: string
  /** `parameters` as counted by hand from the family's configuration. */
  readonly published: readonly { readonly name: string; readonly parameters: number }[]
}[] = [
  {
    family: 'qwen3_5',
    file: 'qwen3_5.gdn',
    published: [
      { name: 'Qwen3_5_0_8B', parameters: 752_393_024 },
      { name: 'Qwen3_5_4B', parameters: 4_205_751_296 },
      { name: 'Qwen3_5_9B', parameters: 8_953_803_264 },
      { name: 'Qwen3_5_27B', parameters: 26_895_998_464 },
    ],
  },
  { family: 'mamba2', file: 'mamba2.gdn', published: [{ name: 'CodestralMamba7B', parameters: 7_285_403_648 }] },
  { family: 'mistral', file: 'mistral.gdn', published: [{ name: 'Mistral7B', parameters: 7_241_732_096 }] },
  { family: 'olmo_hybrid_rope', file: 'olmo_hybrid.gdn', published: [{ name: 'OlmoHybrid7B', parameters: 7_430_870_688 }] },
  { family: 'falcon_h1', file: 'falcon_h1.gdn', published: [{ name: 'FalconH1_0_5B', parameters: 521_411_104 }] },
  { family: 'lfm2', file: 'lfm2.gdn', published: [{ name: 'LFM2_1_2B', parameters: 1_170_340_608 }] },
  { family: 'qwen3_next', file: 'qwen3_next.gdn', published: [] },
  { family: 'gpt_oss', file: 'gpt_oss.gdn', published: [] },
  { family: 'granitemoehybrid', file: 'granitemoehybrid.gdn', published: [] },
  { family: 'nemotron_h', file: 'nemotron_h.gdn', published: [] },
]
