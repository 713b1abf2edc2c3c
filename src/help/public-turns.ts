import type { Posts } from '../memory/posts.ts';
import type { Room } from './chat.ts';
import type { RoomPolicy } from './help-channels.ts';
import { roomKey } from './help-desk.ts';

/** How many public answers a channel and its server want within an hour, however they come about, also across a restart. */
export interface PublicTurns {
  /** Counts one more answer that everybody in the channel will see; false where the hour had enough of them. */
  take(room: Room): Promise<boolean>;
}

export type PublicTurnsOptions = {
  readonly posts: Pick<Posts, 'timesSince'>;
  readonly policyOf: (room: Room) => Pick<RoomPolicy, 'perHour' | 'serverPerHour'>;
  readonly now: () => number;
};

const HOUR_MS = 3600_000;

export function createPublicTurns({ posts, policyOf, now }: PublicTurnsOptions): PublicTurns {
  /** By channel and by server; what was posted before the start is looked up with the first turn. */
  const times = new Map<string, readonly number[]>();
  /** One after the other, so that two at once do not both get the last turn. */
  let last: Promise<unknown> = Promise.resolve();

  async function recent(key: string, where: Parameters<Posts['timesSince']>[1]): Promise<readonly number[]> {
    const since = now() - HOUR_MS;
    const known = times.get(key) ?? (await posts.timesSince(since, where));
    return known.filter((at) => at > since);
  }

  async function take(room: Room): Promise<boolean> {
    const { perHour, serverPerHour } = policyOf(room);
    const { platform, server, channel } = room;
    const limits = [
      { most: perHour, key: roomKey({ ...room, thread: undefined }), where: { platform, server, channel } },
      { most: serverPerHour, key: `server:${platform}:${server}`, where: { platform, server } },
    ];
    const counted = await Promise.all(
      limits.flatMap(({ most, key, where }) =>
        most === undefined ? [] : [recent(key, where).then((before) => ({ most, key, before }))],
      ),
    );
    if (counted.some(({ most, before }) => before.length >= most)) return false;
    for (const { key, before } of counted) times.set(key, [...before, now()]);
    return true;
  }

  return {
    take(room) {
      const turn = last.then(() => take(room));
      last = turn.catch(() => {});
      return turn;
    },
  };
}

/** Said where a public answer was wanted that is not given, be it the channel or its server that had enough. */
export const ENOUGH_THIS_HOUR = 'That was enough public answers for this hour here.';
