import type { SourceRecord } from '../corpus/store.ts';

const HOUR_MS = 3_600_000;

/**
 * What askers are told of a corpus that does not follow its repositories any more: `The index is 3 hours old.`
 * Undefined while it does, and for sources that are snapshots anyway.
 */
export function freshnessNote(records: readonly SourceRecord[], nowMs: number = Date.now()): string | undefined {
  const followed = records.filter(({ spec, comments, readAt }) => spec.startsWith('github:') && comments > 0 && readAt);
  const oldestMs = Math.min(...followed.map(({ readAt }) => Date.parse(readAt ?? '')));
  const hours = Math.floor((nowMs - oldestMs) / HOUR_MS);
  if (!Number.isFinite(hours) || hours < 1) return undefined;
  if (hours >= 48) return `The index is ${Math.floor(hours / 24)} days old.`;
  return `The index is ${hours === 1 ? 'an hour' : `${hours} hours`} old.`;
}
