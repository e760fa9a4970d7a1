import { z } from 'zod'
import { unsupportedValue } from '../diagnostics/catalogue/import.ts'
import { flag, maybe, positive, real } from './keys.ts'
import { literal, quoted } from './literal.ts'
import { Refusal } from './refusal.ts'
import type { Source } from './source.ts'

const parameters = z.strictObject({
  rope_theta: maybe(positive),
  rope_type: maybe(z.string()),
  /** As older files have it. */
  type: maybe(z.string()),
  partial_rotary_factor: maybe(positive.max(1)),
  factor: maybe(positive),
  original_max_position_embeddings: maybe(positive),
  low_freq_factor: maybe(positive),
  high_freq_factor: maybe(positive),
  beta_fast: maybe(positive),
  beta_slow: maybe(positive),
  attention_factor: maybe(positive),
  mscale: maybe(real),
  mscale_all_dim: maybe(real),
  truncate: maybe(flag),
  // Text has one position, in which the sections for images agree.
  mrope_section: maybe(z.array(z.int())),
  mrope_interleaved: maybe(flag),
})

/** The keys of the rotation: `rope_parameters` of newer files, or keys of their own in older ones. */
export const rotation = {
  rope_parameters: maybe(parameters),
  rope_scaling: maybe(parameters),
  rope_theta: maybe(positive),
  partial_rotary_factor: maybe(positive.max(1)),
}

export interface Rotation {
  /** Null: no rotation. */
  readonly theta: number | null
  /** Where config.json has it; undefined if it does not. */
  readonly key: string | undefined
  /** How much of each head is rotated, and the key that says so. */
  readonly part: number
  readonly partKey: string | undefined
  readonly scaling: z.output<typeof parameters> | undefined
}

type Keys = z.output<z.ZodObject<typeof rotation>>

/** @throws Refusal `defaults`: what the family's configuration class has for absent keys. */
export function readRotation(config: Keys, defaults: { readonly theta: number | null; readonly part?: number }): Rotation {
  const { rope_parameters: nested, rope_scaling: scaling } = config
  const theta = nested?.rope_theta ?? config.rope_theta
  const part = nested?.partial_rotary_factor ?? config.partial_rotary_factor
  const kinds = [nested?.rope_type, nested?.type, scaling?.rope_type, scaling?.type].filter((kind) => kind !== undefined)
  const kind = kinds.find((one) => one !== 'default' && one !== 'mrope')
  return {
    theta: theta ?? defaults.theta,
    key: nested?.rope_theta !== undefined ? 'rope_parameters.rope_theta' : theta === undefined ? undefined : 'rope_theta',
    part: part ?? defaults.part ?? 1,
    partKey:
      nested?.partial_rotary_factor !== undefined
        ? 'rope_parameters.partial_rotary_factor'
        : part === undefined
          ? undefined
          : 'partial_rotary_factor',
    scaling: kind === undefined ? undefined : { ...(scaling as z.output<typeof parameters>), ...nested, rope_type: kind },
  }
}

/** @throws Refusal if the rotation is scaled, of families whose published models are not. */
export function unscaled(rotation: Rotation, source: Source): Rotation {
  if (rotation.scaling === undefined) return rotation
  const key = source.given('rope_scaling') ? 'rope_scaling' : 'rope_parameters.rope_type'
  throw new Refusal(
    unsupportedValue.at(undefined, { key: source.key(key), found: quoted(rotation.scaling.rope_type), expected: '"default"' }),
  )
}

/** The rotation as a layer of the library, scaled as config.json says; `none` without one. @throws Refusal */
export function rotaryLayer({ theta, scaling }: Rotation, source: Source): string {
  if (theta === null) return 'none'
  if (scaling === undefined) return 'rope(theta)'
  const given = (names: Readonly<Record<string, number | boolean | undefined>>): string =>
    Object.entries(names)
      .flatMap(([name, value]) => (value === undefined ? [] : [`, ${name}: ${literal(value)}`]))
      .join('')
  const { factor, original_max_position_embeddings: original } = scaling
  switch (scaling.rope_type) {
    case 'linear':
      return `rope(theta, scaling: "linear"${given({ factor })})`
    case 'llama3':
      return `rope(theta, scaling: "llama3"${given({ factor, original, low: scaling.low_freq_factor, high: scaling.high_freq_factor })})`
    case 'yarn':
      return `rope(theta, scaling: "yarn"${given({
        factor,
        original,
        fast: scaling.beta_fast,
        slow: scaling.beta_slow,
        truncate: scaling.truncate,
        mscale: scaling.mscale,
        mscale_all: scaling.mscale_all_dim,
        magnitude: scaling.attention_factor,
      })})`
    default:
      throw new Refusal(
        unsupportedValue.at(undefined, {
          key: source.key(source.given('rope_scaling') ? 'rope_scaling' : 'rope_parameters.rope_type'),
          found: quoted(scaling.rope_type),
          expected: '"default", "linear", "llama3" or "yarn"',
        }),
      )
  }
}
