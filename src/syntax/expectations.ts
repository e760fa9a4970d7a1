/** What a rule of the grammar asks for at a token, in the user's words; other tokens are called as the table of tokens does. */
export const expectations: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  header: { Number: 'the number of the edition, as in `gdn 1`' },
  importDeclaration: { From: '`from` and the file, as in `from "./blocks.gdn"`', Text: 'the file as a text, as in `"./blocks.gdn"`' },
  importName: { Name: 'the name of a definition' },
  modelDeclaration: {
    Name: 'a name for the model',
    'a model body': '`(` and parameters, `{` and the body, or `=` and the model that is applied',
  },
  layerDeclaration: { Name: 'a name for the layer' },
  recurrenceDeclaration: { Name: 'a name for the recurrence', Arrow: '`->` and the type of the result' },
  attentionDeclaration: { Name: 'a name for the attention', Arrow: '`->` and the type of the result', LeftBrace: '`{` and the body' },
  functionDeclaration: { Name: 'a name for the function', Equal: '`=` and the value of the function' },
  initDeclaration: { Name: 'a name for the starting value', Equal: '`=` and a starting value' },
  checkpointDeclaration: { From: '`from` and the format, as in `from safetensors`', Name: 'the name of a model, `from` and the format' },
  parameter: { Name: 'the name of a parameter', Colon: '`:` and the kind of the parameter' },
  bodyParameter: { Name: 'the name of a parameter, or its side', Colon: '`:` and the type of the parameter' },
  bodyParameters: { LeftParen: '`(` and the parameters' },
  kind: { Name: 'a kind: `size`, `real`, `flag`, `text`, `init`, `layer`, or the name of a layer' },
  tensorType: { Name: 'a type such as `f32[B, T, d]`' },
  range: { 'a range': 'a range such as `0 .. 2`', DotDot: '`..`, as in `0 .. 2`' },
  body: { LeftBrace: '`{` and the body' },
  recurrenceBody: { LeftBrace: '`{` and the equations' },
  stackItems: { LeftBrace: '`{` and the items' },
  caseItem: { LeftBrace: '`{` and the arms' },
  caseExpression: { LeftBrace: '`{` and the arms' },
  dimStatement: { Colon: '`:` and the role of the axis, `batch` or `time`', Name: 'the role of the axis, `batch` or `time`' },
  inputStatement: { Colon: '`:` and the type of the input' },
  outputStatement: { Colon: '`:` and the type of the output' },
  inStatement: { Colon: '`:` and the type of the input' },
  weightStatement: { Colon: '`:` and the type of the weight' },
  stateStatement: { Colon: '`:` and the type of the state' },
  sharedStatement: { Equal: '`=` and the recipe that is shared' },
  binding: { Name: 'a name', Equal: '`=` and a value', Colon: '`=` and a value' },
  assignment: { Equal: '`=` and a value' },
  forHead: { In: '`in` and what is run through', Name: 'a name for what runs' },
  caseArm: { Colon: '`:` and the value of the arm' },
  caseItemArm: { Colon: '`:` and the item of the arm' },
  caseKey: { 'the value of an arm': 'a number, a text, a name or `else`' },
  precisionEntry: { Equal: '`=` and an element type such as `f16`', Name: 'an element type such as `f16`' },
  suffix: { 'a member': 'a name after the `.`' },
  checkpointBody: { LeftBrace: '`{` and the rules' },
  tensorRule: { TakenFrom: '`<-` and the tensor of the file', Text: 'our tensor as a text', 'a tensor of the file': 'a text or `zeros`' },
  groupEntry: { TakenFrom: '`<-` and the prefix in the file', Text: 'a prefix as a text' },
  ignoreEntry: { Text: 'a pattern as a text' },
  expectEntry: { Text: 'a key as a text', EqualEqual: '`==` and the expected value' },
  transform: { Name: 'the name of a transform' },
}

/** What a body or a list is made of: its name, and what one looks like. */
export interface Unit {
  readonly name: string
  readonly example: string
}

const statement: Unit = {
  name: 'statement',
  example: 'a statement such as `size d = 8`, `in x: f32[B, T, d]`, `y = linear(x, 8)` or `out y`',
}
const equation: Unit = { name: 'statement', example: 'a statement such as `state S: f32[K, V]`, `S = exp(g) * S` or `out read(S, q)`' }
const weighting: Unit = { name: 'statement', example: 'a statement such as `where j <= i`, `s = dot(q, k)` or `out softmax(s) of v`' }
const rule: Unit = { name: 'rule', example: 'a rule such as `"ours" <- "theirs"`, or `group`, `for`, `ignore`, `expect`, `optional`' }
const item: Unit = { name: 'stack item', example: 'an item such as `rms_norm() as norm`, or `repeat`, `for`, `case`, `shared`' }
const arm: Unit = { name: 'arm', example: 'an arm such as `true: a` or `else: b`, or `}`' }

/** By the rule of the body, and by the rule of the unit. */
export const units: Readonly<Record<string, Unit>> = {
  body: statement,
  statement,
  recurrenceBody: equation,
  recurrenceStatement: equation,
  attentionDeclaration: weighting,
  attentionStatement: weighting,
  checkpointBody: rule,
  checkpointEntry: rule,
  stackItems: item,
  stackItem: item,
  caseItemArm: item,
  caseItem: arm,
  caseExpression: arm,
  precisionStatement: { name: 'entry', example: 'an entry such as `weights = f16` or `"*.A_log" = f32`' },
  requireStatement: { name: 'condition', example: 'a condition such as `params < 3G`' },
}

/** What follows the word that begins a statement. */
export const wordExamples: Readonly<Record<string, string>> = {
  size: 'a name, as in `size d = 8`',
  dim: 'a name and a role, as in `dim T: time`',
  input: 'a name and a type, as in `input tokens: u32[B, T]`',
  output: 'a name and a type, as in `output logits: f32[B, T, vocab]`',
  in: 'a name and a type, as in `in x: f32[B, T, d]`',
  out: 'a value, as in `out y`',
  weight: 'a name and a type, as in `weight w: f32[d] init ones`',
  shared: 'a name and a recipe, as in `shared e = embedding(vocab, d)`',
  stack: '`{` and items, as in `stack { .. }`',
  require: '`{` and conditions, as in `require { params < 3G }`',
  precision: '`{` and entries, as in `precision { weights = f16 }`',
  state: 'a name and a type, as in `state S: f32[K, V]`',
  for: 'a name and what is run through, as in `for j in 0 .. n { .. }`',
  repeat: 'a count and items, as in `repeat 9 { .. }`',
  where: 'a condition, as in `where j <= i`',
}
