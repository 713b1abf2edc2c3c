/** A protobuf message as the pieces of its bytes, so that large tensors are never copied. */
export type Message = { readonly bytes: number; readonly pieces: readonly Uint8Array[] };
type Field = Message;

const VARINT = 0;
const LENGTH_DELIMITED = 2;
const FIXED_32 = 5;

export function message(...fields: readonly (Field | readonly Field[])[]): Message {
  const all = fields.flat();
  return { bytes: all.reduce((sum, field) => sum + field.bytes, 0), pieces: all.flatMap((field) => field.pieces) };
}

export function integer(field: number, value: number | bigint): Field {
  return piece(Uint8Array.from([...varint(key(field, VARINT)), ...varint(BigInt(value))]));
}

export function float(field: number, value: number): Field {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setFloat32(0, value, true);
  return piece(Uint8Array.from([...varint(key(field, FIXED_32)), ...bytes]));
}

export function text(field: number, value: string): Field {
  return bytes(field, new TextEncoder().encode(value));
}

export function bytes(field: number, value: Uint8Array): Field {
  return nested(field, { bytes: value.length, pieces: [value] });
}

export function nested(field: number, value: Message): Field {
  const head = Uint8Array.from([...varint(key(field, LENGTH_DELIMITED)), ...varint(BigInt(value.bytes))]);
  return { bytes: head.length + value.bytes, pieces: [head, ...value.pieces] };
}

function piece(value: Uint8Array): Field {
  return { bytes: value.length, pieces: [value] };
}

function key(field: number, wireType: number): bigint {
  return BigInt((field << 3) | wireType);
}

function varint(value: bigint): readonly number[] {
  const out: number[] = [];
  let rest = BigInt.asUintN(64, value);
  for (; rest > 127n; rest >>= 7n) out.push(Number(rest & 127n) | 128);
  return [...out, Number(rest)];
}
