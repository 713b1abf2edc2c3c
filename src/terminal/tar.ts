const BLOCK = 512;

export type TarEntry = {
  /** ASCII, at most 100 characters. */
  readonly name: string;
  /** In bytes. */
  readonly size: number;
  readonly modifiedAt: Date;
  content(): AsyncIterable<Uint8Array>;
};

/** A tar archive (ustar) of plain files that only their owner may read, piece by piece. */
export async function* tar(entries: readonly TarEntry[]): AsyncIterable<Uint8Array> {
  for (const entry of entries) {
    yield tarHeader(entry);
    let written = 0;
    for await (const chunk of entry.content()) {
      written += chunk.byteLength;
      yield chunk;
    }
    if (written !== entry.size) throw new RangeError(`${entry.name} has ${written} bytes, not ${entry.size}`);
    yield Buffer.alloc((BLOCK - (written % BLOCK)) % BLOCK);
  }
  yield Buffer.alloc(2 * BLOCK);
}

export function tarHeader({ name, size, modifiedAt }: Omit<TarEntry, 'content'>): Uint8Array {
  const header = Buffer.alloc(BLOCK);
  const octal = (value: number, digits: number) => `${value.toString(8).padStart(digits, '0')}\0`;
  header.write(name, 0, 100, 'ascii');
  header.write(octal(0o600, 7), 100);
  header.write(octal(0, 7), 108);
  header.write(octal(0, 7), 116);
  if (size < 8 ** 11) header.write(octal(size, 11), 124);
  else {
    // From 8 GiB on as a binary number, as GNU and BSD tar have it.
    header[124] = 0x80;
    header.writeBigUInt64BE(BigInt(size), 128);
  }
  header.write(octal(Math.floor(modifiedAt.getTime() / 1000), 11), 136);
  header.write('0', 156);
  header.write('ustar\x0000', 257, 'latin1');
  // The sum is taken with spaces in its own place.
  header.fill(' ', 148, 156);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${octal(sum, 6)} `, 148);
  return header;
}
