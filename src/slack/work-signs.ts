import type { Room } from '../help/chat.ts';
import type { Posted } from './posting.ts';
import { renderText, type SlackMessage } from './reply.ts';

/** Messages that appear where an answer takes its time, and become the answer. */
export interface WorkSigns {
  /** From a while on there is one, until it is taken or the signal aborts. */
  show(room: Room, until: AbortSignal): void;
  /** The sign in a room, which is no longer one from now on; undefined where there is none. */
  take(room: Room): Promise<Posted | undefined>;
  /** Where somebody still waits, and the sign that is shown there: from now on nothing is shown or taken away. */
  close(): Promise<readonly { readonly room: Room; readonly shown: Posted | undefined }[]>;
}

export type WorkSignsOptions = {
  readonly afterMs: number;
  readonly post: (room: Room, message: SlackMessage) => Promise<Posted>;
  readonly remove: (posted: Posted) => Promise<void>;
};

type Sign = { readonly room: Room; readonly timer: NodeJS.Timeout; shown: Promise<Posted | undefined> | undefined };

export function createWorkSigns({ afterMs, post, remove }: WorkSignsOptions): WorkSigns {
  const signs = new Map<string, Sign[]>();

  const withdraw = (key: string, sign: Sign): boolean => {
    clearTimeout(sign.timer);
    const there = signs.get(key) ?? [];
    const left = there.filter((other) => other !== sign);
    if (left.length > 0) signs.set(key, left);
    else signs.delete(key);
    return left.length < there.length;
  };

  return {
    show(room, until) {
      if (until.aborted) return;
      const key = keyOf(room);
      const sign: Sign = {
        room,
        shown: undefined,
        timer: setTimeout(() => {
          sign.shown = post(room, renderText('Looking for an answer …')).catch(() => undefined);
        }, afterMs),
      };
      signs.set(key, [...(signs.get(key) ?? []), sign]);
      const end = () => {
        // Nothing came of it.
        if (withdraw(key, sign)) void sign.shown?.then((posted) => posted && remove(posted)).catch(() => {});
      };
      until.addEventListener('abort', end, { once: true });
    },
    async take(room) {
      const key = keyOf(room);
      const [sign] = signs.get(key) ?? [];
      if (!sign) return undefined;
      withdraw(key, sign);
      return sign.shown;
    },
    async close() {
      const left = [...signs.values()].flat();
      for (const sign of left) withdraw(keyOf(sign.room), sign);
      return Promise.all(left.map(async ({ room, shown }) => ({ room, shown: await shown })));
    },
  };
}

function keyOf({ channel, thread = '' }: Room): string {
  return `${channel}:${thread}`;
}
