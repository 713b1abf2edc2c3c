const HOUR_MS = 3600_000;

/** How often something happened within the last hour, by key; the limit may differ from time to time. */
export interface HourlyCounts {
  /** Counts one more, unless there were as many as the limit. */
  take(key: string, limit: number): boolean;
}

export function createHourlyCounts(now: () => number): HourlyCounts {
  const times = new Map<string, readonly number[]>();
  return {
    take(key, limit) {
      const recent = (times.get(key) ?? []).filter((at) => at > now() - HOUR_MS);
      const isFree = recent.length < limit;
      times.set(key, isFree ? [...recent, now()] : recent);
      return isFree;
    },
  };
}
