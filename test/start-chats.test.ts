import { describe, expect, it } from 'vitest';
import { OperatorError, UnavailableError } from '../src/errors.ts';
import { createLogger } from '../src/log.ts';
import type { Platform } from '../src/platform.ts';
import { startChats } from '../src/start-chats.ts';

const lines: string[] = [];
const log = createLogger({ write: (line) => lines.push(line) });

function platform(...outcomes: readonly (Error | undefined)[]): Platform & { starts: number } {
  const left = [...outcomes];
  return {
    name: 'Test',
    starts: 0,
    async start() {
      this.starts++;
      const outcome = left.shift();
      if (outcome) throw outcome;
    },
    health: () => ({ ok: true, detail: 'connected' }),
    async close() {},
  };
}

describe('starting the chats', () => {
  it('tries a chat that cannot be reached again until it can, while the others are connected', async () => {
    const away = new UnavailableError('Discord could not be reached.');
    const late = platform(away, away, undefined);
    const ready = platform(undefined);
    await startChats([late, ready], { log, signal: AbortSignal.timeout(10_000), retryMs: [1] });
    expect([late.starts, ready.starts]).toEqual([3, 1]);
    expect(lines.filter((line) => line.includes('Discord could not be reached. Trying again'))).toHaveLength(2);
  });

  it('fails at once when only the operator can mend it', async () => {
    const wrong = platform(new OperatorError('Discord refuses the token.'));
    const starting = startChats([wrong], { log, signal: AbortSignal.timeout(10_000), retryMs: [1] });
    await expect(starting).rejects.toThrow('refuses the token');
    expect(wrong.starts).toBe(1);
  });

  it('gives up when the bot stops', async () => {
    const stopping = new AbortController();
    const away = platform(new UnavailableError('away'));
    const starting = startChats([away], { log, signal: stopping.signal, retryMs: [60_000] });
    setTimeout(() => stopping.abort(new Error('stopping')), 20);
    await expect(starting).rejects.toThrow();
    expect(away.starts).toBe(1);
  });
});
