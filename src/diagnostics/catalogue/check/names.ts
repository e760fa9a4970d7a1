import { define } from '../../diagnostic.ts'

/** GDN20xx: names. */

const meant = (near: string | null, otherwise: string): string => (near === null ? otherwise : `did you mean \`${near}\`?`)

export const unknownName = define<{ name: string; near: string | null }>({
  code: 'GDN2001',
  title: 'a name that nothing has',
  message: ({ name }) => `nothing here is named \`${name}\``,
  label: ({ near }) => meant(near, 'not a size, value or definition that is known at this place'),
  page: `A name is a parameter, a size that \`in\` binds, a value of an equation above, a definition of the file or of its imports, or a name of the
library or the language. Equations see only what stands above them.

\`\`\`gdn
gdn 1
layer project(width: size) {
  in x: f32[B, T, d]
  out linear(x, widht)
}
\`\`\`

Correct the spelling, move the equation that gives the value up, or import the definition.`,
})

export const duplicateName = define<{ name: string }>({
  code: 'GDN2002',
  title: 'two things of one name',
  message: ({ name }) => `\`${name}\` has a value already`,
  label: () => 'expected a name of its own: each is given once',
  page: `Equations give each name one value, and a file has one definition of each name, imports included. (In a recurrence a state is
assigned again and again: that is the order of its steps.)

\`\`\`gdn
gdn 1
layer twice(width: size) {
  in x: f32[B, T, d]
  h = linear(x, width) as up
  h = linear(h, width) as down
  out h
}
\`\`\`

Give the second one another name. A file may shadow a name of the library.`,
})

export const unusedName = define<{ name: string; what: string }>({
  code: 'GDN2003',
  severity: 'warning',
  title: 'a name that nothing uses',
  message: ({ name, what }) => `${what} \`${name}\` is never used`,
  label: ({ name }) => `use it, remove it, or name it \`_${name}\``,
  page: `A value that nothing reads costs nothing, but often another one was meant where it should stand.

\`\`\`gdn
gdn 1
layer project(width: size) {
  in x: f32[B, T, d]
  h = silu(x)
  out linear(x, width)
}
\`\`\`

Use it, remove it, or let its name begin with \`_\`.`,
})

export const unknownKind = define<{ name: string; near: string | null }>({
  code: 'GDN2004',
  title: 'not a kind of parameter',
  message: ({ name }) => `\`${name}\` is not a kind of parameter`,
  label: ({ near }) => meant(near, 'expected size, real, flag, text, init, layer, or the name of a layer'),
  page: `A parameter is a \`size\`, a \`real\`, a \`flag\`, a \`text\`, an \`init\` or a \`layer\`, a list of one of these (\`size[3]\`), or a layer of one known
definition, named by it.

\`\`\`gdn
gdn 1
layer project(width: int) {
  in x: f32[B, T, d]
  out linear(x, width)
}
\`\`\`

Whole numbers that count something are sizes, all other numbers are \`real\`.`,
})

export const unknownRole = define<{ name: string }>({
  code: 'GDN2005',
  title: 'not a role of a run-time axis',
  message: ({ name }) => `\`${name}\` is not a role of an axis`,
  label: () => 'expected `batch` or `time`',
  page: `A \`dim\` is an axis that is known at run time only; its role says what it counts: \`batch\` sequences, or \`time\` for tokens.

\`\`\`gdn
gdn 1
model M {
  dim B: batch
  dim L: length
  input  x: f32[B, L, 8]
  output y: f32[B, L, 8]
  y = silu(x)
}
\`\`\`

Everything whose number is known when the spec is compiled is a \`size\`.`,
})

export const misplacedStatement = define<{ statement: string; where: string }>({
  code: 'GDN2006',
  title: 'a statement that does not belong here',
  message: ({ statement, where }) => `\`${statement}\` does not belong in ${where}`,
  label: ({ where }) =>
    where === 'a model' ? 'a model has `input`, `output` and equations' : 'a layer has `in`, `weight`, equations and `out`',
  page: `Models have \`input\` and \`output\`, layers and blocks \`in\` and \`out\`; bare stacks and \`precision\` belong to models.

\`\`\`gdn
gdn 1
layer project(width: size) {
  in x: f32[B, T, d]
  output y: f32[B, T, width]
  out linear(x, width)
}
\`\`\`
`,
})

export const noSuchFile = define<{ file: string }>({
  code: 'GDN2007',
  title: 'an import of a file that is not there',
  message: ({ file }) => `there is no file "${file}"`,
  label: () => 'expected a path from the folder of this file',
  page: `An import names a file by its path from the folder of the file that imports it.

\`\`\`gdn
gdn 1 import Parallel from "./no-such-file.gdn"
\`\`\`
`,
})

export const noSuchImport = define<{ name: string; file: string; near: string | null }>({
  code: 'GDN2008',
  title: 'an import of a name that a file does not define',
  message: ({ name, file }) => `"${file}" does not define \`${name}\``,
  label: ({ near }) => meant(near, 'expected a definition of that file'),
  page: `An import takes definitions that stand in the file itself; what that file imports is imported from where it stands.

With \`import Paralel from "./blocks.gdn"\`, for one, where blocks.gdn defines Parallel: correct the name, or the file.`,
})

export const noSuchMember = define<{ of: string; name: string; known: readonly string[]; near: string | null }>({
  code: 'GDN2009',
  title: 'a part that a value does not have',
  message: ({ of, name }) => `\`${of}\` has no \`${name}\``,
  label: ({ known, near }) => meant(near, known.length === 0 ? 'it has no named parts' : `it has ${known.slice(0, 8).join(', ')}`),
  page: `\`value.name\` is a side result of the layer that made the value (\`out name = ..\`), a weight of it, or the state of a recurrence after the last
token.

\`\`\`gdn
gdn 1
model M {
  dim B: batch
  dim T: time
  input  ids: u32[B, T]
  output logits: f32[B, T, 8]
  e = embedding(ids, 8, 4) as embed
  logits = linear(e, weight: e.tables)
}
\`\`\`
`,
})

export const secondRole = define<{ role: string; first: string; name: string }>({
  code: 'GDN2010',
  title: 'a second axis of one role',
  message: ({ role, first, name }) => `\`${name}\` and \`${first}\` are both the ${role} axis`,
  label: ({ role }) => `expected one axis of the role \`${role}\``,
  page: `The role of an axis says what it is, not its name: a model or layer has one batch axis and one time axis. Sequences of another length, or at another
rate, are not in edition 1.

\`\`\`gdn
gdn 1
model M {
  dim B: batch
  dim T: time
  dim U: time
  input  x: f32[B, T, 8]
  input  z: f32[B, U, 8]
  output y: f32[B, T, 8]
  y = x + z
}
\`\`\`

Use the one name for both, if both have the same tokens.`,
})
