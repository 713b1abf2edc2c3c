import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Database } from '../sqlite.ts';
import type { CommentStore } from './store.ts';

type VectorStore = Pick<CommentStore, 'space' | 'withoutVector' | 'putVectors' | 'vectors'>;

/** Between two looks at other events: the driver is synchronous. */
const READS_AT_ONCE = 500;

export function sqliteVectors(db: Database): VectorStore {
  const insertSpace = db.prepare('INSERT INTO spaces (description) VALUES (?) ON CONFLICT DO NOTHING');
  const selectSpace = db.prepare('SELECT id FROM spaces WHERE description = ?');
  const has = db.prepare('SELECT 1 FROM vectors WHERE space = ? AND hash = ?');
  const select = db.prepare('SELECT vector FROM vectors WHERE space = ? AND hash = ?');
  const insert = db.prepare(
    'INSERT INTO vectors (space, hash, vector) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET vector = excluded.vector',
  );

  return {
    async space(description) {
      const found = () => (selectSpace.get(description) as { id: number } | undefined)?.id;
      const id = found();
      if (id !== undefined) return id;
      insertSpace.run(description);
      return found() as number;
    },

    async withoutVector(space, hashes) {
      const missing: string[] = [];
      for (const [index, hash] of [...new Set(hashes)].entries()) {
        if (index % READS_AT_ONCE === READS_AT_ONCE - 1) await nextTurn();
        if (has.get(space, hash) === undefined) missing.push(hash);
      }
      return missing;
    },

    async putVectors(space, hashes, vectors) {
      const dimensions = vectors.length / hashes.length;
      if (hashes.length === 0) return;
      if (!Number.isInteger(dimensions) || dimensions === 0) {
        throw new RangeError(`${vectors.length} floats are no ${hashes.length} vectors of one length`);
      }
      const bytes = Buffer.from(vectors.buffer, vectors.byteOffset, vectors.byteLength);
      db.transaction(() => {
        for (const [index, hash] of hashes.entries()) {
          insert.run(space, hash, bytes.subarray(index * dimensions * 4, (index + 1) * dimensions * 4));
        }
      });
    },

    async vectors(space, hashes) {
      let all: Float32Array | undefined;
      for (const [index, hash] of hashes.entries()) {
        if (index % READS_AT_ONCE === READS_AT_ONCE - 1) await nextTurn();
        const row = select.get(space, hash) as { vector: ArrayBuffer } | undefined;
        if (!row) return undefined;
        const vector = toFloats(row.vector);
        all ??= new Float32Array(vector.length * hashes.length);
        if (vector.length * hashes.length !== all.length) {
          throw new RangeError(`vectors of different lengths in space ${space}`);
        }
        all.set(vector, index * vector.length);
      }
      return all ?? new Float32Array(0);
    },
  };
}

/** The driver gives an `ArrayBuffer`, or a view into one that need not start at a multiple of four. */
function toFloats(blob: ArrayBuffer | Uint8Array): Float32Array {
  const bytes = blob instanceof ArrayBuffer ? new Uint8Array(blob) : blob;
  return new Float32Array(bytes.slice().buffer);
}
