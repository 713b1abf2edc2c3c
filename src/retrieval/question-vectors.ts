import { createHash } from 'node:crypto';
import type { Embedder } from '../embedding/embedder.ts';

/** The vectors of questions asked lately, so that asking again with another filter embeds nothing. */
export interface QuestionVectors {
  /** @throws what the embedder throws */
  of(question: string, embedder: Embedder, signal: AbortSignal | undefined): Promise<Float32Array>;
}

const MOST_KEPT = 200;

export function createQuestionVectors(): QuestionVectors {
  /** By a hash, so that no question outlives its answer here. The oldest first. */
  const kept = new Map<string, Float32Array>();
  return {
    async of(question, embedder, signal) {
      const { weightsSha256, pooling, maxTokens } = embedder.identity;
      const key = createHash('sha256').update(`${weightsSha256} ${pooling} ${maxTokens}\n${question}`).digest('base64');
      const known = kept.get(key);
      kept.delete(key);
      const vector = known ?? (await embedder.embed([question], { priority: 'question', signal }));
      kept.set(key, vector);
      if (kept.size > MOST_KEPT) kept.delete(kept.keys().next().value as string);
      return vector;
    },
  };
}
