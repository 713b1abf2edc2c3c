import { SAMPLE_SOURCE } from '../corpus/source.ts';
import type { SourceRecord } from '../corpus/store.ts';

/** What answers and status tell of the corpus that is served. */
export type CorpusFacts = {
  /** True while the sample corpus stands in for a source. */
  readonly sample: boolean;
  /** The sources that comments are found of. */
  readonly sources: readonly string[];
  /** ISO 8601: when the latest of them was read; undefined while there is none. */
  readonly readAt: string | undefined;
};

export function corpusFacts(records: readonly SourceRecord[]): CorpusFacts {
  const found = records.filter(({ comments }) => comments > 0);
  const sources = found.map(({ spec }) => spec);
  const times = found.map(({ readAt }) => readAt).filter((readAt) => readAt !== undefined);
  return { sample: sources.includes(SAMPLE_SOURCE), sources, readAt: times.sort().at(-1) };
}
