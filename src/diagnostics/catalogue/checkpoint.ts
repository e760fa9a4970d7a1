import { define } from '../diagnostic.ts'

/** GDN5xxx: `checkpoint` mappings, and a file that does not fit one. */

const list = (names: readonly string[], most = 8): string => {
  const shown = names.slice(0, most).map((name) => `\`${name}\``)
  const rest = names.length - shown.length
  return rest > 0 ? `${shown.join(', ')} and ${rest} more` : shown.join(', ')
}
const shape = (dims: readonly (number | null)[]): string => `[${dims.map((dim) => dim ?? '?').join(', ')}]`
const count = (n: number, noun: string): string => `${n} ${noun}${n === 1 ? '' : 's'}`

export const badPattern = define<{ pattern: string; problem: string }>({
  code: 'GDN5001',
  title: 'a pattern of tensor names cannot be read',
  message: ({ pattern, problem }) => `the pattern "${pattern}" ${problem}`,
  label: () => 'expected names, `{i}` for a number, or `{p=q|k|v}` for a list',
  page: `A pattern is a tensor's name in which braces stand for what varies: \`{i}\` is a number (\`0\`, \`17\`), \`{p=q|k|v}\` one of a list.
Once a list is given, the other patterns of the same rule name it alone: \`{p}\`. The same name on both sides has the same value.

    checkpoint M from safetensors {
      "layers.{i}.norm.weight" <- "model.layers.{i}.norm.weight"
      "attn.{p=q|k|v.weight" <- "attn.{p}.weight"      // the brace is never closed
    }

Close the brace, name the variable with letters, digits and \`_\`, and give a list at least one value, none of them twice.

An expression in braces stands for its value, and so does a name that a \`for\` gives. It must be a text, or a whole number from 0 on.

    for u in 0 .. uses {
      "layers.{at[u]}.norm.weight" <- "model.layers.{at[u] + 1}.norm.weight"
    }`,
})

export const ruleMatchesNothing = define<{ pattern: string; nearest: string | null; value: string | null }>({
  code: 'GDN5002',
  title: 'a rule makes no weight of the model',
  message: ({ pattern, value }) => `no weight of the model is named "${pattern}"${value === null ? '' : ` with ${value}`}`,
  label: ({ nearest }) => (nearest === null ? 'this rule makes nothing' : `the nearest weights are "${nearest}"`),
  page: `The left side of a rule names weights of the model. One that matches none is a slip of the pen, or the model has changed. Every value
of a list that stands on both sides must match at least one weight.

    checkpoint M from safetensors {
      "layers.{i}.mixnorm.weight" <- "model.layers.{i}.input_layernorm.weight"   // the model says mix_norm
    }

\`gdnc show\` lists the weights. Correct the name, remove the rule, or write \`optional\` before it where only some sizes of the model have
the weight (a head that is not always tied, say).`,
})

export const groupMatchesNothing = define<{ pattern: string; nearest: string | null }>({
  code: 'GDN5003',
  title: 'a group covers no weight of the model',
  message: ({ pattern }) => `no weight of the model lies below "${pattern}"`,
  label: ({ nearest }) => (nearest === null ? 'this group covers nothing' : `the nearest is "${nearest}"`),
  page: `\`group "ours" <- "theirs"\` gives the rules inside it a prefix on each side, and maps the weights below it that have no rule to equal names.

    group "layer.{i}" <- "model.layers.{i}" {     // the model's weights are layers.0.., layers.1..
      "norm.weight" <- "input_layernorm.weight"
    }

Correct the prefix. The rules inside a group that covers nothing are not looked at.`,
})

export const weightsWithoutRule = define<{ patterns: readonly string[]; total: number }>({
  code: 'GDN5004',
  title: 'weights of the model that the checkpoint does not make',
  message: ({ patterns, total }) => `${count(total, 'weight')} of the model ${total === 1 ? 'has' : 'have'} no rule: ${list(patterns)}`,
  label: () => 'expected every weight to be made once',
  page: `Every weight is made by exactly one rule, or lies below a group's prefix and is read from the tensor of the same name there. Outside groups
equal names are not assumed; \`group "" <- "" { }\` says so for all of them.

    checkpoint M from safetensors {
      "embed.table" <- "model.embed_tokens.weight"
    }                                               // norm.weight, head.weight: from where?

Add a rule, \`"x" <- zeros\` or \`"x" <- ones\` where the file has none, or a group. The fix inserts rules to complete.`,
})

export const madeTwice = define<{ weight: string; more: number }>({
  code: 'GDN5005',
  title: 'two rules make the same weight',
  message: ({ weight, more }) =>
    `\`${weight}\`${more > 0 ? ` and ${more} more` : ''} ${more > 0 ? 'are' : 'is'} already made by another rule`,
  label: () => 'expected every weight to be made once',
  page: `No order between rules is implied, so a weight that two of them match is an error rather than a choice.

    "layers.{i}.{p=q|k}_proj.weight" <- "layers.{i}.qk.weight" | split(0, 64, 64)
    "layers.{i}.q_proj.weight" <- "layers.{i}.q.weight"

Narrow one of the patterns. Rules win over the equal names of a group, and an inner group wins over the one around it.`,
})

export const unknownTransform = define<{ name: string; known: readonly string[]; nearest: string | null }>({
  code: 'GDN5006',
  title: 'not a transform of checkpoints',
  message: ({ name }) => `\`${name}\` is not a transform of checkpoints`,
  label: ({ nearest, known }) => (nearest === null ? `expected one of ${known.join(', ')}` : `did you mean \`${nearest}\`?`),
  page: `A file tensor passes through the transforms from left to right. There are

| transform | result |
|---|---|
| \`transpose\`, \`transpose(a, b)\` | the last two axes, or axes a and b, exchanged |
| \`permute(2, 0, 1)\` | axis k of the result is the named axis |
| \`reshape(4, 8, from: [32])\` | the same elements in row-major order |
| \`squeeze(1)\` | without these axes of size 1 |
| \`unflatten(0, 16, 768)\` | axis 0 as 16 x 768 |
| \`flatten(0, 1)\` | axes 0 to 1 as one |
| \`slice(0, 0 .. 128)\` | a range of an axis |
| \`split(0, 64, 64, 128)\` | the parts of an axis, for the weights of a list on the left |
| \`concat(p, 0)\` | the tensors of the list \`{p}\` on the right, joined along an axis |
| \`stack(e)\`, \`stack(e, 1)\` | the tensors 0 .. E-1 of \`{e}\` (or of a list) on a new axis |
| \`add(1)\`, \`scale(2)\`, \`neg\`, \`exp\`, \`log\` | arithmetic on each element, in f32 |

    "norm.weight" <- "model.norm.weight" | plus(1)        // add(1)
`,
})

export const badTransformArguments = define<{ transform: string; problem: string; expected: string }>({
  code: 'GDN5007',
  title: 'wrong arguments of a transform',
  message: ({ transform, problem }) => `\`${transform}\` ${problem}`,
  label: ({ expected }) => `expected ${expected}`,
  page: `Axes count from 0; sizes are positive integers; either may be computed from the model's sizes (\`heads * key\`).

    "q.weight" <- "q.weight" | unflatten(0)               // into which sizes?
    "q.weight" <- "q.weight" | unflatten(0, heads, key)

\`gdnc explain GDN5006\` lists the transforms and their arguments.`,
})

export const shapesDisagree = define<{ tensor: string; weight: string; shape: readonly number[]; problem: string; more: number }>({
  code: 'GDN5008',
  title: 'the transforms do not lead to the shape of the weight',
  message: ({ tensor, weight, shape: dims, problem }) => `"${tensor}" cannot become \`${weight}\` of shape ${shape(dims)}: ${problem}`,
  label: ({ more }) => (more > 0 ? `and so for ${more} more of this rule's tensors` : 'these numbers do not agree'),
  page: `The shape of the tensor in the file is inferred backwards from the shape of the weight, so a wrong number shows without the file.

    // q, k: [32, 48], v: [96, 48]
    "{p=q|k|v}_proj.weight" <- "qkv.weight" | split(0, 32, 32, 64)      // the third part must be 96

Correct the numbers, or the sizes of the model. \`gdnc show\` prints the shape of every weight.`,
})

export const shapeUnknown = define<{ tensor: string; transform: string; known: readonly (number | null)[] | null; hint: string }>({
  code: 'GDN5009',
  title: "a file tensor's shape does not follow from the rule",
  message: ({ tensor, transform, known }) =>
    `the shape of "${tensor}" does not follow from \`${transform}\`${known === null ? '' : `: only ${shape(known)} is known`}`,
  label: ({ hint }) => `write ${hint}`,
  page: `Every tensor of the file is checked by its full shape. Most transforms can be followed backwards from the weight; \`reshape\` and a \`flatten\`
of several unknown axes cannot, so they take the sizes before them as \`from:\`.

    // ours [2048, 48]
    "w" <- "w" | flatten(0, 1)                      // of 16 x 128, or 32 x 64?
    "w" <- "w" | flatten(0, 1, from: [16, 128])
    "w" <- "w" | reshape(2048, 48, from: [16, 128, 48])`,
})

export const badVariable = define<{ variable: string; problem: string; expected: string }>({
  code: 'GDN5010',
  title: 'a variable of a rule stands on the wrong side',
  message: ({ variable, problem }) => `\`{${variable}}\` ${problem}`,
  label: ({ expected }) => `expected ${expected}`,
  page: `A variable on both sides means one rule for each value. A list on the left only names several weights, made by \`split\` in the order of the list.
A variable on the right only names several tensors, joined by \`stack\` (0 .. E-1 all there, or the values of a list) or \`concat\` (a list).

    "experts.w" <- "experts.{e}.w"                  // many tensors, one weight
    "experts.w" <- "experts.{e}.w" | stack(e)
    "{p=q|k}_proj.weight" <- "qk.weight"            // one tensor, two weights
    "{p=q|k}_proj.weight" <- "qk.weight" | split(0, 64, 64)`,
})

export const missingTargets = define<{ missing: readonly string[]; found: readonly string[] }>({
  code: 'GDN5011',
  title: 'a split into weights of which some do not exist',
  message: ({ missing, found }) => `the list makes ${list(found)}, but the model has no ${list(missing)}`,
  label: ({ missing, found }) => `${found.length} of ${found.length + missing.length} parts have a weight`,
  page: `A list on the left only takes all parts of a \`split\`. A part without a weight would be lost.

    "{p=q|k|v}_proj.weight" <- "qkv.weight" | split(0, 32, 32, 64)      // the model has q_proj and k_proj only

Name the weight in the list, or take the parts by \`slice\` and \`ignore\` the tensor's other elements.`,
})

export const usedTwice = define<{ tensor: string; shape: readonly number[]; range: string; first: string; second: string; more: number }>({
  code: 'GDN5012',
  title: 'elements of a file tensor are used twice',
  message: ({ tensor, shape: dims, range, first, second }) =>
    `${range === '' ? 'all' : range} of "${tensor}" ${shape(dims)} is used by \`${first}\` and again by \`${second}\``,
  label: ({ more }) => (more > 0 ? `and so for ${more} more tensors` : 'expected every element to be used once'),
  page: `Each element of each tensor in the file goes to one place, so an overlap is a wrong offset. A weight that two places of the model share is
made once, by \`shared\` or \`linear(x, weight: e.table)\` in the model, and then has one path.

    "q.weight" <- "qk.weight" | slice(0, 0 .. 64)
    "k.weight" <- "qk.weight" | slice(0, 32 .. 96)        // 32 .. 64 belongs to q already`,
})

export const unusedElements = define<{
  tensor: string
  shape: readonly number[]
  ranges: readonly string[]
  elements: number
  more: number
}>({
  code: 'GDN5013',
  title: 'elements of a file tensor are not used',
  message: ({ tensor, shape: dims, ranges, elements }) =>
    `${count(elements, 'element')} of "${tensor}" ${shape(dims)} ${elements === 1 ? 'is' : 'are'} used by no weight: ${ranges.slice(0, 4).join('; ')}${ranges.length > 4 ? '; ..' : ''}`,
  label: ({ more }) => (more > 0 ? `and so for ${more} more tensors` : 'expected every element to be used or ignored'),
  page: `What a file holds and nobody reads is usually a forgotten bias, a gate, or a wrong offset.

    "q.weight" <- "qkv.weight" | slice(0, 0 .. 64)
    "v.weight" <- "qkv.weight" | slice(0, 128 .. 192)     // 64 .. 128 is lost

Read the rest too, or \`ignore "qkv.weight"\` to say that what is not used of it may be dropped.`,
})

export const coverageUnknown = define<{ tensor: string; shape: readonly number[] }>({
  code: 'GDN5014',
  title: 'the use of a tensor cannot be followed',
  message: ({ tensor, shape: dims }) => `which elements of "${tensor}" ${shape(dims)} are used cannot be followed through these transforms`,
  label: () => 'expected axes that are cut where they were joined',
  page: `The elements that a rule uses are followed symbolically. A \`reshape\` that cuts axes across one another, on a tensor of millions of elements,
cannot be followed.

    "a" <- "w" | reshape(8000, 3000, from: [6000, 4000]) | slice(0, 0 .. 5)

Write \`unflatten\`, \`permute\` and \`flatten\` on the axes that really exist.`,
})

export const unknownFill = define<{ name: string }>({
  code: 'GDN5015',
  title: 'not a constant for a weight',
  message: ({ name }) => `\`${name}\` is not a constant that a weight can be filled with`,
  label: () => 'expected `zeros`, `ones`, or the name of a tensor in quotes',
  page: `\`"x" <- zeros\` and \`"x" <- ones\` make a weight that the file does not have. They take no transforms.

    "layers.{i}.bias" <- zero          // zeros
    "layers.{i}.bias" <- bias          // "bias", if it is a tensor of the file`,
})

export const badExpectation = define<{ key: string; problem: string }>({
  code: 'GDN5016',
  title: 'a value of config.json cannot be expected like this',
  message: ({ key, problem }) => `the value expected of "${key}" ${problem}`,
  label: () => 'expected a number, a text, `true`, `false` or `none`',
  page: `\`expect "key" == value\` refuses a checkpoint whose config.json says otherwise. Dots lead into nested objects, numbers into lists; the value
may be computed from the model's sizes; \`none\` is JSON's \`null\` or an absent key.

    expect "rope_parameters.rope_theta" == 10_000
    expect "hidden_size" == d
    expect "sliding_window" == window
    expect "layer_types" == ["full_attention"]      // not a single value: expect "layer_types.0" == "full_attention"`,
})

export const unknownFormat = define<{ format: string }>({
  code: 'GDN5017',
  title: 'not a format of checkpoints',
  message: ({ format }) => `checkpoints of the format \`${format}\` cannot be read`,
  label: () => 'expected `safetensors`',
  page: `    checkpoint M from gguf { }            // not yet
    checkpoint M from safetensors { }

Sharded files with an index are one checkpoint of this format.`,
})

export const shapesDiffer = define<{ tensor: string; first: readonly number[]; second: readonly number[]; by: string }>({
  code: 'GDN5018',
  title: 'two rules see one tensor in different shapes',
  message: ({ tensor, first, second, by }) => `"${tensor}" is ${shape(second)} here, but ${shape(first)} where \`${by}\` is made`,
  label: () => 'expected one shape',
  page: `Where several rules read parts of one tensor, its shape must follow alike from each. A \`slice\` takes the axis to end at the largest end that any
rule slices there; \`of:\` states another size.

    "a" <- "w" | slice(0, 0 .. 8)                   // ours [8, 4]: the file has [.., 4]
    "b" <- "w" | slice(0, 8 .. 16) | transpose      // ours [6, 8]: the file has [.., 6]`,
})

export const badLoop = define<{ problem: string }>({
  code: 'GDN5019',
  title: 'a `for` of a mapping that cannot run',
  message: ({ problem }) => `the values of this \`for\` ${problem}`,
  label: () => 'expected a list, a text, or a range of numbers, made of parameters and sizes of the model',
  page: `\`for v in values { .. }\` stands for its entries once for each value, as in a stack; \`{v}\` in a name is that value.

    for u in 0 .. uses {                  // \`uses\` is a parameter of the model
      "adapters.{u}.weight" <- "model.layers.{at[u]}.adapter.weight"
    }

Use parameters and sizes of the model, and what a \`for\` around it gives.`,
})

export const fileLacksTensor = define<{ tensor: string; shape: readonly number[]; weight: string; nearest: string | null; more: number }>({
  code: 'GDN5020',
  title: 'the file lacks a tensor',
  message: ({ tensor, shape: dims, weight, more }) =>
    `the file has no tensor "${tensor}" ${shape(dims)}, which \`${weight}\` is made of${more > 0 ? `, nor ${more} more` : ''}`,
  label: ({ nearest }) => (nearest === null ? 'expected it in the file' : `the nearest is "${nearest}"`),
  page: `The mapping names a tensor that this file does not hold: another size or family of the model, a prefix too few or too many, or a shard left out.

    "embed.table" <- "model.embed_tokens.weight"    // in a multimodal file: model.language_model.embed_tokens.weight

Correct the name; where some files have the tensor and some do not, write \`optional\` before the rule: the weight then starts from its \`init\`.`,
})

export const fileHasMore = define<{ tensors: readonly string[] }>({
  code: 'GDN5021',
  title: 'the file holds tensors that no rule reads',
  message: ({ tensors }) =>
    `${count(tensors.length, 'tensor')} of the file ${tensors.length === 1 ? 'is' : 'are'} read by no rule: ${list(tensors)}`,
  label: () => 'expected every tensor to be used or ignored',
  page: `A tensor that nobody reads is usually a part that the model lacks (a bias, a second norm), and the results would be wrong without a word.

    ignore "mtp.*"                                  // a head for multi-token prediction that is left out on purpose

Add the part to the model and a rule for it, or \`ignore\` it.`,
})

export const fileShapeDiffers = define<{
  tensor: string
  found: readonly number[]
  expected: readonly number[]
  weight: string
  more: number
}>({
  code: 'GDN5022',
  title: 'a tensor of the file has another shape',
  message: ({ tensor, found, expected, weight }) =>
    `"${tensor}" is ${shape(found)} in the file, but \`${weight}\` is made of ${shape(expected)}`,
  label: ({ more }) => (more > 0 ? `and so for ${more} more tensors` : 'expected the shapes to be equal'),
  page: `The sizes of the model and of the file differ, or a transform is missing (a convolution is published as \`[channels, 1, width]\`: \`squeeze(1)\`).

    model Published = Tiny(d: 1024)                   // a size is one application

Compare the file's config.json with the sizes of the model; \`expect\` in the mapping catches this first.`,
})
