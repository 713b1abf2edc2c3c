import { floatToHalf } from './half.ts';
import { type ElementType, GraphBuilder } from './onnx-file.ts';
import type { Message } from './protobuf.ts';

export type MpnetShape = {
  readonly vocabulary: number;
  readonly hidden: number;
  readonly layers: number;
  readonly heads: number;
  readonly intermediate: number;
  /** With the two that padding takes. */
  readonly positions: number;
  readonly buckets: number;
  readonly layerNormEpsilon: number;
};

/** The numbers of a tensor, by its name in transformers; matrices of linear layers as out x in. */
export type WeightSource = (name: string, shape: readonly number[]) => Float32Array;

const PAD = 1;
const MAX_DISTANCE = 128;

/**
 * MPNet's encoder as an ONNX file, in plain operators: relative position bias, positions that start after the padding
 * index, GELU by Erf. Takes input_ids and attention_mask, gives last_hidden_state in the type of the weights.
 */
export function mpnetOnnx(shape: MpnetShape, weights: WeightSource, type: 'float32' | 'float16' = 'float32'): Message {
  const graph = new GraphBuilder();
  const { node } = bound(graph);
  const { hidden, heads } = shape;
  const headSize = hidden / heads;

  const tensor = (name: string, dimensions: readonly number[], values = weights(name, dimensions)) =>
    graph.tensor(name, { type, shape: dimensions, data: asBytes(values, type) });
  const constant = (name: string, value: number) => tensor(name, [], Float32Array.of(value));
  const linear = (input: string, name: string, from: number, to: number) => {
    const matrix = tensor(`${name}.weight`, [from, to], transposed(weights(`${name}.weight`, [to, from]), to, from));
    return node('Add', [node('MatMul', [input, matrix]), tensor(`${name}.bias`, [to])]);
  };
  const layerNorm = (input: string, name: string, output?: string) =>
    graph.node(
      'LayerNormalization',
      [input, tensor(`${name}.weight`, [hidden]), tensor(`${name}.bias`, [hidden])],
      { axis: -1, epsilon: { float: shape.layerNormEpsilon } },
      output,
    );

  const scale = constant('attention_scale', 1 / Math.sqrt(headSize));
  const one = constant('one', 1);
  const half = constant('one_half', 0.5);
  const rootOfTwo = constant('root_of_two', Math.SQRT2);
  const splitHeads = graph.integers([0, 0, heads, headSize]);
  const joinHeads = graph.integers([0, 0, hidden]);

  const length = node('Gather', [node('Shape', ['input_ids']), graph.integers([1])], { axis: 0 });
  const bias = node('Add', [positionBias(), maskBias()]);
  let states = embeddings();
  for (let layer = 0; layer < shape.layers; layer++) states = encoderLayer(states, layer);
  const axes = ['batch_size', 'sequence_length'];
  return graph.model(
    ['input_ids', 'attention_mask'].map((name) => ({ name, type: 'int64' as const, shape: axes })),
    [{ name: 'last_hidden_state', type, shape: [...axes, hidden] }],
  );

  function embeddings(): string {
    const isText = node('Cast', [node('Not', [node('Equal', ['input_ids', graph.integers([PAD], [])])])], { to: 7 });
    const counted = node('Mul', [node('CumSum', [isText, graph.integers([1], [])]), isText]);
    const positions = node('Add', [counted, graph.integers([PAD], [])]);
    const words = node('Gather', [
      tensor('embeddings.word_embeddings.weight', [shape.vocabulary, hidden]),
      'input_ids',
    ]);
    const places = node('Gather', [
      tensor('embeddings.position_embeddings.weight', [shape.positions, hidden]),
      positions,
    ]);
    return layerNorm(node('Add', [words, places]), 'embeddings.LayerNorm');
  }

  /** 1 x heads x length x length: by how far two tokens are apart. */
  function positionBias(): string {
    const most = shape.positions - PAD - 1;
    const buckets = graph.integers(bucketTable(most, shape.buckets), [most, most]);
    const ends = node('Concat', [length, length], { axis: 0 });
    const used = node('Slice', [buckets, graph.integers([0, 0]), ends, graph.integers([0, 1])]);
    const table = tensor('encoder.relative_attention_bias.weight', [shape.buckets, heads]);
    const values = node('Transpose', [node('Gather', [table, used])], { perm: [2, 0, 1] });
    return node('Unsqueeze', [values, graph.integers([0])]);
  }

  /** batch x 1 x 1 x length: nothing for text, so much for padding that its weight is zero. */
  function maskBias(): string {
    const mask = node('Unsqueeze', [
      node('Cast', ['attention_mask'], { to: type === 'float16' ? 10 : 1 }),
      graph.integers([1, 2]),
    ]);
    return node('Mul', [node('Sub', [one, mask]), constant('masked', -30_000)]);
  }

  function encoderLayer(input: string, layer: number): string {
    const at = `encoder.layer.${layer}`;
    const attended = layerNorm(
      node('Add', [attention(input, `${at}.attention.attn`), input]),
      `${at}.attention.LayerNorm`,
    );
    const wide = gelu(linear(attended, `${at}.intermediate.dense`, hidden, shape.intermediate));
    const narrow = linear(wide, `${at}.output.dense`, shape.intermediate, hidden);
    const output = layer === shape.layers - 1 ? 'last_hidden_state' : undefined;
    return layerNorm(node('Add', [narrow, attended]), `${at}.output.LayerNorm`, output);
  }

  function attention(input: string, name: string): string {
    const headsOf = (part: string, perm: readonly number[]) =>
      node('Transpose', [node('Reshape', [linear(input, `${name}.${part}`, hidden, hidden), splitHeads])], { perm });
    const query = headsOf('q', [0, 2, 1, 3]);
    const key = headsOf('k', [0, 2, 3, 1]);
    const value = headsOf('v', [0, 2, 1, 3]);
    const scores = node('Add', [node('Mul', [node('MatMul', [query, key]), scale]), bias]);
    const mixed = node('MatMul', [node('Softmax', [scores], { axis: -1 }), value]);
    const joined = node('Reshape', [node('Transpose', [mixed], { perm: [0, 2, 1, 3] }), joinHeads]);
    return linear(joined, `${name}.o`, hidden, hidden);
  }

  function gelu(input: string): string {
    const normal = node('Add', [node('Erf', [node('Div', [input, rootOfTwo])]), one]);
    return node('Mul', [node('Mul', [input, normal]), half]);
  }
}

function bound(graph: GraphBuilder): { readonly node: GraphBuilder['node'] } {
  return { node: (...call) => graph.node(...call) };
}

/** Row = the token that looks, column = the token looked at, as MPNet numbers its buckets. */
function bucketTable(length: number, buckets: number): readonly number[] {
  return Array.from({ length: length * length }, (_, index) => {
    const distance = Math.floor(index / length) - (index % length);
    return bucketOf(distance, buckets / 2);
  });
}

function bucketOf(distance: number, perSide: number): number {
  const side = distance < 0 ? perSide : 0;
  const exact = perSide / 2;
  const far = Math.abs(distance);
  if (far < exact) return side + far;
  // In single precision, since that decides which side of a border a distance falls on.
  const { fround, log, floor, min } = Math;
  const share = fround(fround(log(fround(far / exact))) / fround(log(MAX_DISTANCE / exact)));
  return side + min(perSide - 1, exact + floor(fround(share * (perSide - exact))));
}

function transposed(values: Float32Array, rows: number, columns: number): Float32Array {
  const out = new Float32Array(values.length);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) out[column * rows + row] = values[row * columns + column] ?? 0;
  }
  return out;
}

function asBytes(values: Float32Array, type: ElementType): Uint8Array {
  const numbers = type === 'float16' ? floatToHalf(values) : values;
  return new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength);
}
