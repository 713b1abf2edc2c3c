/** What was handled already: Discord delivers some events twice, and discord.js then runs its listeners twice. */
export interface SeenSet {
  /** True the first time within the window. */
  add(id: string): boolean;
  /** Lets a later delivery be handled: the first one failed before anybody saw an answer. */
  forget(id: string): void;
}

export function createSeenSet({
  windowMs = 15 * 60_000,
  capacity = 10_000,
  now = Date.now,
}: {
  windowMs?: number;
  capacity?: number;
  now?: () => number;
} = {}): SeenSet {
  /** In order of arrival, so the oldest stand first. */
  const arrivals = new Map<string, number>();
  const drop = () => {
    for (const [id, at] of arrivals) {
      if (arrivals.size <= capacity && at > now() - windowMs) return;
      arrivals.delete(id);
    }
  };
  return {
    add(id) {
      drop();
      if (arrivals.has(id)) return false;
      arrivals.set(id, now());
      return true;
    },
    forget: (id) => void arrivals.delete(id),
  };
}
