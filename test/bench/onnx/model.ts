import { Message } from './protobuf.ts'

/** Field numbers below are those of https://github.com/onnx/onnx/blob/main/onnx/onnx.proto. */
export interface OnnxModel {
  readonly inputs: readonly OnnxValue[]
  readonly outputs: readonly OnnxValue[]
  readonly weights: readonly OnnxTensor[]
  readonly nodes: readonly OnnxNode[]
}

export interface OnnxValue {
  readonly name: string
  readonly shape: readonly number[]
  readonly dtype?: 'float32' | 'int32'
}

export interface OnnxTensor {
  readonly name: string
  readonly shape: readonly number[]
  readonly data: Float32Array | Int32Array
}

export interface OnnxNode {
  readonly op: string
  /** '' is ONNX's own domain. */
  readonly domain: '' | 'com.microsoft'
  /** An empty name leaves an optional input or output out. */
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  readonly attributes?: Readonly<Record<string, Attribute>>
}

export type Attribute = { readonly int: number } | { readonly float: number } | { readonly text: string }

const elementTypes = { float32: 1, int32: 6 } as const

/** The bytes of a `.onnx` file: IR version 10, opset 21, and version 1 of Microsoft's operators. */
export function encodeModel(model: OnnxModel): Uint8Array<ArrayBuffer> {
  const opset = (domain: string, version: number) => new Message().string(1, domain).integer(2, version)
  return new Message()
    .integer(1, 10)
    .string(2, 'gdnc bench')
    .message(7, graph(model))
    .message(8, opset('', 21))
    .message(8, opset('com.microsoft', 1))
    .finish()
}

function graph({ inputs, outputs, weights, nodes }: OnnxModel): Message {
  const message = new Message()
  nodes.forEach((node, index) => {
    message.message(1, encodeNode(node, `${node.op}_${index}`))
  })
  message.string(2, 'bench')
  for (const weight of weights) message.message(5, tensor(weight))
  for (const value of inputs) message.message(11, valueInfo(value))
  for (const value of outputs) message.message(12, valueInfo(value))
  return message
}

function encodeNode({ op, domain, inputs, outputs, attributes = {} }: OnnxNode, name: string): Message {
  const message = new Message()
  for (const input of inputs) message.string(1, input)
  for (const output of outputs) message.string(2, output)
  message.string(3, name).string(4, op)
  for (const [key, value] of Object.entries(attributes)) message.message(5, attribute(key, value))
  return message.string(7, domain)
}

function attribute(name: string, value: Attribute): Message {
  const message = new Message().string(1, name)
  if ('int' in value) return message.integer(3, value.int).integer(20, 2)
  if ('float' in value) return message.float(2, value.float).integer(20, 1)
  return message.string(4, value.text).integer(20, 3)
}

function tensor({ name, shape, data }: OnnxTensor): Message {
  const message = new Message()
  for (const size of shape) message.integer(1, size)
  return message
    .integer(2, data instanceof Int32Array ? elementTypes.int32 : elementTypes.float32)
    .string(8, name)
    .bytes(9, new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
}

function valueInfo({ name, shape, dtype = 'float32' }: OnnxValue): Message {
  const dimensions = new Message()
  for (const size of shape) dimensions.message(1, new Message().integer(1, size))
  const tensorType = new Message().integer(1, elementTypes[dtype]).message(2, dimensions)
  return new Message().string(1, name).message(2, new Message().message(1, tensorType))
}
