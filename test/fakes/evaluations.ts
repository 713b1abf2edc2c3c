import { type KeptEvaluation, toKept } from '../../src/evaluation/kept-evaluation.ts';
import { type Estimate, MEASURES, type Quality } from '../../src/evaluation/metrics.ts';

/** What was found with a MiniLM on the questions of one set, of one variant. */
export function anEvaluation(variant: string, estimate: Estimate = { mean: 0.5, low: 0.4, high: 0.6 }): KeptEvaluation {
  const measures = Object.fromEntries(MEASURES.map((measure) => [measure, estimate])) as Record<
    keyof Quality,
    Estimate
  >;
  const variants = [{ variant, measures, behind: measures }];
  return toKept({
    identity: { model: 'sentence-transformers/all-MiniLM-L6-v2', precision: 'int8', maxTokens: 256 },
    reranker: { model: 'cross-encoder/ms-marco-MiniLM-L6-v2', revision: 'main', precision: 'fp32' },
    measuredAt: '2026-11-20T10:00:00Z',
    tookSeconds: 180,
    issues: 1915,
    evaluations: [{ set: 'links', questions: 127, comments: 4934, variants }],
  });
}
