/**
 * What was seen lately. Slack delivers an event again when it missed the acknowledgement: at once, after one minute
 * and after five. A key that was claimed is refused until it is released (its handling failed, so the next delivery
 * is to be handled) or until it is older than `ttlMs`.
 */
export interface Seen {
  /** True for who comes first. */
  claim(key: string): boolean;
  release(key: string): void;
}

export function createSeen({
  ttlMs = 15 * 60_000,
  capacity = 10_000,
  now = Date.now,
}: {
  ttlMs?: number;
  capacity?: number;
  now?: () => number;
} = {}): Seen {
  /** In the order of claiming, so the oldest come first. */
  const claimedAt = new Map<string, number>();

  const dropOld = (time: number) => {
    for (const [key, at] of claimedAt) {
      if (at > time - ttlMs && claimedAt.size <= capacity) return;
      claimedAt.delete(key);
    }
  };
  return {
    claim(key) {
      const time = now();
      dropOld(time);
      if (claimedAt.has(key)) return false;
      claimedAt.set(key, time);
      return true;
    },
    release: (key) => void claimedAt.delete(key),
  };
}
