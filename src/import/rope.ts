import { z } from 'zod'
import { badValue, unsupportedValue } from '../diagnostics/catalogue/import.ts'
import { flag, maybe, positive, real } from './keys.ts'
import { literal, quoted } from './literal.ts'
import { Refusal } from './refusal.ts'
import type { Expectation } from './sheet.ts'
import type { Source } from './source.ts'

/** What newer files say of one rotation. */
export const rotationParameters = z.strictObject({
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
  rope_parameters: maybe(rotationParameters),
  rope_scaling: maybe(rotationParameters),
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
  readonly scaling: z.output<typeof rotationParameters> | undefined
  /** The object that newer files have it in. */
  readonly at: string
}

type Keys = z.output<z.ZodObject<typeof rotation>>

/** `defaults`: what the family's configuration class has for absent keys. `names`: where the file has the object of newer files, and the base of older. */
export function readRotation(
  config: Keys,
  defaults: { readonly theta: number | null; readonly part?: number },
  { at, theta: base } = { at: 'rope_parameters', theta: 'rope_theta' },
): Rotation {
  const { rope_parameters: nested, rope_scaling: scaling } = config
  const theta = nested?.rope_theta ?? config.rope_theta
  const part = nested?.partial_rotary_factor ?? config.partial_rotary_factor
  const kinds = [nested?.rope_type, nested?.type, scaling?.rope_type, scaling?.type].filter((kind) => kind !== undefined)
  const kind = kinds.find((one) => one !== 'default' && one !== 'mrope')
  return {
    theta: theta ?? defaults.theta,
    key: nested?.rope_theta !== undefined ? `${at}.rope_theta` : theta === undefined ? undefined : base,
    part: part ?? defaults.part ?? 1,
    partKey:
      nested?.partial_rotary_factor !== undefined
        ? `${at}.partial_rotary_factor`
        : part === undefined
          ? undefined
          : 'partial_rotary_factor',
    scaling: kind === undefined ? undefined : { ...(scaling as z.output<typeof rotationParameters>), ...nested, rope_type: kind },
    at,
  }
}

/** @throws Refusal if the rotation is scaled, of families whose published models are not. */
export function unscaled(rotation: Rotation, source: Source): Rotation {
  if (rotation.scaling === undefined) return rotation
  throw new Refusal(
    unsupportedValue.at(undefined, { key: kindKey(rotation, source), found: quoted(rotation.scaling.rope_type), expected: '"default"' }),
  )
}

/** @throws Refusal if a part of each head is not rotated, of families whose heads are rotated whole. */
export function undivided(rotation: Rotation, source: Source): Rotation {
  if (rotation.part === 1 || rotation.partKey === undefined) return rotation
  throw new Refusal(unsupportedValue.at(undefined, { key: source.key(rotation.partKey), found: quoted(rotation.part), expected: '1' }))
}

/** The argument of `attention` for it: `theta`, the parameter of that name, or a layer made with it. @throws Refusal */
export function rotaryArgument(rotation: Rotation, source: Source, theta = 'theta'): string {
  return rotation.scaling === undefined ? `theta: ${theta}` : `rotary: ${rotaryLayer(rotation, source, theta)}`
}

/** The rotation as a layer of the library, scaled as config.json says; `none` without one. `theta`: its parameter. @throws Refusal */
export function rotaryLayer(rotation: Rotation, source: Source, theta = 'theta'): string {
  const { scaling } = rotation
  if (rotation.theta === null) return 'none'
  if (scaling === undefined) return `rope(${theta})`
  const needed = (name: keyof typeof scaling): number => {
    const value = scaling[name]
    if (typeof value === 'number') return value
    const key = source.key(`${placeOf(rotation, source)}.${name}`)
    throw new Refusal(badValue.at(undefined, { key, found: 'missing', expected: 'a number' }))
  }
  const scaled = (names: Readonly<Record<string, number | boolean | undefined>>): string => {
    const given = Object.entries(names).flatMap(([name, value]) => (value === undefined ? [] : [`${name}: ${literal(value)}`]))
    return `rope(${[theta, `scaling: "${scaling.rope_type}"`, ...given].join(', ')})`
  }
  switch (scaling.rope_type) {
    case 'linear':
      return scaled({ factor: needed('factor') })
    case 'llama3':
      return scaled({
        factor: needed('factor'),
        original: needed('original_max_position_embeddings'),
        low: needed('low_freq_factor'),
        high: needed('high_freq_factor'),
      })
    case 'yarn':
      return scaled({
        factor: needed('factor'),
        original: needed('original_max_position_embeddings'),
        fast: scaling.beta_fast,
        slow: scaling.beta_slow,
        truncate: scaling.truncate,
        mscale: scaling.mscale,
        mscale_all: scaling.mscale_all_dim,
        magnitude: scaling.attention_factor,
      })
    default:
      throw new Refusal(
        unsupportedValue.at(undefined, {
          key: kindKey(rotation, source),
          found: quoted(scaling.rope_type),
          expected: '"default", "linear", "llama3" or "yarn"',
        }),
      )
  }
}

/** What config.json must say of the scaling, which the spec has built in. */
export function scalingExpected({ scaling, at }: Rotation): readonly Expectation[] {
  return Object.entries(scaling ?? {}).flatMap(([name, value]) =>
    name === 'rope_theta' || name === 'partial_rotary_factor' || (typeof value !== 'number' && typeof value !== 'boolean')
      ? []
      : [`${at}.${name}`, `rope_scaling.${name}`].map((key) => ({ key, value })),
  )
}

const placeOf = ({ at }: Rotation, source: Source): string => (source.given('rope_scaling') ? 'rope_scaling' : at)

const kindKey = (rotation: Rotation, source: Source): string => {
  const place = placeOf(rotation, source)
  return source.key(place === 'rope_scaling' ? place : `${place}.rope_type`)
}
