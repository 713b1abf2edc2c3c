import { bytes, float, integer, type Message, message, nested, text } from './protobuf.ts';

/** The few parts of ONNX (onnx.proto, version 8) that an encoder needs. */
export const TYPES = { float32: 1, int64: 7, float16: 10 } as const;
export type ElementType = keyof typeof TYPES;

export type TensorData = { readonly type: ElementType; readonly shape: readonly number[]; readonly data: Uint8Array };
export type Attribute = number | readonly number[] | { readonly float: number };
type Value = { readonly name: string; readonly type: ElementType; readonly shape: readonly (string | number)[] };

const PRODUCER = 'precedent/make-mpnet-onnx';
const IR_VERSION = 8;
const OPSET = 17;
const ATTRIBUTE = { float: 1, integer: 2, integers: 7 } as const;

/** Builds a graph node by node: each call gives the name of what it computes. */
export class GraphBuilder {
  readonly #nodes: Message[] = [];
  readonly #initializers: Message[] = [];
  #count = 0;

  node(
    operator: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, Attribute>> = {},
    output?: string,
  ): string {
    const name = output ?? `${operator.toLowerCase()}_${this.#count++}`;
    this.#nodes.push(
      message(
        inputs.map((input) => text(1, input)),
        text(2, name),
        text(3, `node_${name}`),
        text(4, operator),
        Object.entries(attributes).map(([key, value]) => nested(5, attribute(key, value))),
      ),
    );
    return name;
  }

  tensor(name: string, { type, shape, data }: TensorData): string {
    const dimensions = shape.map((size) => integer(1, size));
    this.#initializers.push(message(dimensions, integer(2, TYPES[type]), text(8, name), bytes(9, data)));
    return name;
  }

  integers(values: readonly number[], shape: readonly number[] = [values.length]): string {
    const data = new Uint8Array(BigInt64Array.from(values, BigInt).buffer);
    return this.tensor(`integers_${this.#count++}`, { type: 'int64', shape, data });
  }

  /** A whole ONNX file. */
  model(inputs: readonly Value[], outputs: readonly Value[]): Message {
    const graph = message(
      this.#nodes.map((node) => nested(1, node)),
      text(2, 'encoder'),
      this.#initializers.map((tensor) => nested(5, tensor)),
      inputs.map((input) => nested(11, valueInfo(input))),
      outputs.map((output) => nested(12, valueInfo(output))),
    );
    const opset = message(text(1, ''), integer(2, OPSET));
    return message(integer(1, IR_VERSION), text(2, PRODUCER), nested(7, graph), nested(8, opset));
  }
}

function attribute(name: string, value: Attribute): Message {
  if (typeof value === 'number') return message(text(1, name), integer(3, value), integer(20, ATTRIBUTE.integer));
  if ('float' in value) return message(text(1, name), float(2, value.float), integer(20, ATTRIBUTE.float));
  return message(
    text(1, name),
    value.map((entry) => integer(8, entry)),
    integer(20, ATTRIBUTE.integers),
  );
}

function valueInfo({ name, type, shape }: Value): Message {
  const dimensions = shape.map((size) =>
    nested(1, typeof size === 'string' ? message(text(2, size)) : message(integer(1, size))),
  );
  const tensorType = message(integer(1, TYPES[type]), nested(2, message(dimensions)));
  return message(text(1, name), nested(2, message(nested(1, tensorType))));
}
