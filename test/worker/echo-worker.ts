import { parentPort } from 'node:worker_threads';
import { BusyError, OperatorError, UserError } from '../../src/errors.ts';
import { serve, withTransfer } from '../../src/worker/channel.ts';

// The other side of the channel's tests.
if (parentPort) {
  serve(parentPort, {
    echo: (value: unknown) => value,
    floats: (length: number) => {
      const array = new Float32Array(length).fill(1.5);
      return withTransfer(array, [array.buffer]);
    },
    fail: (kind: string) => {
      if (kind === 'user') throw new UserError('said to the asker');
      if (kind === 'busy') throw new BusyError(1500);
      if (kind === 'operator') throw new OperatorError('said to the operator', { cause: new Error('why') });
      throw new TypeError('a bug');
    },
    wait: (_argument: undefined, { signal }: { signal: AbortSignal }) =>
      new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
    exit: () => process.exit(3),
    threads: () => process.env.OMP_NUM_THREADS,
  });
}
