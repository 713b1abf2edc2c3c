import { type CommentFilter, isOfSourcesAlone } from '../corpus/comment-filter.ts';
import type { CommentStore } from '../corpus/store.ts';

/** Which rows pass a filter; undefined: all that can be found do. */
export type RowFilters = (filter: CommentFilter | undefined) => Promise<((row: number) => boolean) | undefined>;

/** Places see few different sets of sources. */
const MOST_KEPT = 8;

/**
 * Asks the store which rows pass. What sources alone decide is kept until the corpus is another: it holds for every
 * question of a place. States and labels change without the corpus becoming another, so they are always asked for.
 */
export function createRowFilters(store: CommentStore): RowFilters {
  let version = -1;
  const kept = new Map<string, ReadonlySet<number>>();

  async function rowsOfSources(sources: readonly string[]): Promise<ReadonlySet<number>> {
    const now = await store.version();
    if (now !== version || kept.size >= MOST_KEPT) kept.clear();
    version = now;
    const key = JSON.stringify(sources);
    const rows = kept.get(key) ?? new Set(await store.rowsOf({ sources }));
    kept.set(key, rows);
    return rows;
  }

  return async (filter) => {
    if (!filter) return undefined;
    const { sources } = filter;
    if (!isOfSourcesAlone(filter)) {
      const rows = new Set(await store.rowsOf(filter));
      return (row) => rows.has(row);
    }
    if (!sources || (await isEverything(sources, store))) return undefined;
    const rows = await rowsOfSources(sources);
    return (row) => rows.has(row);
  };
}

async function isEverything(sources: readonly string[], store: CommentStore): Promise<boolean> {
  const found = (await store.sources()).filter(({ comments }) => comments > 0);
  return found.length > 0 && found.every(({ spec }) => sources.includes(spec));
}
