import type { Posts } from '../memory/posts.ts';
import type { Room } from './chat.ts';
import type { RoomPolicy } from './help-channels.ts';
import { roomKey } from './help-desk.ts';

/** How many public answers a channel wants within an hour, however they come about, also across a restart. */
export interface PublicTurns {
  /** Counts one more answer that everybody in the channel will see; false where the hour had enough of them. */
  take(room: Room): Promise<boolean>;
}

export type PublicTurnsOptions = {
  readonly posts: Pick<Posts, 'timesSince'>;
  readonly policyOf: (room: Room) => Pick<RoomPolicy, 'perHour'>;
  readonly now: () => number;
};

const HOUR_MS = 3600_000;

export function createPublicTurns({ posts, policyOf, now }: PublicTurnsOptions): PublicTurns {
  /** By channel; what was posted before the start is looked up with the first turn. */
  const times = new Map<string, Promise<readonly number[]>>();

  async function recent(room: Room, key: string): Promise<readonly number[]> {
    const since = now() - HOUR_MS;
    const known = (await times.get(key)) ?? (await posts.timesSince(since, room));
    return known.filter((at) => at > since);
  }

  return {
    async take(room) {
      const { perHour } = policyOf(room);
      if (perHour === undefined) return true;
      const key = roomKey({ ...room, thread: undefined });
      const before = recent(room, key);
      // In the order asked, so that two at once do not both get the last turn.
      const after = before.then((known) => (known.length < perHour ? [...known, now()] : known));
      times.set(key, after);
      after.catch(() => times.delete(key));
      return (await after).length > (await before).length;
    },
  };
}

/** Said where a public answer was wanted that is not given. */
export const ENOUGH_THIS_HOUR = 'That was enough public answers for this hour in this channel.';
