import { inOrderOf, RERANKED, textToRead } from '../retrieval/rerank.ts';
import type { QuerySet } from './query-sets.ts';

/** One score a text, as `Reranker.score`. */
export type Score = (question: string, texts: readonly string[]) => Promise<Float32Array>;

/** The rankings with their first places as a cross-encoder orders them; of a set without titles it reads none. */
export async function rerankPlaces(
  { passages, layout, queries }: QuerySet,
  rankings: readonly (readonly number[])[],
  score: Score,
): Promise<readonly (readonly number[])[]> {
  const textAt = (place: number) => {
    const passage = passages[place];
    if (!passage) return '';
    return layout === 'comment' ? passage.text : textToRead(passage);
  };
  const issueAt = (place: number) => passages[place]?.issue ?? '';
  const reranked: (readonly number[])[] = [];
  for (const [query, ranking] of rankings.entries()) {
    const first = ranking.slice(0, RERANKED);
    const scores = await score(queries[query]?.text ?? '', first.map(textAt));
    reranked.push([...inOrderOf(scores, first, issueAt), ...ranking.slice(RERANKED)]);
  }
  return reranked;
}
