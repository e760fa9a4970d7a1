import { define } from '../diagnostic.ts'

/** GDN1xxx: the text and its syntax. */

export const unexpectedCharacter = define<{ found: string; codePoint: string }>({
  code: 'GDN1001',
  title: 'a character that means nothing',
  message: ({ found, codePoint }) => `the character ${printable(found)} (${codePoint}) means nothing here`,
  label: () => 'remove it; names are made of the letters a to z, digits and `_`',
  page: `The language is written in plain signs and in names made of \`a\` to \`z\`, \`A\` to \`Z\`, digits and \`_\`. Other characters can stand in
comments and between quotes only. Characters that look like a space, or like a plain quote, often come from a web page or a text processor.

\`\`\`gdn
gdn 1
model M { size d = 8 $ }
\`\`\`

Remove the character, or replace it by the plain sign that it looks like.`,
})

export const unclosedText = define<{ found: string }>({
  code: 'GDN1002',
  title: 'a text without its closing quote',
  message: ({ found }) => `the text ${found} has no closing quote`,
  label: () => 'expected `"` before the end of the line',
  page: `A text begins and ends with \`"\` on one line.

\`\`\`gdn
gdn 1
import PreNorm from "./blocks.gdn
\`\`\`

Add the closing quote. A line break inside a text is written \`\\n\`, a quote \`\\"\`.`,
})

export const unknownEscape = define<{ found: string }>({
  code: 'GDN1003',
  title: 'an unknown escape in a text',
  message: ({ found }) => `a text knows no escape \`${found}\``,
  label: () => 'expected \\" \\\\ \\n \\r \\t or \\u{..} with up to six hexadecimal digits',
  page: `Inside a text, a backslash begins one of \`\\"\`, \`\\\\\`, \`\\n\`, \`\\r\`, \`\\t\` and \`\\u{1F600}\` (a Unicode code point, at most 10FFFF, and no half of
a surrogate pair).

\`\`\`gdn
gdn 1
checkpoint M from safetensors { ignore "model\\.mtp" }
\`\`\`

A backslash itself is written \`\\\\\`.`,
})

export const controlCharacter = define<{ codePoint: string }>({
  code: 'GDN1004',
  title: 'a control character in a text',
  message: ({ codePoint }) => `the text contains the control character ${codePoint}`,
  label: () => 'write it as `\\n`, `\\r`, `\\t` or `\\u{..}`, or remove it',
  page: `A character that cannot be seen cannot be checked by a reader, so it is written as an escape.

\`\`\`gdn
gdn 1
checkpoint M from safetensors { ignore "a\tb" }
\`\`\`

Write a tab as \`\\t\`, any other character as \`\\u{..}\`.`,
})

export const malformedNumber = define<{ found: string; problem: string }>({
  code: 'GDN1005',
  title: 'a number that cannot be read',
  message: ({ found, problem }) => `the number \`${found}\` ${problem}`,
  label: () => 'expected digits, `_` between digits, an exponent such as `e-4`, or a suffix k, M, G, KiB, MiB, GiB',
  page: `Numbers are written for people: \`32_000\`, \`2M\` (2 000 000), \`256KiB\` (262 144), \`1e-4\`, \`0.5\`. A suffix follows the digits directly; k, M and G are
powers of 1000, KiB, MiB and GiB powers of 1024. A digit stands before and after the point.

\`\`\`gdn
gdn 1
model M { size context = 128K }
\`\`\`

Here \`128KiB\` or \`128k\` was meant.`,
})

export const numberTooLarge = define<{ found: string }>({
  code: 'GDN1006',
  title: 'a number that cannot be held exactly',
  message: ({ found }) => `the number \`${found}\` is too large`,
  label: () => 'expected an integer up to 9_007_199_254_740_991, or a real number up to 1.8e308',
  page: `Sizes are exact integers up to 2^53 - 1, real numbers are 64-bit floating point.

\`\`\`gdn
gdn 1
model M { size d = 99_999_999_999_999_999 }
\`\`\``,
})

export const foreignSpelling = define<{ found: string; meant: string }>({
  code: 'GDN1007',
  title: 'a spelling of another language',
  message: ({ found }) => `${found} is not part of the language`,
  label: ({ meant }) => meant,
  page: `Some signs mean in other languages what is a word here, and the parser reads them as what was meant:

| found | write |
| --- | --- |
| \`&&\`, \`||\`, \`!\` | \`and\`, \`or\`, \`not\` |
| \`**\` | \`^\` |
| \`=>\`, \`:=\` | \`:\`, \`=\` |
| \`'text'\`, \`“text”\` | \`"text"\` |
| \`×\`, \`−\`, \`≤\`, \`≥\`, \`≠\`, \`→\`, \`←\`, \`…\` | \`*\`, \`-\`, \`<=\`, \`>=\`, \`!=\`, \`->\`, \`<-\`, \`..\` |
| a space wider than the plain one | a plain space |
| \`;\` | nothing: a statement needs no end |
| \`# comment\`, \`/* comment */\` | \`// comment\` |

\`\`\`gdn
gdn 1
model M { size d = 8; }
\`\`\``,
})

export const strayDoc = define<Record<string, never>>({
  code: 'GDN1008',
  severity: 'warning',
  title: 'a `///` comment that documents nothing',
  message: () => 'this `///` comment documents nothing',
  label: () => 'expected a declaration, or one of `size`, `dim`, `input`, `output`, `in`, `weight`, `shared`, on the next line',
  page: `\`///\` documents what follows it: the text goes into hover and into the generated code. It can stand above a declaration and above the statements
\`size\`, \`dim\`, \`input\`, \`output\`, \`in\`, \`weight\` and \`shared\`. Anywhere else it is an ordinary comment.

\`\`\`gdn
gdn 1
model M {
  /// the residual
  y = x
}
\`\`\`

Write \`//\` for an ordinary comment.`,
})

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

export const chainedComparison = define<{ first: string; second: string }>({
  code: 'GDN1030',
  title: 'a chain of comparisons',
  message: ({ first, second }) => `\`${first}\` and \`${second}\` stand in one comparison`,
  label: () => 'expected `a < b and b < c`',
  page: `A comparison gives a condition, which cannot be compared again. Two comparisons are joined by \`and\`.

\`\`\`gdn
gdn 1
attention a(q[i]: f32[D], k[j]: f32[D], v[j]: f32[V]) -> f32[V] {
  where 0 <= j <= i
  out softmax(dot(q, k)) of v
}
\`\`\``,
})

export const pipeNeedsCall = define<{ found: string }>({
  code: 'GDN1031',
  title: 'a pipe into something that is no call',
  message: ({ found }) => `a pipe goes into a call, and ${found} is none`,
  label: () => 'expected a name, or a call such as `linear(8)`',
  page: `\`x | f(a) as n\` means \`f(x, a) as n\`. The pipe binds loosest of all operators, so a pipe that is part of a sum stands in parentheses.

\`\`\`gdn
gdn 1
layer L {
  in x: f32[.., d]
  out x | 8
}
\`\`\``,
})

export const outNeedsOf = define<Record<string, never>>({
  code: 'GDN1032',
  title: 'an attention that does not say what it weights',
  message: () => 'the attention does not say what it weights',
  label: () => 'expected `of`, as in `out softmax(s) of v`',
  page: `The result of an attention is a weighting of the values that its queries see: \`out softmax(score) of v\` or \`out sigmoid(score) of v\`.

\`\`\`gdn
gdn 1
attention a(q[i]: f32[D], k[j]: f32[D], v[j]: f32[V]) -> f32[V] {
  out softmax(dot(q, k))
}
\`\`\``,
})

export const misplacedElse = define<{ problem: string }>({
  code: 'GDN1033',
  title: 'an `else` that is not the last arm',
  message: ({ problem }) => `the arm \`else\` ${problem}`,
  label: () => 'expected one `else`, after all other arms',
  page: `\`else\` takes every value that no arm before it has, so it is the last arm, and there is one.

\`\`\`gdn
gdn 1
function f(a: f32) = case a { else: 1, 3: 2 }
\`\`\``,
})

export const stackNeedsName = define<Record<string, never>>({
  code: 'GDN1034',
  title: 'the result of a stack is thrown away',
  message: () => '`stack(x) { .. }` gives a value that no one takes',
  label: () => 'expected `y = stack(x) { .. }`, or `stack { .. }` from the only input to the only output',
  page: `\`stack { .. }\` alone connects the only input of a model with its only output. With its own input it is a value like any other.

\`\`\`gdn
gdn 1
model M {
  stack(x) { linear(8) }
}
\`\`\``,
})

export const typedTargets = define<{ count: number }>({
  code: 'GDN1035',
  title: 'one type for several names',
  message: ({ count }) => `one type cannot hold for ${count} names`,
  label: () => 'expected a type after a single name only',
  page: `The type of a binding asserts the shape of one value. Bind the names first and assert each where it is used.

\`\`\`gdn
gdn 1
layer L {
  in x: f32[.., d]
  a, b: f32[.., d] = split(x, 4, 4)
  out a
}
\`\`\``,
})

export const misplacedSide = define<{ name: string; side: string; problem: string }>({
  code: 'GDN1036',
  title: 'a side that does not exist',
  message: ({ name, side, problem }) => `\`${name}[${side}]\`: ${problem}`,
  label: () => 'expected `[i]` for a query or `[j]` for a key, on parameters of an attention only',
  page: `A parameter of an attention says at which position it is read: \`q[i]\` at the query's, \`k[j]\` at the key's; without either it is the same for all tokens.
A recurrence and a function see one token, so their parameters have no side.

\`\`\`gdn
gdn 1
function f(a[i]: f32) = a
\`\`\``,
})

export const sideResult = define<{ name: string }>({
  code: 'GDN1037',
  title: 'a side result of a recurrence',
  message: ({ name }) => `a recurrence has one result, and \`${name}\` would be another`,
  label: () => 'expected `out` and the value alone',
  page: `A recurrence gives one value for each token. Its states need no name for that: after \`r = f(..)\` the state \`S\` after the last token is
\`r.S\`.

\`\`\`gdn
gdn 1
recurrence r(x: f32) -> f32 {
  state S: f32
  S = S + x
  out total = S
}
\`\`\``,
})

function printable(character: string): string {
  return /[\p{C}\p{Z}]/u.test(character) ? 'that cannot be seen' : `\`${character}\``
}
