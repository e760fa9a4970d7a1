import { define } from '../diagnostic.ts'

/** GDN6xxx: a published checkpoint from which `gdnc import` writes a spec. Whatever a file says is quoted and shortened before it comes here. */

const list = (names: readonly string[], most = 12): string => {
  const rest = names.length - most
  return rest > 0 ? `${names.slice(0, most).join(', ')} and ${rest} more` : names.join(', ')
}

const byHand = `Where the rest of the model is known, import it with that key removed or changed and mend what comes out; docs/checkpoints.md shows how to write
a spec and its mapping by hand. \`gdnc check\` then looks at the spec, and \`gdnc run --checkpoint folder\` at both together.`

export const noConfig = define<{ folder: string }>({
  code: 'GDN6001',
  title: 'the folder has no config.json',
  message: ({ folder }) => `${folder} has no config.json, which says what the model is`,
  page: `A published checkpoint is a folder with \`config.json\` and safetensors files.

    gdnc import model.safetensors        // a file: the folder around it is meant
    gdnc import ./downloads/model        // the folder in which config.json lies

The tensors alone do not say how many heads there are, or what the norms add to a variance. Download the file that lies beside them.`,
})

export const badConfig = define<{ reason: string }>({
  code: 'GDN6002',
  title: 'config.json cannot be read',
  message: ({ reason }) => `config.json cannot be read: ${reason}`,
  page: `The file is one JSON object. \`Infinity\` and \`NaN\`, which Python writes, are understood.

    { "model_type": "some_family", "hidden_size": 4096,      // the download ended here

Download it again.`,
})

export const badTensors = define<{ reason: string }>({
  code: 'GDN6003',
  title: 'the tensors of a checkpoint cannot be read',
  message: ({ reason }) => `the headers of the safetensors files cannot be read: ${reason}`,
  page: `Only the header of each file is read: names, types and shapes. All files that \`model.safetensors.index.json\` names must be there.

    $ ls
    config.json  model-00001-of-00002.safetensors  model.safetensors.index.json      // the second is missing

Download what is missing. A file of a few hundred bytes is a pointer of git-lfs, not the tensors.`,
})

export const unknownFamily = define<{ type: string; known: readonly string[] }>({
  code: 'GDN6004',
  title: 'no importer knows this family',
  message: ({ type, known }) => `no importer knows the family ${type}; expected one of ${list(known, 40)}`,
  page: `\`model_type\` in config.json names the family. A family's importer says what its layers are and what its tensors are called; it is one file of
\`src/import/families\`.

    { "model_type": "some_family", .. }        // not among them

The language may well have all that the family needs: docs/checkpoints.md shows specs of families that have no importer, and how to write one. The
notes of this message list the tensors of the file, numbers as \`{i}\`: what the right sides of the mapping's rules are.`,
})

export const badValue = define<{ key: string; found: string; expected: string }>({
  code: 'GDN6005',
  title: 'a value of config.json is malformed',
  message: ({ key, found, expected }) => `${key} in config.json is ${found}, expected ${expected}`,
  page: `Sizes are whole numbers from 1 on, lists of layers have an item for each layer, and a key without which the model is not known is there.

    { "hidden_size": "4096" }            // a text
    { "num_hidden_layers": 4, "layer_types": ["full_attention"] }

Correct the file; it is not what its family's library writes.`,
})

export const unsupportedValue = define<{ key: string; found: string; expected: string }>({
  code: 'GDN6006',
  title: 'an importer does not take this value of config.json',
  message: ({ key, found, expected }) => `${key} in config.json is ${found}; the importer of this family takes ${expected}`,
  page: `The value means a computation that this importer does not write.

    { "hidden_act": "gelu" }             // where the family's published models have silu

${byHand}`,
})

export const unknownKeys = define<{ keys: readonly string[] }>({
  code: 'GDN6007',
  severity: 'warning',
  title: 'keys of config.json that the importer does not know',
  message: ({ keys }) => `config.json has ${keys.length === 1 ? 'a key' : 'keys'} that this family's importer does not know: ${list(keys)}`,
  page: `Every key is used, known to change nothing of the computation (a default of training, the ids of special tokens), or named here. An unknown key
may change what the model computes, and the spec does not have that.

    { "residual_scale": 0.5, .. }        // a key of a later version, or of a fork

Find out what it does. If it changes the computation, change the spec by hand; docs/checkpoints.md says how. If not, nothing is to be done.`,
})
