// @ts-check
// Adds two vectors on CUDA, in a process of its own: a provider that does not fit may take the process with it.
import { InferenceSession, Tensor } from 'onnxruntime-node';

/** A field of the protobuf wire format that has a length: a text, bytes or a message. */
const field = (/** @type {number} */ number, /** @type {string | Uint8Array} */ value) => {
  const bytes = Buffer.from(value);
  return Buffer.from([(number << 3) | 2, bytes.length, ...bytes]);
};
/** A field that holds a number below 128. */
const small = (/** @type {number} */ number, /** @type {number} */ value) => Buffer.from([number << 3, value]);

const FLOAT = 1;
const shape = field(2, field(1, small(1, 4)));
const value = (/** @type {string} */ name) =>
  Buffer.concat([field(1, name), field(2, field(1, Buffer.concat([small(1, FLOAT), shape])))]);
const node = Buffer.concat([field(1, 'x'), field(1, 'x'), field(2, 'y'), field(4, 'Add')]);
const graph = Buffer.concat([field(1, node), field(2, 'trial'), field(11, value('x')), field(12, value('y'))]);
const operators = field(8, small(2, 13));
const model = Buffer.concat([small(1, 8), field(7, graph), operators]);

const provider = process.argv[2] ?? 'cuda';
const session = await InferenceSession.create(model, { executionProviders: [provider], logSeverityLevel: 3 });
const { y } = await session.run({ x: new Tensor('float32', Float32Array.of(1, 2, 3, 4), [4]) });
if (String(y?.data) !== '2,4,6,8') throw new Error(`expected 2,4,6,8 from ${provider}, got ${y?.data}`);
