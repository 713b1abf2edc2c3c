import { describe, expect, it } from 'vitest';
import { BusyError } from '../src/errors.ts';
import { createJobQueue, createRateLimiter } from '../src/limits.ts';

describe('the rate limiter', () => {
  it('lets a user through up to the limit, then says how long to wait', () => {
    let time = 0;
    const limiter = createRateLimiter({ limit: 2, windowMs: 60_000, now: () => time });
    limiter.take('a');
    time = 20_000;
    limiter.take('a');
    time = 30_000;
    expect(() => limiter.take('a')).toThrow('Busy right now, try again in 30 s.');
    time = 60_001;
    expect(() => limiter.take('a')).not.toThrow();
  });

  it('counts every user apart', () => {
    const limiter = createRateLimiter({ limit: 1, windowMs: 1000, now: () => 0 });
    limiter.take('a');
    expect(() => limiter.take('b')).not.toThrow();
    expect(() => limiter.take('a')).toThrow(BusyError);
  });

  it('does not count a refused call against the user', () => {
    let time = 0;
    const limiter = createRateLimiter({ limit: 1, windowMs: 1000, now: () => time });
    limiter.take('a');
    time = 900;
    expect(() => limiter.take('a')).toThrow(BusyError);
    time = 1001;
    expect(() => limiter.take('a')).not.toThrow();
  });
});

function gate() {
  let release = () => {};
  const promise = new Promise<void>((resolve) => {
    release = resolve;
  });
  return { promise, release };
}

describe('the job queue', () => {
  it('runs as many jobs at once as allowed, the others in the order they came', async () => {
    const queue = createJobQueue({ concurrency: 1, capacity: 5 });
    const order: number[] = [];
    const gates: (() => void)[] = [];
    const job = (id: number) =>
      queue.run(() => {
        order.push(id);
        return new Promise<void>((resolve) => gates.push(resolve));
      });
    const jobs = [job(1), job(2), job(3)];
    expect(order).toEqual([1]);
    gates[0]?.();
    await jobs[0];
    expect(order).toEqual([1, 2]);
    gates[1]?.();
    await jobs[1];
    gates[2]?.();
    await jobs[2];
    expect(order).toEqual([1, 2, 3]);
  });

  it('turns a job away when the queue is full', async () => {
    const queue = createJobQueue({ concurrency: 1, capacity: 1 });
    const { promise, release } = gate();
    const first = queue.run(() => promise);
    const second = queue.run(async () => 'second');
    await expect(queue.run(async () => 'third')).rejects.toThrow(BusyError);
    release();
    await first;
    expect(await second).toBe('second');
    expect(await queue.run(async () => 'fourth')).toBe('fourth');
  });

  it('forgets a job whose asker gave up while it waited', async () => {
    const queue = createJobQueue({ concurrency: 1, capacity: 5 });
    const { promise, release } = gate();
    const first = queue.run(() => promise);
    const controller = new AbortController();
    let ran = false;
    const second = queue.run(async () => {
      ran = true;
    }, controller.signal);
    controller.abort(new Error('gave up'));
    await expect(second).rejects.toThrow('gave up');
    release();
    await first;
    expect(ran).toBe(false);
    expect(await queue.run(async () => 'next')).toBe('next');
  });

  it('goes on after a job that failed', async () => {
    const queue = createJobQueue({ concurrency: 1, capacity: 1 });
    await expect(queue.run(async () => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
    expect(await queue.run(async () => 'fine')).toBe('fine');
  });
});
