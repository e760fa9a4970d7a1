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
  { family: 'bamba', file: 'bamba.gdn', published: [{ name: 'Bamba9B', parameters: 9_780_235_392 }] },
  { family: 'jamba', file: 'jamba.gdn', published: [{ name: 'Jamba_3B', parameters: 3_029_337_472 }] },
  { family: 'falcon_mamba', file: 'falcon_mamba.gdn', published: [{ name: 'FalconMamba7B', parameters: 7_272_665_088 }] },
  {
    family: 'zamba2',
    file: 'zamba2.gdn',
    published: [
      { name: 'Zamba2_1_2B', parameters: 1_215_064_704 },
      { name: 'Zamba2_7B', parameters: 7_356_749_648 },
    ],
  },
  {
    family: 'mamba',
    file: 'mamba.gdn',
    published: [
      { name: 'Mamba_130M', parameters: 129_135_360 },
      { name: 'Mamba_2_8B', parameters: 2_768_345_600 },
    ],
  },
]
