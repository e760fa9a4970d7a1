import { badValue } from '../../diagnostics/catalogue/import.ts'
import { family } from '../family.ts'
import { count, flag, languageModel, maybe, only, or, positive, size, stepLimit, words } from '../keys.ts'
import { quoted } from '../literal.ts'
import { Refusal } from '../refusal.ts'
import { readRotation, rotation, unscaled } from '../rope.ts'
import { param } from '../sheet.ts'
import type { Source } from '../source.ts'
import { embedding, head, headRule, isTied, perLayer } from '../stack.ts'

/** Zamba2 (arXiv 2411.15242): Mamba2, with a few transformer blocks that are used in turn, each use with adapters of its own. */
export const zamba2 = family({
  types: ['zamba2'],
  keys: {
    ...languageModel,
    ...rotation,
    num_hidden_layers: count,
    layers_block_type: maybe(words('mamba', 'linear_attention', 'hybrid')),
    num_mem_blocks: or(count, 1),
    num_attention_heads: size,
    num_key_value_heads: maybe(size),
    use_mem_rope: or(flag, false),
    // It changes the base of the rotation.
    use_long_context: only(false),
    adapter_rank: or(size, 128),
    use_shared_attention_adapter: or(flag, false),
    intermediate_size: maybe(size),
    n_mamba_heads: size,
    mamba_expand: or(size, 2),
    mamba_d_state: or(size, 64),
    mamba_ngroups: or(size, 1),
    mamba_d_conv: or(size, 4),
    time_step_min: or(positive, 1e-3),
    time_step_limit: stepLimit,
    rms_norm_eps: or(positive, 1e-5),
    hidden_act: only('gelu'),
    use_conv_bias: only(true),
    add_bias_linear: only(false),
  },
  // What follows from other keys.
  harmless: [
    ...['hybrid_layer_ids', 'attention_hidden_size', 'attention_head_dim', 'kv_channels', 'num_query_groups', 'mamba_headdim'],
    ...['use_mem_eff_path', 'use_shared_mlp_adapter'],
  ],
  write(c, source) {
    const rope = unscaled(readRotation(c, { theta: 10_000 }), source)
    const kinds = perLayer(c.layers_block_type ?? usual, c.num_hidden_layers, 'layers_block_type', 'num_hidden_layers')
    const hybrids = kinds.flatMap((kind, i) => (kind === 'hybrid' ? [i] : []))
    const blocks = c.num_mem_blocks
    if (hybrids.length < blocks) throw refused(source, 'num_mem_blocks', blocks, `at most one for each hybrid layer, ${hybrids.length}`)
    if ((c.num_key_value_heads ?? c.num_attention_heads) !== c.num_attention_heads)
      throw refused(source, 'num_key_value_heads', c.num_key_value_heads, `num_attention_heads, ${c.num_attention_heads}`)
    if (c.time_step_limit !== undefined) throw refused(source, 'time_step_limit', c.time_step_limit, 'no limit')
    const hasHead = source.has('lm_head.weight')
    const tied = isTied(c.tie_word_embeddings, hasHead)
    // A block is held by one of the layers that use it, usually the first; others may repeat it.
    const users = Array.from({ length: blocks }, (_, k) => hybrids.filter((_, use) => use % blocks === k))
    const homes = users.map(
      (those) => those.find((layer) => source.has(`model.layers.${layer}.shared_transformer.*`)) ?? (those[0] as number),
    )
    const repeated = hybrids.filter((layer) => !homes.includes(layer) && source.has(`model.layers.${layer}.shared_transformer.*`))
    const home = homes.every((layer, k) => layer === hybrids[k]) ? 'hybrids' : 'homes'
    const block = 'SharedTransformer(heads, ffn, theta: theta, eps: eps)'
    return {
      name: 'Zamba2',
      doc: `Zamba2 (arXiv 2411.15242): layers of Mamba2, of which some have the result of a transformer block added to their input. There are few such
blocks, used in turn; what each use has of its own are adapters, and the projection behind the block.`,
      params: [
        param.size('d', c.hidden_size, 'hidden_size', { comment: 'Width of the residual stream.' }),
        param.size('vocab', c.vocab_size, 'vocab_size'),
        param.size('layers', c.num_hidden_layers, 'num_hidden_layers'),
        param.size('uses', hybrids.length, undefined, { comment: 'The layers that use a block.' }),
        param.sizes('hybrids', 'uses', hybrids),
        param.size('blocks', blocks, 'num_mem_blocks'),
        ...(home === 'homes'
          ? [param.sizes('homes', 'blocks', homes, undefined, { comment: 'The layers that hold the blocks in the file.' })]
          : []),
        param.size('heads', c.num_attention_heads, 'num_attention_heads'),
        c.use_mem_rope ? param.real('theta', rope.theta, rope.key) : param.real('theta', null),
        param.size('ffn', c.intermediate_size ?? 4 * c.hidden_size, 'intermediate_size'),
        param.size('rank', c.adapter_rank, 'adapter_rank', {
          comment: 'Of the adapters of each use, and whether queries, keys and values have some as well.',
        }),
        param.flag('qkv_adapters', c.use_shared_attention_adapter, 'use_shared_attention_adapter'),
        param.size('ssm_heads', c.n_mamba_heads, 'n_mamba_heads'),
        param.size('ssm_head', Math.floor((c.mamba_expand * c.hidden_size) / c.n_mamba_heads)),
        param.size('state', c.mamba_d_state, 'mamba_d_state'),
        param.size('groups', c.mamba_ngroups, 'mamba_ngroups'),
        param.size('conv', c.mamba_d_conv, 'mamba_d_conv'),
        param.real('least_step', c.time_step_min, 'time_step_min', {
          comment: "Least time step, as transformers has it outside of CUDA's kernels; they, and training, have none.",
        }),
        param.real('eps', c.rms_norm_eps, 'rms_norm_eps'),
        param.layer(
          'ssm',
          'mamba2(ssm_heads, head: ssm_head, state: state, groups: groups, conv: conv, norm: groups, limit: [least_step, 1e38])',
          { comment: 'What every layer has.' },
        ),
      ],
      stack: `shared block = [${Array(blocks).fill(block).join(', ')}]
        ${embedding(tied)}
        for u in 0 .. uses {
          repeat case u { 0: hybrids[0], else: hybrids[u] - hybrids[u - 1] - 1 } { MambaLayer(ssm, eps: eps) }
          HybridLayer(
            block[u % blocks],
            lora(rank, 2 * ffn),
            case qkv_adapters { true: lora(rank, 2 * d), else: none },
            ssm,
            eps: eps,
            start: ${tied ? 'start' : 'embed'},
          )
        }
        repeat layers - hybrids[uses - 1] - 1 { MambaLayer(ssm, eps: eps) }
        rms_norm(eps: eps) as norm
        ${head(tied)}`,
      definitions,
      rules: `"embed.table" <- "model.embed_tokens.weight"
        "norm.weight" <- "model.final_layernorm.weight"
        ${headRule(tied, hasHead)}
        group "layers.{i}" <- "model.layers.{i}" {
          ${kinds.length > hybrids.length ? '"mamba.conv1d.weight" <- "mamba.conv1d.weight" | squeeze(1)' : ''}
          "mamba_decoder.mamba.conv1d.weight" <- "mamba_decoder.mamba.conv1d.weight" | squeeze(1)
        }
        for k in 0 .. blocks {
          group "block.{k}" <- "model.layers.{${home}[k]}.shared_transformer" {
            "{p=gate_up|down}_proj.weight" <- "feed_forward.{p}_proj.weight"
          }
        }
        for u in 0 .. uses {
          group "layers.{hybrids[u]}.transformer" <- "model.layers.{${home}[u % blocks]}.shared_transformer" {
            "adapter.down.weight" <- "feed_forward.gate_up_proj_adapter_list.{u}.0.weight"
            "adapter.up.weight" <- "feed_forward.gate_up_proj_adapter_list.{u}.1.weight"
            ${c.use_shared_attention_adapter ? qkvRules : ''}
          }
          ${source.given('layers_block_type') ? `expect "${source.key('layers_block_type')}.{hybrids[u]}" == "hybrid"` : ''}
        }
        ${repeated.map((layer) => `ignore "model.layers.${layer}.shared_transformer.*"`).join('\n')}`,
      expect: [{ key: 'use_mem_rope', value: c.use_mem_rope }],
    }
  },
})

/** What transformers has where config.json does not say: that of the 2.7B model. */
const usual = [...'mmmmmmhmmmmmhmmmmmhmmmmmhmmmmmhmmmmmhmmmmmhmmmmhmmmhmm'].map((letter) => (letter === 'h' ? 'hybrid' : 'mamba'))

const refused = (source: Source, key: string, found: unknown, expected: string): Refusal =>
  new Refusal(badValue.at(undefined, { key: source.key(key), found: quoted(found), expected }))

const qkvRules = `"{p=q|k|v}_adapter.down.weight" <- "self_attn.linear_{p}_adapter_list.{u}.0.weight"
  "{p=q|k|v}_adapter.up.weight" <- "self_attn.linear_{p}_adapter_list.{u}.1.weight"`

const definitions = `/// Mamba2 with its norm; \`more\` is added to its input, but not to what goes on.
block MambaLayer(mamba: layer, eps: real) {
  in x: f32[B, T, d]
  in more: f32[B, T, d] = none
  h = case more { none: x, else: x + more }
  out x + mamba(rms_norm(h, eps: eps) as input_layernorm)
}

/// \`start\` is what the model began with: the embedding of the tokens.
block HybridLayer(transformer: SharedTransformer, adapter: layer, qkv_adapter: layer, mamba: layer, eps: real) {
  in x: f32[B, T, d]
  in start: f32[B, T, d]
  y = transformer(x, start, adapter: adapter, qkv_adapter: qkv_adapter)
  out MambaLayer(x, mamba, more: linear(y, d) as linear, eps: eps) as mamba_decoder
}

/// A block without residuals, whose adapters are given where it is used.
block SharedTransformer(heads: size, ffn: size, adapter: layer, qkv_adapter: layer = none, theta: real = none, eps: real) {
  in x: f32[B, T, d]
  in start: f32[B, T, d]
  n = rms_norm(concat(x, start), eps: eps) as input_layernorm
  a = SharedAttention(n, heads, d, theta: theta, adapter: qkv_adapter) as self_attn
  m = rms_norm(a, eps: eps) as pre_ff_layernorm
  gate, up = (linear(m, 2 * ffn) as gate_up_proj) + adapter(m) | split(ffn, ffn)
  out linear(gelu(gate) * up, d) as down_proj
}

/// Attention over twice the width of the model, with the scores of heads of the usual width.
layer SharedAttention(heads: size, width: size, adapter: layer = none, theta: real = none) {
  in x: f32[B, T, n]
  size head = n / heads
  q0 = linear(x, n) as q_proj
  k0 = linear(x, n) as k_proj
  v0 = linear(x, n) as v_proj
  q1 = case adapter { none: q0, else: q0 + (adapter(x) as q_adapter) } | unflatten(heads, head)
  k1 = case adapter { none: k0, else: k0 + (adapter(x) as k_adapter) } | unflatten(heads, head)
  v = case adapter { none: v0, else: v0 + (adapter(x) as v_adapter) } | unflatten(heads, head)
  q = case theta { none: q1, else: rope(q1, theta) }
  k = case theta { none: k1, else: rope(k1, theta) }
  out dense(q, k, v, scale: rsqrt(head / 2)) | flatten | linear(width) as o_proj
}`
