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
  { family: 'qwen3_5_moe', file: 'qwen3_5_moe.gdn', published: [{ name: 'Qwen3_5_35B_A3B', parameters: 34_660_610_688 }] },
  { family: 'mamba2', file: 'mamba2.gdn', published: [{ name: 'CodestralMamba7B', parameters: 7_285_403_648 }] },
  { family: 'minimax', file: 'minimax.gdn', published: [{ name: 'MiniMaxText01_456B', parameters: 456_089_655_296 }] },
  { family: 'mistral', file: 'mistral.gdn', published: [{ name: 'Mistral7B', parameters: 7_241_732_096 }] },
  { family: 'olmo_hybrid_rope', file: 'olmo_hybrid.gdn', published: [{ name: 'OlmoHybrid7B', parameters: 7_430_870_688 }] },
  { family: 'falcon_h1', file: 'falcon_h1.gdn', published: [{ name: 'FalconH1_0_5B', parameters: 521_411_104 }] },
  {
    family: 'gemma2',
    file: 'gemma2.gdn',
    published: [
      { name: 'Gemma2_2B', parameters: 2_614_341_888 },
      { name: 'Gemma2_9B', parameters: 9_241_705_984 },
      { name: 'Gemma2_27B', parameters: 27_227_128_320 },
    ],
  },
  {
    family: 'gemma3',
    file: 'gemma3.gdn',
    published: [
      { name: 'Gemma3_270M', parameters: 268_098_176 },
      { name: 'Gemma3_1B', parameters: 999_885_952 },
      { name: 'Gemma3_4B', parameters: 3_880_263_168 },
      { name: 'Gemma3_12B', parameters: 11_766_034_176 },
      { name: 'Gemma3_27B', parameters: 27_009_346_304 },
    ],
  },
  { family: 'kimi_linear', file: 'kimi_linear.gdn', published: [{ name: 'KimiLinear_48B_A3B', parameters: 49_122_681_728 }] },
  { family: 'lfm2', file: 'lfm2.gdn', published: [{ name: 'LFM2_1_2B', parameters: 1_170_340_608 }] },
  {
    family: 'lfm2_moe',
    file: 'lfm2_moe.gdn',
    published: [
      { name: 'LFM2_8B_A1B', parameters: 8_339_930_560 },
      { name: 'LFM2_5_8B_A1B', parameters: 8_467_856_832 },
    ],
  },
  {
    family: 'llama',
    file: 'llama.gdn',
    published: [
      { name: 'Llama3_2_1B', parameters: 1_235_814_400 },
      { name: 'Llama3_1_8B', parameters: 8_030_261_248 },
      { name: 'Llama3_1_70B', parameters: 70_553_706_496 },
    ],
  },
  {
    family: 'qwen3',
    file: 'qwen3.gdn',
    published: [
      { name: 'Qwen3_0_6B', parameters: 596_049_920 },
      { name: 'Qwen3_1_7B', parameters: 1_720_574_976 },
      { name: 'Qwen3_4B', parameters: 4_022_468_096 },
      { name: 'Qwen3_8B', parameters: 8_190_735_360 },
      { name: 'Qwen3_32B', parameters: 32_762_123_264 },
    ],
  },
  { family: 'qwen3_next', file: 'qwen3_next.gdn', published: [{ name: 'Qwen3Next_80B_A3B', parameters: 79_674_391_296 }] },
  {
    family: 'gpt_oss',
    file: 'gpt_oss.gdn',
    published: [
      { name: 'GptOss_20B', parameters: 20_914_757_184 },
      { name: 'GptOss_120B', parameters: 116_829_156_672 },
    ],
  },
  {
    family: 'granitemoehybrid',
    file: 'granitemoehybrid.gdn',
    published: [
      { name: 'Granite4H_Tiny', parameters: 6_939_037_248 },
      { name: 'Granite4H_Small', parameters: 32_207_337_984 },
    ],
  },
  {
    family: 'nemotron_h',
    file: 'nemotron_h.gdn',
    published: [
      { name: 'NemotronH_8B', parameters: 8_100_852_736 },
      { name: 'Nemotron3Nano_30B_A3B', parameters: 31_577_940_288 },
    ],
  },
  {
    family: 'recurrent_gemma',
    file: 'recurrent_gemma.gdn',
    published: [
      { name: 'RecurrentGemma2B', parameters: 2_682_862_080 },
      { name: 'RecurrentGemma9B', parameters: 8_579_977_216 },
    ],
  },
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
