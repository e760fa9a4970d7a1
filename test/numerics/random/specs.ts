import fc from 'fast-check'
import { ownMixer } from './own.ts'
import { lines, type Part } from './text.ts'

/** A valid spec as text, and the sequences that it is run on. */
export interface RandomSpec {
  readonly text: string
  readonly vocab: number
  /** The tokens of each sequence. */
  readonly lengths: readonly number[]
  /** Tokens that one prefill pass takes. */
  readonly chunk: number
}

/** Lengths around the edges of tiles and chunks. */
const lengths = [1, 2, 15, 16, 17, 63, 64, 65, 129] as const

const flag = fc.boolean()
const size = (most: number) => fc.integer({ min: 1, max: most })
/** A key of one number has the length 1 only after a division by itself, which no kernel can do to many digits near 0. */
const keySize = fc.integer({ min: 2, max: 17 })
const width = fc.constantFrom(12, 20, 24, 36)
const chunk = fc.constantFrom(1, 16, 24, 32, 64)
const conv = fc.constantFrom(1, 2, 3, 4)

const deltaNet = fc
  .record({ heads: size(3), ratio: size(3), key: keySize, value: size(19), conv, negative: flag, chunk })
  .map(({ heads, ratio, key, value, conv, negative, chunk }) => ({
    call: `gated_deltanet(${heads}, key: ${key}, value: ${value}, v_heads: ${heads * ratio}, conv: ${conv}, negative: ${negative}, chunk: ${chunk})`,
    definitions: [],
  }))

const plainDeltaNet = fc
  .record({ heads: size(3), key: keySize, value: size(19), conv, chunk })
  .map(({ heads, key, value, conv, chunk }) => ({
    call: `deltanet(${heads}, key: ${key}, value: ${value}, conv: ${conv}, chunk: ${chunk})`,
    definitions: [],
  }))

const mamba = fc
  .record({ groups: size(2), each: size(3), head: size(11), state: size(18), conv, norm: flag, chunk })
  .map(({ groups, each, head, state, conv, norm, chunk }) => ({
    call: `mamba2(${groups * each}, head: ${head}, state: ${state}, groups: ${groups}, conv: ${conv}, norm: ${norm ? groups : 1}, chunk: ${chunk})`,
    definitions: [],
  }))

const attention = fc
  .record({
    groups: size(2),
    each: size(3),
    pairs: size(5),
    odd: flag,
    window: fc.option(fc.constantFrom(1, 3, 16, 33), { nil: undefined }),
    rotation: fc.option(fc.record({ share: size(5), pairing: fc.constantFrom('half', 'adjacent') }), { nil: undefined }),
    norm: fc.constantFrom(undefined, 'rms_norm()', 'rms_norm(over: 2)', 'zero_centred_rms_norm()'),
    gate: flag,
    sinks: flag,
    cap: flag,
  })
  .map(({ groups, each, pairs, odd, window, rotation, norm, gate, sinks, cap }) => {
    const head = 2 * pairs + (odd ? 1 : 0)
    const more = [
      window === undefined ? [] : [`window: ${window}`],
      rotation === undefined ? [] : [`theta: 100`, `rotated: ${2 * Math.min(rotation.share, pairs)}`, `pairing: "${rotation.pairing}"`],
      norm === undefined ? [] : [`qk_norm: ${norm}`],
      gate ? ['gate: true'] : [],
      sinks ? ['sinks: true'] : [],
      cap ? ['cap: 3'] : [],
    ].flat()
    return { call: `attention(${[groups * each, `kv_heads: ${groups}`, `head: ${head}`, ...more].join(', ')})`, definitions: [] }
  })

const feedForward = fc
  .tuple(fc.constantFrom('swiglu', 'geglu', 'relu2', 'gelu_mlp'), size(40))
  .map(([name, hidden]) => `${name}(${hidden})`)

const mixer: fc.Arbitrary<Part> = fc.oneof(
  { weight: 3, arbitrary: deltaNet },
  { weight: 1, arbitrary: plainDeltaNet },
  { weight: 2, arbitrary: mamba },
  { weight: 3, arbitrary: attention },
  { weight: 4, arbitrary: ownMixer },
)

const block: fc.Arbitrary<Part> = fc
  .record({ mixer, feedForward, form: fc.constantFrom('PreNorm', 'PostNorm', 'Single') })
  .map(({ mixer, feedForward, form }) => ({
    call: form === 'Single' ? `Single(${mixer.call})` : `${form}(${mixer.call}, ${feedForward})`,
    definitions: mixer.definitions,
  }))

/** Small language models of one or more blocks in any order. */
export const randomSpec = (mostBlocks: number): fc.Arbitrary<RandomSpec> =>
  fc
    .record({
      d: width,
      vocab: fc.constantFrom(7, 30, 61),
      blocks: fc.array(block, { minLength: 1, maxLength: mostBlocks }),
      tied: flag,
      lengths: fc.oneof(
        fc.tuple(fc.constantFrom(...lengths)),
        fc.tuple(fc.constantFrom(...lengths), fc.constantFrom(...lengths), fc.constantFrom(...lengths)),
      ),
      chunk: fc.constantFrom(16, 48, 64, 256),
    })
    .map(({ d, vocab, blocks, tied, lengths, chunk }) => {
      const definitions = blocks.flatMap((one, i) => one.definitions.map((text) => text.replaceAll('OWN', `own${i}`)))
      const items = blocks.map((one, i) => one.call.replaceAll('OWN', `own${i}`))
      const text = lines(
        'gdn 1',
        '',
        'model Random {',
        '  dim B: batch',
        '  dim T: time',
        `  input tokens: u32[B, T]`,
        `  output logits: f32[B, T, ${vocab}]`,
        '  stack {',
        `    shared embed = embedding(${vocab}, ${d})`,
        '    embed as start',
        ...items.map((item, i) => `    ${item} as block${i}`),
        '    rms_norm() as norm',
        `    ${tied ? `unembedding(${vocab}, table: embed.table)` : `unembedding(${vocab})`} as head`,
        '  }',
        '}',
        ...definitions.flatMap((definition) => ['', definition]),
      )
      return { text, vocab, lengths: [...lengths], chunk }
    })
