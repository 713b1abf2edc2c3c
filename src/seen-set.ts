/** What was handled already: platforms deliver some events again, and their clients then run the listeners again. */
export interface SeenSet {
  /** True the first time within the window. */
  add(key: string): boolean;
  /** Lets a later delivery be handled: the first one failed before anybody saw an answer. */
  forget(key: string): void;
}

export type SeenSetOptions = {
  /** Longer than any platform goes on delivering: Slack's last repeat comes after six minutes. */
  readonly windowMs?: number;
  readonly capacity?: number;
  readonly now?: () => number;
};

/** Keys that are refused until they are forgotten, or older than `windowMs`; beyond `capacity` the oldest go. */
export function createSeenSet({
  windowMs = 15 * 60_000,
  capacity = 10_000,
  now = Date.now,
}: SeenSetOptions = {}): SeenSet {
  /** In order of arrival, so the oldest stand first. */
  const arrivals = new Map<string, number>();
  const dropOld = () => {
    for (const [key, at] of arrivals) {
      if (arrivals.size <= capacity && at > now() - windowMs) return;
      arrivals.delete(key);
    }
  };
  return {
    add(key) {
      dropOld();
      if (arrivals.has(key)) return false;
      arrivals.set(key, now());
      return true;
    },
    forget: (key) => void arrivals.delete(key),
  };
}
