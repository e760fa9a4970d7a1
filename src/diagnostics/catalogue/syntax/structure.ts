import { define } from '../../diagnostic.ts'

/** GDN101x and GDN102x: what stands where it cannot. */

export const missingHeader = define<Record<string, never>>({
  code: 'GDN1010',
  title: 'the file does not say its edition',
  message: () => 'the file does not begin with its edition',
  label: () => 'expected `gdn 1`',
  page: `The first line says in which edition of the language a file is written, so that a later compiler reads it as it was meant.

\`\`\`gdn
model M { size d = 8 }
\`\`\`

Write \`gdn 1\` on the first line.`,
})

export const unknownEdition = define<{ found: string; known: number }>({
  code: 'GDN1011',
  title: 'an edition that this compiler does not know',
  message: ({ found }) => `edition ${found} is not known to this compiler`,
  label: ({ known }) => `expected \`gdn ${known}\``,
  page: `The number after \`gdn\` is the edition of the language. This compiler knows edition 1.

\`\`\`gdn
gdn 9
\`\`\`

Write \`gdn 1\`, or use a newer compiler.`,
})

export const unexpected = define<{ found: string; expected: string }>({
  code: 'GDN1012',
  title: 'something else was expected here',
  message: ({ found }) => `unexpected ${found}`,
  label: ({ expected }) => `expected ${expected}`,
  page: `The text does not go on as the construct around it must. The message says what can stand there. Statements need no separator, so what is marked may
also be the start of the *next* statement: then something is missing at the end of the one before.

\`\`\`gdn
gdn 1
model M { size d: 8 }
\`\`\``,
})

export const missingValue = define<{ after: string }>({
  code: 'GDN1013',
  title: 'a value is missing',
  message: ({ after }) => `a value is missing after ${after}`,
  label: () => 'expected a number, a text, a name, a call, `(`, `[`, `case` or `stack`',
  page: `An expression has a gap: an operator without its right side, \`=\` or \`:\` without what it gives, an empty pair of parentheses.

\`\`\`gdn
gdn 1
layer L {
  in x: f32[.., d]
  y = x +
  out y
}
\`\`\``,
})

export const unclosedBracket = define<{ open: string; close: string; line: number }>({
  code: 'GDN1014',
  title: 'a bracket is not closed',
  message: ({ open, line }) => `the \`${open}\` of line ${line} is not closed`,
  label: ({ close }) => `expected \`${close}\``,
  page: `Every \`(\`, \`[\` and \`{\` needs its partner. The mark shows where it was missed at the latest; the related mark shows what is open.

\`\`\`gdn
gdn 1
layer L {
  in x: f32[.., d]
  y = linear(x, 8
  out y
}
\`\`\``,
})

export const unmatchedBracket = define<{ found: string }>({
  code: 'GDN1015',
  title: 'a bracket closes nothing',
  message: ({ found }) => `\`${found}\` closes nothing`,
  label: () => 'remove it, or open it before',
  page: `A closing bracket without an opening one, or one of another shape than what is open.

\`\`\`gdn
gdn 1
model M { size d = 8 } }
\`\`\``,
})

export const notADeclaration = define<{ found: string }>({
  code: 'GDN1016',
  title: 'not a declaration',
  message: ({ found }) => `${found} begins no declaration`,
  label: () => 'expected import, model, layer, block, recurrence, attention, function, init or checkpoint',
  page: `Outside of braces only declarations can stand, each beginning with its word: \`import\`, \`model\`, \`layer\`, \`block\`, \`recurrence\`, \`attention\`,
\`function\`, \`init\`, \`checkpoint\`.

\`\`\`gdn
gdn 1
modl M { size d = 8 }
\`\`\`

A statement here may also mean that a \`}\` before it closes too early.`,
})

export const notAStatement = define<{ found: string; unit: string; example: string }>({
  code: 'GDN1017',
  title: 'not a statement',
  message: ({ found, unit }) => `${found} begins no ${unit}`,
  label: ({ example }) => `expected ${example}`,
  page: `A body is a sequence of statements. Each begins with its word (\`size d = 8\`) or with the name that it binds (\`y = linear(x, 8)\`); a statement never
begins with a bracket, a sign or a number.

\`\`\`gdn
gdn 1
model M { 8 = d }
\`\`\``,
})

export const missingComma = define<Record<string, never>>({
  code: 'GDN1018',
  title: 'a comma is missing',
  message: () => 'a comma is missing before this',
  label: () => 'expected `,` between the items of a list',
  page: `Parameters, arguments, axes, list items and arms of a \`case\` are separated by commas. One after the last item is allowed.

\`\`\`gdn
gdn 1
layer L(heads: size key: size) { in x: f32[.., d] out x }
\`\`\``,
})

export const tooDeep = define<{ limit: number }>({
  code: 'GDN1019',
  title: 'nested too deep',
  message: ({ limit }) => `this is nested more than ${limit} levels deep`,
  label: () => 'give a part of it a name of its own',
  page: `Brackets can be nested 64 levels deep, and an expression can be 500 operations deep. No person reads more; what a program writes can be split into
bindings, blocks or functions.

\`\`\`gdn
gdn 1
init x = ${'('.repeat(65)}1${')'.repeat(65)}
\`\`\``,
})

export const tooManyMistakes = define<{ limit: number }>({
  code: 'GDN1020',
  title: 'too many mistakes',
  message: ({ limit }) => `only the first ${limit} mistakes are shown`,
  page: 'Mend what is reported above; most of what follows it may mend itself. Is this a file in the language at all?',
})

export const fileTooLarge = define<{ size: number; limit: number }>({
  code: 'GDN1021',
  title: 'the file is too large',
  message: ({ size, limit }) => `the file has ${size} characters, more than the limit of ${limit}`,
  page: 'A spec is text written by people; 4 million characters are far beyond any. Is this a checkpoint instead of a spec?',
})

export const namedWithEqual = define<{ name: string }>({
  code: 'GDN1022',
  title: 'an argument named with `=`',
  message: ({ name }) => `the argument \`${name}\` is named with \`=\``,
  label: ({ name }) => `expected \`${name}:\``,
  page: `In parentheses \`:\` names an argument; \`=\` gives a value to a name of the body.

\`\`\`gdn
gdn 1
layer L {
  in x: f32[.., d]
  out rms_norm(x, eps = 1e-5)
}
\`\`\``,
})
