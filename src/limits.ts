import { BusyError } from './errors.ts';

/** Milliseconds that only go forward: a clock that is set back must not lock anybody out. */
const elapsedMs = () => performance.now();

/** At most `limit` calls a window for each key; a sliding window, so that no burst slips through at its edge. */
export interface RateLimiter {
  /** @throws BusyError with the time until the next call is allowed */
  take(key: string): void;
}

export function createRateLimiter({
  limit,
  windowMs,
  now = elapsedMs,
}: {
  limit: number;
  windowMs: number;
  now?: () => number;
}): RateLimiter {
  const calls = new Map<string, number[]>();
  let sweptAt = now();

  const sweep = (time: number) => {
    if (time - sweptAt < windowMs) return;
    sweptAt = time;
    for (const [key, times] of calls) if ((times.at(-1) ?? 0) <= time - windowMs) calls.delete(key);
  };
  return {
    take(key) {
      const time = now();
      sweep(time);
      const recent = (calls.get(key) ?? []).filter((at) => at > time - windowMs);
      if (recent.length >= limit) throw new BusyError((recent[0] as number) + windowMs - time);
      calls.set(key, [...recent, time]);
    },
  };
}

/** Runs at most `concurrency` jobs at once, lets `capacity` wait in order, and turns the rest away. */
export interface JobQueue {
  /** @throws BusyError when the queue is full; the signal's reason when it aborts while waiting */
  run<Result>(job: () => Promise<Result>, signal?: AbortSignal): Promise<Result>;
}

export function createJobQueue({
  concurrency,
  capacity,
  now = elapsedMs,
}: {
  concurrency: number;
  capacity: number;
  now?: () => number;
}): JobQueue {
  const waiting: (() => void)[] = [];
  let running = 0;
  /** Of recent jobs: what a newcomer is told to wait is made from it. */
  let averageMs = 250;

  const turn = (signal: AbortSignal | undefined) =>
    new Promise<void>((resolve, reject) => {
      const start = () => {
        signal?.removeEventListener('abort', leave);
        resolve();
      };
      const leave = () => {
        waiting.splice(waiting.indexOf(start), 1);
        reject(signal?.reason);
      };
      signal?.addEventListener('abort', leave, { once: true });
      waiting.push(start);
    });

  return {
    async run(job, signal) {
      signal?.throwIfAborted();
      if (running >= concurrency) {
        if (waiting.length >= capacity) throw new BusyError((averageMs * (waiting.length + running)) / concurrency);
        await turn(signal);
      } else running++;
      const startedAt = now();
      try {
        return await job();
      } finally {
        averageMs = 0.9 * averageMs + 0.1 * (now() - startedAt);
        const next = waiting.shift();
        // The place passes to the next job as it is, so nobody slips in between.
        if (next) next();
        else running--;
      }
    },
  };
}
