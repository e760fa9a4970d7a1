/**
 * The words and signs of the language, in one table. The lexer, the TextMate grammar, the EBNF, hover texts and the wording
 * of syntax errors derive from it; the order is the lexer's, so a longer sign stands before its prefixes.
 */
export interface TokenEntry {
  readonly pattern: string | RegExp
  /** A keyword is also a name: where only a name can stand, it is one. */
  readonly keyword: boolean
  /** Whether it joins two operands. */
  readonly operator: boolean
  /** What a user calls it: printed in syntax errors. */
  readonly label: string
  /** TextMate scope, without the trailing `.gdn`. */
  readonly scope: string
  /** What an editor shows over it; undefined where it explains itself. */
  readonly hover: string | undefined
}

const declaration = 'storage.type'
const control = 'keyword.control'
const wordOperator = 'keyword.operator.word'

export const keywords = {
  Gdn: word('gdn', control, 'The edition of the language that this file is written in: `gdn 1`.'),
  Import: word('import', control, 'Takes definitions from another file: `import PreNorm, Single as One from "./blocks.gdn"`.'),
  From: word('from', control, 'The file of an import, or the format of a checkpoint.'),
  As: word('as', control, 'Names one application: its weights live under that name.'),
  Model: word('model', declaration, 'Sizes, dims, inputs, outputs and equations. `model Tiny = Big(d: 256)` applies a parametric model.'),
  Layer: word('layer', declaration, 'Inputs, weights, equations, `out`. As a kind: a parameter that takes any layer.'),
  Block: word('block', declaration, 'The same as `layer`; by custom for compositions of layers.'),
  Recurrence: word('recurrence', declaration, 'The equations of one token and one head over a state.'),
  Attention: word('attention', declaration, 'A mask on positions (i, j), a pointwise score, and a weighting of values.'),
  Function: word('function', declaration, 'A named pointwise helper.'),
  Init: word('init', declaration, 'The starting value of a weight; at the top level, a named one. As a kind: a parameter that takes one.'),
  Checkpoint: word('checkpoint', declaration, 'How the weights of a model are found in a published file.'),
  Size: word('size', declaration, 'A number known at compile time, which specialises kernels.'),
  Dim: word('dim', declaration, 'An axis known at run time, with its role: `batch` or `time`.'),
  Input: word('input', declaration, 'A tensor that the caller of the model gives.'),
  Output: word('output', declaration, 'A tensor that the model returns.'),
  In: word(
    'in',
    declaration,
    'A tensor that a layer is applied to; after a type, the range of its values; after `for`, what is run through.',
  ),
  Out: word('out', declaration, 'The result of a body; `out name = e` is a side result.'),
  Weight: word('weight', declaration, 'A trained tensor of this layer.'),
  Shared: word('shared', declaration, 'Makes the weights of a recipe once; each application has its own state.'),
  Stack: word('stack', declaration, 'Applies its items one after another.'),
  Repeat: word('repeat', control, 'Repeats items of a stack, with fresh weights each time.'),
  For: word('for', control, 'Repeats for each number, letter or item of a list.'),
  Case: word('case', control, 'A choice at compile time; only the chosen arm exists.'),
  Else: word('else', control, 'The arm of a `case` for every other value.'),
  State: word('state', declaration, 'What a recurrence carries from token to token; it starts at 0, or at `= e`.'),
  Where: word('where', declaration, 'Which keys j a query i sees. Nothing is implied: causal is `j <= i`.'),
  Of: word('of', control, 'The values that are weighted: `out softmax(s) of v`.'),
  Require: word('require', declaration, 'Conditions on sizes, `params`, `decode_state`, `flops` and `horizon`.'),
  Precision: word('precision', declaration, 'How weights and states are stored.'),
  Group: word('group', declaration, 'Prefixes for the rules inside; names that are equal after them need no rule.'),
  Optional: word('optional', control, 'A rule for a tensor that may be absent from the file.'),
  Ignore: word('ignore', declaration, 'Tensors of the file that the model does not use.'),
  Expect: word('expect', declaration, 'A value that the published configuration must have.'),
  And: { ...word('and', wordOperator, 'Both conditions hold.'), operator: true },
  Or: { ...word('or', wordOperator, 'One of the conditions holds.'), operator: true },
  Not: word('not', wordOperator, 'The condition does not hold.'),
} satisfies Record<string, TokenEntry>

export const signs = {
  Arrow: sign('->', 'punctuation.arrow', 'The type of the result.'),
  TakenFrom: sign('<-', 'punctuation.arrow', 'Our tensor on the left, the tensor of the file on the right.'),
  LessEqual: joins('<=', 'At most.'),
  GreaterEqual: joins('>=', 'At least.'),
  EqualEqual: joins('==', 'Equal.'),
  NotEqual: joins('!=', 'Different.'),
  Less: joins('<', 'Less than.'),
  Greater: joins('>', 'Greater than.'),
  Equal: sign('=', 'keyword.operator.assignment'),
  DotDot: sign('..', 'keyword.operator.range', 'A range without its end; in a shape, any leading axes.'),
  Dot: sign('.', 'punctuation.accessor'),
  Plus: joins('+', 'Sum, pointwise.'),
  Minus: joins('-', 'Difference, pointwise; in front, the negative.'),
  Star: joins('*', 'Product, pointwise.'),
  Slash: joins('/', 'Quotient, pointwise; between sizes it must be exact.'),
  Percent: joins('%', 'Remainder of sizes.'),
  Caret: joins('^', 'Power.'),
  Pipe: sign('|', 'keyword.operator.pipe', '`x | f(a)` is `f(x, a)`; it binds loosest.'),
  Comma: sign(',', 'punctuation.separator'),
  Colon: sign(':', 'punctuation.separator'),
  LeftParen: sign('(', 'punctuation.bracket'),
  RightParen: sign(')', 'punctuation.bracket'),
  LeftBracket: sign('[', 'punctuation.bracket'),
  RightBracket: sign(']', 'punctuation.bracket'),
  LeftBrace: sign('{', 'punctuation.bracket'),
  RightBrace: sign('}', 'punctuation.bracket'),
} satisfies Record<string, TokenEntry>

/** `Number` takes every letter that follows, so that `12abc` is one malformed number and not two tokens. */
export const literals = {
  Text: other(/"[^"\\\n\r]*(?:\\[^\n\r][^"\\\n\r]*)*"/, 'a text', 'string.quoted.double'),
  Number: other(/\d[\d_]*(?:\.\d[\d_]*)?(?:[eE][+-]?\d[\d_]*)?\w*/, 'a number', 'constant.numeric'),
  Name: other(/[A-Za-z_]\w*/, 'a name', 'variable'),
} satisfies Record<string, TokenEntry>

export const trivia = {
  Space: other(/[ \t\r\n\uFEFF]+/, 'white space', ''),
  /** Before a declaration or a statement that takes one; elsewhere it is treated as a comment. */
  Doc: other(/\/\/\/(?!\/)[^\n\r]*/, 'a `///` comment', 'comment.line.documentation'),
  Comment: other(/\/\/[^\n\r]*/, 'a comment', 'comment.line.double-slash'),
} satisfies Record<string, TokenEntry>

/**
 * Spellings of other languages and broken literals: read as what was meant (`as` is a category), reported by the reader of the
 * tokens, so that one slip is one diagnostic.
 */
export const foreign = {
  UnclosedText: { ...other(/"[^"\\\n\r]*(?:\\[^\n\r][^"\\\n\r]*)*\\?/, 'a text', 'invalid'), as: 'Text' },
  SingleQuoted: { ...other(/'[^'\\\n\r]*(?:\\[^\n\r][^'\\\n\r]*)*'/, 'a text', 'invalid'), as: 'Text' },
  DoubleAmpersand: { ...other('&&', '`and`', 'invalid'), as: 'And' },
  DoublePipe: { ...other('||', '`or`', 'invalid'), as: 'Or' },
  DoubleStar: { ...other('**', '`^`', 'invalid'), as: 'Caret' },
  Exclamation: { ...other('!', '`not`', 'invalid'), as: 'Not' },
  FatArrow: { ...other('=>', '`:`', 'invalid'), as: 'Colon' },
  ColonEqual: { ...other(':=', '`=`', 'invalid'), as: 'Equal' },
  CurlyQuoted: { ...other(/[\u201C\u201D][^\u201C\u201D\n\r]*[\u201C\u201D]/, 'a text', 'invalid'), as: 'Text' },
  Times: { ...other(/[\u00D7\u00B7\u22C5]/, '`*`', 'invalid'), as: 'Star' },
  Dash: { ...other(/[\u2012-\u2014\u2212]/, '`-`', 'invalid'), as: 'Minus' },
  AtMost: { ...other('\u2264', '`<=`', 'invalid'), as: 'LessEqual' },
  AtLeast: { ...other('\u2265', '`>=`', 'invalid'), as: 'GreaterEqual' },
  Unequal: { ...other('\u2260', '`!=`', 'invalid'), as: 'NotEqual' },
  RightArrow: { ...other('\u2192', '`->`', 'invalid'), as: 'Arrow' },
  LeftArrow: { ...other('\u2190', '`<-`', 'invalid'), as: 'TakenFrom' },
  Ellipsis: { ...other('\u2026', '`..`', 'invalid'), as: 'DotDot' },
  WideSpace: { ...other(/[\u00A0\u2000-\u200B\u202F\u3000]+/, 'a space', 'invalid'), as: undefined },
  BlockComment: { ...other(/\/\*[^*]*(?:\*(?!\/)[^*]*)*(?:\*\/)?/, 'a block comment', 'invalid'), as: undefined },
  HashComment: { ...other(/#[^\n\r]*/, 'a `#` comment', 'invalid'), as: undefined },
  Semicolon: { ...other(';', '`;`', 'invalid'), as: undefined },
} as const satisfies Record<string, TokenEntry & { readonly as: string | undefined }>

/** Words that begin a declaration, and an import. */
export const declarationWords: readonly string[] = [
  ...['import', 'model', 'layer', 'block', 'recurrence', 'attention', 'function', 'init', 'checkpoint'],
]

/** Names that every file knows; they are ordinary names to the grammar. */
export const builtinNames: Readonly<Record<string, string>> = {
  true: 'A flag that is set.',
  false: 'A flag that is not set.',
  none: 'The value of an optional parameter that was not given.',
  position: 'u32[B, T]: the index of a token in its own sequence.',
}

/** Kinds of parameters and element types, for editors. */
export const typeNames = ['size', 'real', 'flag', 'text', 'init', 'layer', 'f32', 'f16', 'bf16', 'u32', 'i32', 'bool'] as const

function word(text: string, scope: string, hover: string): TokenEntry {
  return { pattern: text, keyword: true, operator: false, label: `\`${text}\``, scope, hover }
}

function sign(text: string, scope: string, hover?: string): TokenEntry {
  return { pattern: text, keyword: false, operator: false, label: `\`${text}\``, scope, hover }
}

function joins(text: string, hover: string): TokenEntry {
  return { ...sign(text, 'keyword.operator', hover), operator: true }
}

function other(pattern: string | RegExp, label: string, scope: string): TokenEntry {
  return { pattern, keyword: false, operator: false, label, scope, hover: undefined }
}
