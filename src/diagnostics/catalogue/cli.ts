import { define } from '../diagnostic.ts'

/** GDN9xxx: what the command line was given, and the machine it runs on. */

const list = (names: readonly string[]): string => names.map((name) => `\`${name}\``).join(', ')

export const unreadableFile = define<{ path: string; reason: string }>({
  code: 'GDN9001',
  title: 'a file cannot be read',
  message: ({ path, reason }) => `${path} cannot be read: ${reason}`,
  page: `The path is taken relative to the folder in which the command runs.

    gdnc check models/h1.gdn      // there is no such file

Correct the path. A spec is text in UTF-8.`,
})

export const noModel = define<{ path: string }>({
  code: 'GDN9002',
  title: 'the file has no model',
  message: ({ path }) => `${path} has no model to compile`,
  page: `\`gdnc compile\`, \`show\` and \`run\` work on a model; the file has layers and definitions only.

    gdn 1
    layer mlp(hidden: size) { .. }      // no \`model\` in the file

Declare a \`model\`, or give \`gdnc\` the file that imports these layers. \`gdnc check\` works on any file.`,
})

export const whichModel = define<{ path: string; models: readonly string[] }>({
  code: 'GDN9003',
  title: 'the file has several models',
  message: ({ path, models }) => `${path} has ${models.length} models: ${list(models)}`,
  page: `A package holds one model.

    model Big(d: size = 2048) { .. }
    model Small = Big(d: 256)

Name the one you mean: \`--model Small\`.`,
})

export const unknownModel = define<{ path: string; model: string; models: readonly string[] }>({
  code: 'GDN9004',
  title: 'the file has no model of that name',
  message: ({ path, model, models }) => `${path} has no model \`${model}\`${models.length > 0 ? `, it has ${list(models)}` : ''}`,
  page: `\`--model\` takes the name of a model that the file itself declares; imported models are not meant.

    gdnc compile h1.gdn --model Tinny     // the file has \`Tiny\``,
})

export const noCheckpoint = define<{ folder: string }>({
  code: 'GDN9005',
  title: 'the folder has no checkpoint',
  message: ({ folder }) => `${folder} has no safetensors file`,
  page: `\`gdnc run --checkpoint folder\` looks for \`model.safetensors\`, or for \`model.safetensors.index.json\` and the files it names, or for
the only \`*.safetensors\` of the folder. A path of a file or a URL may be given instead.

    gdnc run h1.gdn --checkpoint ./h1     // config.json only: the weights were not downloaded`,
})

export const noTokenizer = define<{ folder: string }>({
  code: 'GDN9006',
  title: 'there is no tokenizer',
  message: ({ folder }) => `${folder} has no tokenizer.json, which a prompt in words needs`,
  page: `\`--prompt\` is turned into token ids by the \`tokenizer.json\` that stands beside the checkpoint.

    gdnc run h1.gdn --seed-weights 1 --prompt "Hello"      // random weights know no words

Give the prompt as ids (\`--ids 1,2,3\`), or the tokenizer by \`--tokenizer path/to/tokenizer.json\`.`,
})

export const badTokenizer = define<{ path: string; reason: string }>({
  code: 'GDN9007',
  title: 'the tokenizer cannot be used',
  message: ({ path, reason }) => `${path} is no tokenizer that can be used: ${reason}`,
  page: `The file is read by \`@huggingface/tokenizers\`, with \`tokenizer_config.json\` beside it if there is one.

    gdnc run h1.gdn --checkpoint ./h1 --prompt "Hello"     // tokenizer.json is a pointer of git-lfs, say

Download the file again, or give the prompt as ids: \`--ids 1,2,3\`.`,
})

export const noWebGpu = define<{ reason: string }>({
  code: 'GDN9008',
  title: 'there is no WebGPU',
  message: ({ reason }) => `WebGPU is not available: ${reason}`,
  page: `Compiling needs no GPU; \`gdnc run\` and the device part of \`gdnc doctor\` do. In Node, WebGPU comes from the npm package \`webgpu\`:

    npm install webgpu

It needs a driver: Vulkan on Linux (a software one such as Mesa's lavapipe will do), Direct3D 12 on Windows, Metal on macOS.
\`gdnc doctor\` says what was found.`,
})

export const runFailed = define<{ code: string; reason: string }>({
  code: 'GDN9009',
  title: 'the model cannot be run',
  message: ({ reason }) => reason,
  page: `The runtime refused: a checkpoint that does not fit the model, a token that is not in its vocabulary, a device that is too small or
was lost. The message is that of the package's own error; \`args.code\` in \`--json\` is that error's \`code\`.

    gdnc run h1.gdn --checkpoint ./h1 --ids 99999999      // not in the vocabulary`,
})

export const fileExists = define<{ path: string }>({
  code: 'GDN9010',
  title: 'the file exists already',
  message: ({ path }) => `${path} exists already`,
  page: `\`gdnc init\` writes a first spec and an app that uses it, \`gdnc import --out\` the spec of a checkpoint. Neither replaces anything.

    gdnc init        // model.gdn is there

Name another folder (\`gdnc init demo\`), or another file.`,
})

export const notFormatted = define<{ path: string }>({
  code: 'GDN9011',
  title: 'the file is not formatted',
  message: ({ path }) => `${path} is not formatted`,
  page: `\`gdnc format --check\` changes nothing and says which files \`gdnc format\` would change.

    model M{size d=8}       // \`gdnc format\` writes this on three lines

Run \`gdnc format\` on them.`,
})

export const notBuilt = define<{ reason: string }>({
  code: 'GDN9012',
  title: 'the runtime cannot be built',
  message: ({ reason }) => `gdnc runs from a checkout, and the modules of packages cannot be built: ${reason}`,
  page: `A package contains the runtime as JavaScript with type declarations. An installed \`gdnc\` has them; a checkout of its repository builds
them when they are first needed, with the TypeScript of its development dependencies.

    node src/cli/main.ts compile h1.gdn --out h1       // before \`npm ci\`

Run \`npm ci\` there.`,
})

export const notGenerative = define<{ model: string }>({
  code: 'GDN9013',
  title: 'the model does not generate tokens',
  message: ({ model }) => `\`${model}\` does not map tokens to logits, so there is nothing to draw`,
  page: `\`gdnc run\` needs a model with one input \`u32[B, T]\`, an output \`f32[B, T, vocab]\`, and no op that needs the whole sequence at once.

    output y: f32[B, T, heads, d]      // features, not logits

Compile it and use the package: \`model.forward(...)\` takes any model.`,
})
