import { afterEach, describe, expect, it } from 'vitest';
import { BusyError, OperatorError, UserError } from '../../src/errors.ts';
import { connect, type Remote, startWorker } from '../../src/worker/channel.ts';

let remote: Remote;
const start = () => {
  remote = connect(startWorker('echo-worker', import.meta.url));
  return remote;
};
afterEach(() => remote.close());

describe('a channel to a worker', () => {
  it('brings arguments over and results back, many at once', async () => {
    start();
    expect(await Promise.all([1, 'two', { three: [3] }].map((value) => remote.call('echo', value)))).toEqual([
      1,
      'two',
      { three: [3] },
    ]);
    expect(await remote.call<Float32Array>('floats', 3)).toEqual(new Float32Array([1.5, 1.5, 1.5]));
  });

  it('revives errors as what they were, causes included', async () => {
    start();
    await expect(remote.call('fail', 'user')).rejects.toThrow(UserError);
    await expect(remote.call('fail', 'busy')).rejects.toMatchObject({ constructor: BusyError, retryAfterMs: 1500 });
    const error = await remote.call('fail', 'operator').catch((thrown: unknown) => thrown as Error);
    expect(error).toBeInstanceOf(OperatorError);
    expect((error as Error).cause).toMatchObject({ message: 'why' });
    await expect(remote.call('fail', 'bug')).rejects.toMatchObject({ name: 'TypeError', message: 'a bug' });
    await expect(remote.call('nothing')).rejects.toThrow('the worker has no method nothing');
  });

  it('gives up a call when its signal aborts, and goes on', async () => {
    start();
    const controller = new AbortController();
    const waiting = remote.call('wait', undefined, { signal: controller.signal });
    controller.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
    expect(await remote.call('echo', 1)).toBe(1);
    await expect(remote.call('echo', 1, { signal: AbortSignal.abort(new Error('too late')) })).rejects.toThrow(
      'too late',
    );
  });

  it('fails waiting and later calls when the worker is gone', async () => {
    start();
    const waiting = remote.call('wait').catch((error: unknown) => error as Error);
    await expect(remote.call('exit')).rejects.toThrow('the worker stopped (exit code 3)');
    expect(await waiting).toMatchObject({ message: 'the worker stopped (exit code 3)' });
    await expect(remote.call('echo', 1)).rejects.toThrow('the worker stopped');
  });

  it('starts workers with one OpenMP thread', async () => {
    start();
    expect(await remote.call('threads')).toBe('1');
  });
});
