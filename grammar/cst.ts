/** The concrete syntax tree. Generated from the parser by scripts/grammar.ts. */
import type { CstNode, ICstVisitor, IToken } from "chevrotain";

export interface ExpressionCstNode extends CstNode {
  name: "expression";
  children: ExpressionCstChildren;
}

export type ExpressionCstChildren = {
  operation: OperationCstNode[];
  Pipe?: IToken[];
  postfix?: PostfixCstNode[];
};

export interface RangeOrExpressionCstNode extends CstNode {
  name: "rangeOrExpression";
  children: RangeOrExpressionCstChildren;
}

export type RangeOrExpressionCstChildren = {
  DotDot?: (IToken)[];
  operation?: (OperationCstNode)[];
  expression?: ExpressionCstNode[];
};

export interface OperationCstNode extends CstNode {
  name: "operation";
  children: OperationCstChildren;
}

export type OperationCstChildren = {
  operand: (OperandCstNode)[];
  Operator?: IToken[];
};

export interface OperandCstNode extends CstNode {
  name: "operand";
  children: OperandCstChildren;
}

export type OperandCstChildren = {
  prefix?: PrefixCstNode[];
  postfix: PostfixCstNode[];
};

export interface PrefixCstNode extends CstNode {
  name: "prefix";
  children: PrefixCstChildren;
}

export type PrefixCstChildren = {
  Minus?: IToken[];
  Not?: IToken[];
};

export interface PostfixCstNode extends CstNode {
  name: "postfix";
  children: PostfixCstChildren;
}

export type PostfixCstChildren = {
  primary: PrimaryCstNode[];
  suffix?: SuffixCstNode[];
  As?: IToken[];
  Name?: IToken[];
};

export interface SuffixCstNode extends CstNode {
  name: "suffix";
  children: SuffixCstChildren;
}

export type SuffixCstChildren = {
  callArguments?: CallArgumentsCstNode[];
  LeftBracket?: IToken[];
  rangeOrExpression?: RangeOrExpressionCstNode[];
  RightBracket?: IToken[];
  Dot?: IToken[];
  Name?: IToken[];
};

export interface CallArgumentsCstNode extends CstNode {
  name: "callArguments";
  children: CallArgumentsCstChildren;
}

export type CallArgumentsCstChildren = {
  LeftParen: IToken[];
  argument?: ArgumentCstNode[];
  Comma?: IToken[];
  RightParen: IToken[];
};

export interface ArgumentCstNode extends CstNode {
  name: "argument";
  children: ArgumentCstChildren;
}

export type ArgumentCstChildren = {
  Name?: IToken[];
  Colon?: IToken[];
  rangeOrExpression: RangeOrExpressionCstNode[];
};

export interface PrimaryCstNode extends CstNode {
  name: "primary";
  children: PrimaryCstChildren;
}

export type PrimaryCstChildren = {
  Number?: IToken[];
  Text?: IToken[];
  LeftParen?: IToken[];
  expression?: ExpressionCstNode[];
  RightParen?: IToken[];
  list?: ListCstNode[];
  caseExpression?: CaseExpressionCstNode[];
  stackExpression?: StackExpressionCstNode[];
  Name?: IToken[];
};

export interface ListCstNode extends CstNode {
  name: "list";
  children: ListCstChildren;
}

export type ListCstChildren = {
  LeftBracket: IToken[];
  expression?: ExpressionCstNode[];
  Comma?: IToken[];
  RightBracket: IToken[];
};

export interface CaseExpressionCstNode extends CstNode {
  name: "caseExpression";
  children: CaseExpressionCstChildren;
}

export type CaseExpressionCstChildren = {
  Case: IToken[];
  operation: OperationCstNode[];
  LeftBrace: IToken[];
  caseArm?: CaseArmCstNode[];
  Comma?: IToken[];
  RightBrace: IToken[];
};

export interface CaseArmCstNode extends CstNode {
  name: "caseArm";
  children: CaseArmCstChildren;
}

export type CaseArmCstChildren = {
  caseKey: CaseKeyCstNode[];
  Colon: IToken[];
  expression: ExpressionCstNode[];
};

export interface CaseKeyCstNode extends CstNode {
  name: "caseKey";
  children: CaseKeyCstChildren;
}

export type CaseKeyCstChildren = {
  Else?: IToken[];
  Name?: IToken[];
  Text?: IToken[];
  Minus?: IToken[];
  Number?: IToken[];
};

export interface DefaultValueCstNode extends CstNode {
  name: "defaultValue";
  children: DefaultValueCstChildren;
}

export type DefaultValueCstChildren = {
  Equal: IToken[];
  expression: ExpressionCstNode[];
};

export interface StackExpressionCstNode extends CstNode {
  name: "stackExpression";
  children: StackExpressionCstChildren;
}

export type StackExpressionCstChildren = {
  Stack: IToken[];
  LeftParen?: IToken[];
  expression?: ExpressionCstNode[];
  RightParen?: IToken[];
  stackItems: StackItemsCstNode[];
};

export interface StackItemsCstNode extends CstNode {
  name: "stackItems";
  children: StackItemsCstChildren;
}

export type StackItemsCstChildren = {
  LeftBrace: IToken[];
  stackItem?: StackItemCstNode[];
  RightBrace: IToken[];
};

export interface StackItemCstNode extends CstNode {
  name: "stackItem";
  children: StackItemCstChildren;
}

export type StackItemCstChildren = {
  Doc?: IToken[];
  repeatItem?: RepeatItemCstNode[];
  forItem?: ForItemCstNode[];
  caseItem?: CaseItemCstNode[];
  sharedStatement?: SharedStatementCstNode[];
  expression?: ExpressionCstNode[];
};

export interface RepeatItemCstNode extends CstNode {
  name: "repeatItem";
  children: RepeatItemCstChildren;
}

export type RepeatItemCstChildren = {
  Repeat: IToken[];
  operation: OperationCstNode[];
  stackItems: StackItemsCstNode[];
};

export interface ForHeadCstNode extends CstNode {
  name: "forHead";
  children: ForHeadCstChildren;
}

export type ForHeadCstChildren = {
  For: IToken[];
  Name: IToken[];
  In: IToken[];
  rangeOrExpression: RangeOrExpressionCstNode[];
};

export interface ForItemCstNode extends CstNode {
  name: "forItem";
  children: ForItemCstChildren;
}

export type ForItemCstChildren = {
  forHead: ForHeadCstNode[];
  stackItems: StackItemsCstNode[];
};

export interface CaseItemCstNode extends CstNode {
  name: "caseItem";
  children: CaseItemCstChildren;
}

export type CaseItemCstChildren = {
  Case: IToken[];
  operation: OperationCstNode[];
  LeftBrace: IToken[];
  caseItemArm?: CaseItemArmCstNode[];
  Comma?: IToken[];
  RightBrace: IToken[];
};

export interface CaseItemArmCstNode extends CstNode {
  name: "caseItemArm";
  children: CaseItemArmCstChildren;
}

export type CaseItemArmCstChildren = {
  caseKey: CaseKeyCstNode[];
  Colon: IToken[];
  stackItems?: StackItemsCstNode[];
  stackItem?: StackItemCstNode[];
};

export interface SharedStatementCstNode extends CstNode {
  name: "sharedStatement";
  children: SharedStatementCstChildren;
}

export type SharedStatementCstChildren = {
  Shared: IToken[];
  Name: IToken[];
  Equal: IToken[];
  expression: ExpressionCstNode[];
};

export interface TensorTypeCstNode extends CstNode {
  name: "tensorType";
  children: TensorTypeCstChildren;
}

export type TensorTypeCstChildren = {
  Name: IToken[];
  LeftBracket?: IToken[];
  axis?: AxisCstNode[];
  Comma?: IToken[];
  RightBracket?: IToken[];
};

export interface AxisCstNode extends CstNode {
  name: "axis";
  children: AxisCstChildren;
}

export type AxisCstChildren = {
  DotDot?: IToken[];
  operation?: OperationCstNode[];
};

export interface RangeCstNode extends CstNode {
  name: "range";
  children: RangeCstChildren;
}

export type RangeCstChildren = {
  DotDot?: (IToken)[];
  operation?: (OperationCstNode)[];
};

export interface BodyCstNode extends CstNode {
  name: "body";
  children: BodyCstChildren;
}

export type BodyCstChildren = {
  LeftBrace: IToken[];
  statement?: StatementCstNode[];
  RightBrace: IToken[];
};

export interface StatementCstNode extends CstNode {
  name: "statement";
  children: StatementCstChildren;
}

export type StatementCstChildren = {
  Doc?: IToken[];
  sizeStatement?: SizeStatementCstNode[];
  dimStatement?: DimStatementCstNode[];
  inputStatement?: InputStatementCstNode[];
  outputStatement?: OutputStatementCstNode[];
  inStatement?: InStatementCstNode[];
  weightStatement?: WeightStatementCstNode[];
  sharedStatement?: SharedStatementCstNode[];
  outStatement?: OutStatementCstNode[];
  stackExpression?: StackExpressionCstNode[];
  requireStatement?: RequireStatementCstNode[];
  precisionStatement?: PrecisionStatementCstNode[];
  binding?: BindingCstNode[];
};

export interface SizeStatementCstNode extends CstNode {
  name: "sizeStatement";
  children: SizeStatementCstChildren;
}

export type SizeStatementCstChildren = {
  Size: IToken[];
  Name: IToken[];
  defaultValue?: DefaultValueCstNode[];
};

export interface DimStatementCstNode extends CstNode {
  name: "dimStatement";
  children: DimStatementCstChildren;
}

export type DimStatementCstChildren = {
  Dim: IToken[];
  Name: (IToken)[];
  Colon: IToken[];
};

export interface InputStatementCstNode extends CstNode {
  name: "inputStatement";
  children: InputStatementCstChildren;
}

export type InputStatementCstChildren = {
  Input: IToken[];
  Name: IToken[];
  Colon: IToken[];
  tensorType: TensorTypeCstNode[];
};

export interface OutputStatementCstNode extends CstNode {
  name: "outputStatement";
  children: OutputStatementCstChildren;
}

export type OutputStatementCstChildren = {
  Output: IToken[];
  Name: IToken[];
  Colon: IToken[];
  tensorType: TensorTypeCstNode[];
};

export interface InStatementCstNode extends CstNode {
  name: "inStatement";
  children: InStatementCstChildren;
}

export type InStatementCstChildren = {
  In: IToken[];
  Name: IToken[];
  Colon: IToken[];
  tensorType: TensorTypeCstNode[];
  defaultValue?: DefaultValueCstNode[];
};

export interface WeightStatementCstNode extends CstNode {
  name: "weightStatement";
  children: WeightStatementCstChildren;
}

export type WeightStatementCstChildren = {
  Weight: IToken[];
  Name: IToken[];
  Colon: IToken[];
  tensorType: TensorTypeCstNode[];
  Init?: IToken[];
  expression?: ExpressionCstNode[];
};

export interface OutStatementCstNode extends CstNode {
  name: "outStatement";
  children: OutStatementCstChildren;
}

export type OutStatementCstChildren = {
  Out: IToken[];
  Name?: IToken[];
  Equal?: IToken[];
  expression: ExpressionCstNode[];
};

export interface RequireStatementCstNode extends CstNode {
  name: "requireStatement";
  children: RequireStatementCstChildren;
}

export type RequireStatementCstChildren = {
  Require: IToken[];
  LeftBrace: IToken[];
  expression?: ExpressionCstNode[];
  Comma?: IToken[];
  RightBrace: IToken[];
};

export interface PrecisionStatementCstNode extends CstNode {
  name: "precisionStatement";
  children: PrecisionStatementCstChildren;
}

export type PrecisionStatementCstChildren = {
  Precision: IToken[];
  LeftBrace: IToken[];
  precisionEntry?: PrecisionEntryCstNode[];
  Comma?: IToken[];
  RightBrace: IToken[];
};

export interface PrecisionEntryCstNode extends CstNode {
  name: "precisionEntry";
  children: PrecisionEntryCstChildren;
}

export type PrecisionEntryCstChildren = {
  Text?: IToken[];
  Name: (IToken)[];
  Equal: IToken[];
};

export interface BindingCstNode extends CstNode {
  name: "binding";
  children: BindingCstChildren;
}

export type BindingCstChildren = {
  Name: (IToken)[];
  Comma?: IToken[];
  Colon?: IToken[];
  tensorType?: TensorTypeCstNode[];
  Equal: IToken[];
  expression: ExpressionCstNode[];
};

export interface RecurrenceBodyCstNode extends CstNode {
  name: "recurrenceBody";
  children: RecurrenceBodyCstChildren;
}

export type RecurrenceBodyCstChildren = {
  LeftBrace: IToken[];
  recurrenceStatement?: RecurrenceStatementCstNode[];
  RightBrace: IToken[];
};

export interface RecurrenceStatementCstNode extends CstNode {
  name: "recurrenceStatement";
  children: RecurrenceStatementCstChildren;
}

export type RecurrenceStatementCstChildren = {
  stateStatement?: StateStatementCstNode[];
  forStatement?: ForStatementCstNode[];
  outStatement?: OutStatementCstNode[];
  assignment?: AssignmentCstNode[];
};

export interface StateStatementCstNode extends CstNode {
  name: "stateStatement";
  children: StateStatementCstChildren;
}

export type StateStatementCstChildren = {
  State: IToken[];
  Name: IToken[];
  Colon: IToken[];
  tensorType: TensorTypeCstNode[];
  defaultValue?: DefaultValueCstNode[];
};

export interface ForStatementCstNode extends CstNode {
  name: "forStatement";
  children: ForStatementCstChildren;
}

export type ForStatementCstChildren = {
  forHead: ForHeadCstNode[];
  recurrenceBody: RecurrenceBodyCstNode[];
};

export interface AssignmentCstNode extends CstNode {
  name: "assignment";
  children: AssignmentCstChildren;
}

export type AssignmentCstChildren = {
  Name: IToken[];
  Equal: IToken[];
  expression: ExpressionCstNode[];
};

export interface AttentionStatementCstNode extends CstNode {
  name: "attentionStatement";
  children: AttentionStatementCstChildren;
}

export type AttentionStatementCstChildren = {
  whereStatement?: WhereStatementCstNode[];
  outOfStatement?: OutOfStatementCstNode[];
  assignment?: AssignmentCstNode[];
};

export interface WhereStatementCstNode extends CstNode {
  name: "whereStatement";
  children: WhereStatementCstChildren;
}

export type WhereStatementCstChildren = {
  Where: IToken[];
  expression: ExpressionCstNode[];
};

export interface OutOfStatementCstNode extends CstNode {
  name: "outOfStatement";
  children: OutOfStatementCstChildren;
}

export type OutOfStatementCstChildren = {
  Out: IToken[];
  expression: (ExpressionCstNode)[];
  Of: IToken[];
};

export interface CheckpointBodyCstNode extends CstNode {
  name: "checkpointBody";
  children: CheckpointBodyCstChildren;
}

export type CheckpointBodyCstChildren = {
  LeftBrace: IToken[];
  checkpointEntry?: CheckpointEntryCstNode[];
  RightBrace: IToken[];
};

export interface CheckpointEntryCstNode extends CstNode {
  name: "checkpointEntry";
  children: CheckpointEntryCstChildren;
}

export type CheckpointEntryCstChildren = {
  tensorRule?: TensorRuleCstNode[];
  groupEntry?: GroupEntryCstNode[];
  forEntry?: ForEntryCstNode[];
  ignoreEntry?: IgnoreEntryCstNode[];
  expectEntry?: ExpectEntryCstNode[];
};

export interface TensorRuleCstNode extends CstNode {
  name: "tensorRule";
  children: TensorRuleCstChildren;
}

export type TensorRuleCstChildren = {
  Optional?: IToken[];
  Text: (IToken)[];
  TakenFrom: IToken[];
  Name?: IToken[];
  Pipe?: IToken[];
  transform?: TransformCstNode[];
};

export interface TransformCstNode extends CstNode {
  name: "transform";
  children: TransformCstChildren;
}

export type TransformCstChildren = {
  Name: IToken[];
  callArguments?: CallArgumentsCstNode[];
};

export interface GroupEntryCstNode extends CstNode {
  name: "groupEntry";
  children: GroupEntryCstChildren;
}

export type GroupEntryCstChildren = {
  Group: IToken[];
  Text: (IToken)[];
  TakenFrom: IToken[];
  checkpointBody: CheckpointBodyCstNode[];
};

export interface ForEntryCstNode extends CstNode {
  name: "forEntry";
  children: ForEntryCstChildren;
}

export type ForEntryCstChildren = {
  forHead: ForHeadCstNode[];
  checkpointBody: CheckpointBodyCstNode[];
};

export interface IgnoreEntryCstNode extends CstNode {
  name: "ignoreEntry";
  children: IgnoreEntryCstChildren;
}

export type IgnoreEntryCstChildren = {
  Ignore: IToken[];
  Text: IToken[];
};

export interface ExpectEntryCstNode extends CstNode {
  name: "expectEntry";
  children: ExpectEntryCstChildren;
}

export type ExpectEntryCstChildren = {
  Expect: IToken[];
  Text: (IToken)[];
  Or?: IToken[];
  EqualEqual: IToken[];
  expression: ExpressionCstNode[];
};

export interface FileCstNode extends CstNode {
  name: "file";
  children: FileCstChildren;
}

export type FileCstChildren = {
  header?: HeaderCstNode[];
  importDeclaration?: ImportDeclarationCstNode[];
  declaration?: DeclarationCstNode[];
};

export interface HeaderCstNode extends CstNode {
  name: "header";
  children: HeaderCstChildren;
}

export type HeaderCstChildren = {
  Gdn: IToken[];
  Number: IToken[];
};

export interface ImportDeclarationCstNode extends CstNode {
  name: "importDeclaration";
  children: ImportDeclarationCstChildren;
}

export type ImportDeclarationCstChildren = {
  Import: IToken[];
  importName: (ImportNameCstNode)[];
  Comma?: (IToken)[];
  From: IToken[];
  Text: IToken[];
};

export interface ImportNameCstNode extends CstNode {
  name: "importName";
  children: ImportNameCstChildren;
}

export type ImportNameCstChildren = {
  Name: (IToken)[];
  As?: IToken[];
};

export interface DeclarationCstNode extends CstNode {
  name: "declaration";
  children: DeclarationCstChildren;
}

export type DeclarationCstChildren = {
  Doc?: IToken[];
  modelDeclaration?: ModelDeclarationCstNode[];
  layerDeclaration?: LayerDeclarationCstNode[];
  recurrenceDeclaration?: RecurrenceDeclarationCstNode[];
  attentionDeclaration?: AttentionDeclarationCstNode[];
  functionDeclaration?: FunctionDeclarationCstNode[];
  initDeclaration?: InitDeclarationCstNode[];
  checkpointDeclaration?: CheckpointDeclarationCstNode[];
};

export interface ModelDeclarationCstNode extends CstNode {
  name: "modelDeclaration";
  children: ModelDeclarationCstChildren;
}

export type ModelDeclarationCstChildren = {
  Model: IToken[];
  Name: IToken[];
  Equal?: IToken[];
  expression?: ExpressionCstNode[];
  parameters?: ParametersCstNode[];
  body?: BodyCstNode[];
};

export interface LayerDeclarationCstNode extends CstNode {
  name: "layerDeclaration";
  children: LayerDeclarationCstChildren;
}

export type LayerDeclarationCstChildren = {
  Layer?: IToken[];
  Block?: IToken[];
  Name: IToken[];
  parameters?: ParametersCstNode[];
  body: BodyCstNode[];
};

export interface ParametersCstNode extends CstNode {
  name: "parameters";
  children: ParametersCstChildren;
}

export type ParametersCstChildren = {
  LeftParen: IToken[];
  parameter?: ParameterCstNode[];
  Comma?: IToken[];
  RightParen: IToken[];
};

export interface ParameterCstNode extends CstNode {
  name: "parameter";
  children: ParameterCstChildren;
}

export type ParameterCstChildren = {
  Doc?: IToken[];
  Name: IToken[];
  Colon: IToken[];
  kind: KindCstNode[];
  defaultValue?: DefaultValueCstNode[];
};

export interface KindCstNode extends CstNode {
  name: "kind";
  children: KindCstChildren;
}

export type KindCstChildren = {
  Name: IToken[];
  LeftBracket?: IToken[];
  expression?: ExpressionCstNode[];
  RightBracket?: IToken[];
};

export interface RecurrenceDeclarationCstNode extends CstNode {
  name: "recurrenceDeclaration";
  children: RecurrenceDeclarationCstChildren;
}

export type RecurrenceDeclarationCstChildren = {
  Recurrence: IToken[];
  Name: IToken[];
  bodyParameters: BodyParametersCstNode[];
  Arrow: IToken[];
  tensorType: TensorTypeCstNode[];
  recurrenceBody: RecurrenceBodyCstNode[];
};

export interface AttentionDeclarationCstNode extends CstNode {
  name: "attentionDeclaration";
  children: AttentionDeclarationCstChildren;
}

export type AttentionDeclarationCstChildren = {
  Attention: IToken[];
  Name: IToken[];
  bodyParameters: BodyParametersCstNode[];
  Arrow: IToken[];
  tensorType: TensorTypeCstNode[];
  LeftBrace: IToken[];
  attentionStatement?: AttentionStatementCstNode[];
  RightBrace: IToken[];
};

export interface FunctionDeclarationCstNode extends CstNode {
  name: "functionDeclaration";
  children: FunctionDeclarationCstChildren;
}

export type FunctionDeclarationCstChildren = {
  Function: IToken[];
  Name: IToken[];
  bodyParameters: BodyParametersCstNode[];
  Equal: IToken[];
  expression: ExpressionCstNode[];
};

export interface BodyParametersCstNode extends CstNode {
  name: "bodyParameters";
  children: BodyParametersCstChildren;
}

export type BodyParametersCstChildren = {
  LeftParen: IToken[];
  bodyParameter?: BodyParameterCstNode[];
  Comma?: IToken[];
  RightParen: IToken[];
};

export interface BodyParameterCstNode extends CstNode {
  name: "bodyParameter";
  children: BodyParameterCstChildren;
}

export type BodyParameterCstChildren = {
  Doc?: IToken[];
  Name: (IToken)[];
  LeftBracket?: IToken[];
  RightBracket?: IToken[];
  Colon: IToken[];
  tensorType: TensorTypeCstNode[];
  In?: IToken[];
  range?: RangeCstNode[];
  defaultValue?: DefaultValueCstNode[];
};

export interface InitDeclarationCstNode extends CstNode {
  name: "initDeclaration";
  children: InitDeclarationCstChildren;
}

export type InitDeclarationCstChildren = {
  Init: IToken[];
  Name: IToken[];
  Equal: IToken[];
  expression: ExpressionCstNode[];
};

export interface CheckpointDeclarationCstNode extends CstNode {
  name: "checkpointDeclaration";
  children: CheckpointDeclarationCstChildren;
}

export type CheckpointDeclarationCstChildren = {
  Checkpoint: IToken[];
  Name: (IToken)[];
  From: IToken[];
  checkpointBody: CheckpointBodyCstNode[];
};

export interface ICstNodeVisitor<IN, OUT> extends ICstVisitor<IN, OUT> {
  expression(children: ExpressionCstChildren, param?: IN): OUT;
  rangeOrExpression(children: RangeOrExpressionCstChildren, param?: IN): OUT;
  operation(children: OperationCstChildren, param?: IN): OUT;
  operand(children: OperandCstChildren, param?: IN): OUT;
  prefix(children: PrefixCstChildren, param?: IN): OUT;
  postfix(children: PostfixCstChildren, param?: IN): OUT;
  suffix(children: SuffixCstChildren, param?: IN): OUT;
  callArguments(children: CallArgumentsCstChildren, param?: IN): OUT;
  argument(children: ArgumentCstChildren, param?: IN): OUT;
  primary(children: PrimaryCstChildren, param?: IN): OUT;
  list(children: ListCstChildren, param?: IN): OUT;
  caseExpression(children: CaseExpressionCstChildren, param?: IN): OUT;
  caseArm(children: CaseArmCstChildren, param?: IN): OUT;
  caseKey(children: CaseKeyCstChildren, param?: IN): OUT;
  defaultValue(children: DefaultValueCstChildren, param?: IN): OUT;
  stackExpression(children: StackExpressionCstChildren, param?: IN): OUT;
  stackItems(children: StackItemsCstChildren, param?: IN): OUT;
  stackItem(children: StackItemCstChildren, param?: IN): OUT;
  repeatItem(children: RepeatItemCstChildren, param?: IN): OUT;
  forHead(children: ForHeadCstChildren, param?: IN): OUT;
  forItem(children: ForItemCstChildren, param?: IN): OUT;
  caseItem(children: CaseItemCstChildren, param?: IN): OUT;
  caseItemArm(children: CaseItemArmCstChildren, param?: IN): OUT;
  sharedStatement(children: SharedStatementCstChildren, param?: IN): OUT;
  tensorType(children: TensorTypeCstChildren, param?: IN): OUT;
  axis(children: AxisCstChildren, param?: IN): OUT;
  range(children: RangeCstChildren, param?: IN): OUT;
  body(children: BodyCstChildren, param?: IN): OUT;
  statement(children: StatementCstChildren, param?: IN): OUT;
  sizeStatement(children: SizeStatementCstChildren, param?: IN): OUT;
  dimStatement(children: DimStatementCstChildren, param?: IN): OUT;
  inputStatement(children: InputStatementCstChildren, param?: IN): OUT;
  outputStatement(children: OutputStatementCstChildren, param?: IN): OUT;
  inStatement(children: InStatementCstChildren, param?: IN): OUT;
  weightStatement(children: WeightStatementCstChildren, param?: IN): OUT;
  outStatement(children: OutStatementCstChildren, param?: IN): OUT;
  requireStatement(children: RequireStatementCstChildren, param?: IN): OUT;
  precisionStatement(children: PrecisionStatementCstChildren, param?: IN): OUT;
  precisionEntry(children: PrecisionEntryCstChildren, param?: IN): OUT;
  binding(children: BindingCstChildren, param?: IN): OUT;
  recurrenceBody(children: RecurrenceBodyCstChildren, param?: IN): OUT;
  recurrenceStatement(children: RecurrenceStatementCstChildren, param?: IN): OUT;
  stateStatement(children: StateStatementCstChildren, param?: IN): OUT;
  forStatement(children: ForStatementCstChildren, param?: IN): OUT;
  assignment(children: AssignmentCstChildren, param?: IN): OUT;
  attentionStatement(children: AttentionStatementCstChildren, param?: IN): OUT;
  whereStatement(children: WhereStatementCstChildren, param?: IN): OUT;
  outOfStatement(children: OutOfStatementCstChildren, param?: IN): OUT;
  checkpointBody(children: CheckpointBodyCstChildren, param?: IN): OUT;
  checkpointEntry(children: CheckpointEntryCstChildren, param?: IN): OUT;
  tensorRule(children: TensorRuleCstChildren, param?: IN): OUT;
  transform(children: TransformCstChildren, param?: IN): OUT;
  groupEntry(children: GroupEntryCstChildren, param?: IN): OUT;
  forEntry(children: ForEntryCstChildren, param?: IN): OUT;
  ignoreEntry(children: IgnoreEntryCstChildren, param?: IN): OUT;
  expectEntry(children: ExpectEntryCstChildren, param?: IN): OUT;
  file(children: FileCstChildren, param?: IN): OUT;
  header(children: HeaderCstChildren, param?: IN): OUT;
  importDeclaration(children: ImportDeclarationCstChildren, param?: IN): OUT;
  importName(children: ImportNameCstChildren, param?: IN): OUT;
  declaration(children: DeclarationCstChildren, param?: IN): OUT;
  modelDeclaration(children: ModelDeclarationCstChildren, param?: IN): OUT;
  layerDeclaration(children: LayerDeclarationCstChildren, param?: IN): OUT;
  parameters(children: ParametersCstChildren, param?: IN): OUT;
  parameter(children: ParameterCstChildren, param?: IN): OUT;
  kind(children: KindCstChildren, param?: IN): OUT;
  recurrenceDeclaration(children: RecurrenceDeclarationCstChildren, param?: IN): OUT;
  attentionDeclaration(children: AttentionDeclarationCstChildren, param?: IN): OUT;
  functionDeclaration(children: FunctionDeclarationCstChildren, param?: IN): OUT;
  bodyParameters(children: BodyParametersCstChildren, param?: IN): OUT;
  bodyParameter(children: BodyParameterCstChildren, param?: IN): OUT;
  initDeclaration(children: InitDeclarationCstChildren, param?: IN): OUT;
  checkpointDeclaration(children: CheckpointDeclarationCstChildren, param?: IN): OUT;
}
