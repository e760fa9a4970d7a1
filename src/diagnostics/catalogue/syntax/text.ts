import { define } from '../../diagnostic.ts'

/** GDN100x: characters, texts, numbers and comments. */

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
  label: () =>
    'expected a declaration, a parameter, or one of `size`, `dim`, `input`, `output`, `in`, `weight`, `shared`, on the next line',
  page: `\`///\` documents what follows it: the text goes into hover and into the generated code. It can stand above a declaration, above
a parameter of one, and above the statements \`size\`, \`dim\`, \`input\`, \`output\`, \`in\`, \`weight\` and \`shared\`. Anywhere else it is an ordinary
comment.

\`\`\`gdn
gdn 1
model M {
  /// the residual
  y = x
}
\`\`\`

Write \`//\` for an ordinary comment.`,
})

function printable(character: string): string {
  return /[\p{C}\p{Z}]/u.test(character) ? 'that cannot be seen' : `\`${character}\``
}
