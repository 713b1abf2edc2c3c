/** A vector as the database keeps it. */
export function bytesOf(vector: Float32Array): Uint8Array {
  return new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength);
}

/** Copied: the driver's bytes need not begin where floats may. */
export function vectorOf(blob: ArrayBuffer | Uint8Array): Float32Array {
  return new Float32Array(new Uint8Array(blob).slice().buffer);
}
