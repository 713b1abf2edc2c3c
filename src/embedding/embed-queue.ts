import { setImmediate as nextTurn } from 'node:timers/promises';
import { toError } from '../errors.ts';

export type Priority = 'question' | 'indexing';
/** A text's tokens, or those of two texts. */
type TokenRow = { readonly length: number };

export type BatchLimits = {
  /** How many texts may run together: 1 on a processor, where a batch costs more than its texts one by one. */
  readonly texts: number;
  /** Padding included. One longer text still runs, alone. */
  readonly tokens: number;
};

export type EmbedQueueOptions<Row> = {
  readonly encode: (rows: readonly Row[]) => Promise<Float32Array>;
  readonly dimensions: number;
  readonly limits: BatchLimits;
};

type Job<Row> = {
  readonly rows: readonly Row[];
  /** Row numbers in the order in which they run. */
  readonly order: readonly number[];
  readonly vectors: Float32Array;
  next: number;
  done: number;
  readonly finish: () => void;
  readonly fail: (error: Error) => void;
};

/** A text of a job, in a batch. */
type Slot<Row> = { readonly job: Job<Row>; readonly row: number };

/**
 * Decides what runs next, one batch at a time: questions before indexing, questions of several callers together, the
 * texts of one indexing call sorted by length so that little is padded. Between two batches the thread takes in what
 * has arrived, so a question waits for one batch at most.
 */
export class EmbedQueue<Row extends TokenRow = readonly number[]> {
  readonly #encode: EmbedQueueOptions<Row>['encode'];
  readonly #dimensions: number;
  readonly #limits: BatchLimits;
  readonly #jobs: Readonly<Record<Priority, Set<Job<Row>>>> = { question: new Set(), indexing: new Set() };
  #running = false;
  #closed: Error | undefined;

  constructor({ encode, dimensions, limits }: EmbedQueueOptions<Row>) {
    this.#encode = encode;
    this.#dimensions = dimensions;
    this.#limits = limits;
  }

  /**
   * @returns the vectors of the rows, in their order
   * @throws the signal's reason once it aborts: what has not run then never does
   */
  async add(rows: readonly Row[], priority: Priority, signal?: AbortSignal): Promise<Float32Array> {
    signal?.throwIfAborted();
    if (this.#closed) throw this.#closed;
    const jobs = this.#jobs[priority];
    const vectors = new Float32Array(rows.length * this.#dimensions);
    if (rows.length === 0) return vectors;
    const order = [...rows.keys()].sort((a, b) => lengthOf(rows, a) - lengthOf(rows, b));
    return await new Promise((resolve, reject) => {
      const end = () => {
        jobs.delete(job);
        signal?.removeEventListener('abort', abort);
      };
      const fail = (error: Error) => {
        end();
        reject(error);
      };
      const finish = () => {
        end();
        resolve(vectors);
      };
      const abort = () => fail(toError(signal?.reason));
      const job: Job<Row> = { rows, order, vectors, next: 0, done: 0, finish, fail };
      signal?.addEventListener('abort', abort, { once: true });
      jobs.add(job);
      void this.#run();
    });
  }

  /** What waits is rejected with the error, as is whatever comes later. False when it was closed before. */
  close(error: Error): boolean {
    if (this.#closed) return false;
    this.#closed = error;
    for (const jobs of Object.values(this.#jobs)) for (const job of [...jobs]) job.fail(error);
    return true;
  }

  async #run(): Promise<void> {
    if (this.#running) return;
    this.#running = true;
    for (;;) {
      // A run blocks the thread: calls and aborts that came in meanwhile are taken in here.
      await nextTurn();
      const batch = this.#takeBatch();
      if (batch.length === 0) break;
      await this.#runBatch(batch);
    }
    this.#running = false;
  }

  /** All of one priority: a question never waits for the longer texts of an index. */
  #takeBatch(): readonly Slot<Row>[] {
    const jobs = this.#jobs.question.size > 0 ? this.#jobs.question : this.#jobs.indexing;
    const batch: Slot<Row>[] = [];
    let longest = 0;
    for (const job of jobs) {
      for (; job.next < job.order.length; job.next++) {
        const row = job.order[job.next] ?? 0;
        longest = Math.max(longest, lengthOf(job.rows, row));
        const fits = batch.length < this.#limits.texts && longest * (batch.length + 1) <= this.#limits.tokens;
        if (batch.length > 0 && !fits) return batch;
        batch.push({ job, row });
      }
      // All of it is on its way.
      jobs.delete(job);
    }
    return batch;
  }

  async #runBatch(batch: readonly Slot<Row>[]): Promise<void> {
    try {
      const vectors = await this.#encode(batch.map(({ job, row }) => job.rows[row] as Row));
      batch.forEach(({ job, row }, index) => {
        const vector = vectors.subarray(index * this.#dimensions, (index + 1) * this.#dimensions);
        job.vectors.set(vector, row * this.#dimensions);
        if (++job.done === job.rows.length) job.finish();
      });
    } catch (error) {
      for (const job of new Set(batch.map((slot) => slot.job))) job.fail(toError(error));
    }
  }
}

function lengthOf(rows: readonly TokenRow[], index: number): number {
  return rows[index]?.length ?? 0;
}
