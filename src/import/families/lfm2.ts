import { family } from '../family.ts'
import { flag, maybe, or, positive, size } from '../keys.ts'
import { lfm2DenseRules, lfm2Keys, lfm2Sheet } from '../lfm2.ts'
import { param } from '../sheet.ts'

/** LFM2 (arXiv 2511.23404): gated short convolutions, and a few layers of attention. */
export const lfm2 = family({
  types: ['lfm2'],
  keys: {
    ...lfm2Keys,
    intermediate_size: maybe(size),
    block_ff_dim: maybe(size),
    block_auto_adjust_ff_dim: or(flag, true),
    block_ffn_dim_multiplier: maybe(positive),
    block_multiple_of: or(size, 256),
  },
  harmless: ['block_dim', 'block_mlp_init_scale', 'block_out_init_scale', 'block_use_swiglu', 'block_use_xavier_init', 'conv_dim'].concat([
    'conv_dim_out',
    'conv_use_xavier_init',
    'use_pos_enc',
    'num_heads',
    'theta',
  ]),
  write: (c, source) =>
    lfm2Sheet(c, source, {
      name: 'LFM2',
      doc: 'LFM2 (arXiv 2511.23404): gated short convolutions, and layers of attention.',
      ffn: () => ({ sparse: false, item: 'swiglu(ffn)' }),
      params: [param.size('ffn', innerWidth(c), undefined, { comment: 'As published models adjust it, from the configured width.' })],
      ffnRules: lfm2DenseRules,
      expect: [
        ...(c.intermediate_size === undefined ? [] : [{ key: 'intermediate_size', value: c.intermediate_size }]),
        ...(c.block_ff_dim === undefined ? [] : [{ key: 'block_ff_dim', value: c.block_ff_dim }]),
        { key: 'block_auto_adjust_ff_dim', value: c.block_auto_adjust_ff_dim },
      ],
    }),
})

/** Two thirds of the configured width, times a factor, rounded up to a multiple: what makes 8192 of 12288. */
function innerWidth(c: {
  readonly intermediate_size: number | undefined
  readonly block_ff_dim: number | undefined
  readonly hidden_size: number
  readonly block_auto_adjust_ff_dim: boolean
  readonly block_ffn_dim_multiplier: number | undefined
  readonly block_multiple_of: number
}): number {
  const given = c.block_ff_dim ?? c.intermediate_size ?? c.hidden_size
  if (!c.block_auto_adjust_ff_dim) return given
  const scaled = Math.trunc((c.block_ffn_dim_multiplier ?? 1) * Math.trunc((2 * given) / 3))
  return c.block_multiple_of * Math.ceil(scaled / c.block_multiple_of)
}
