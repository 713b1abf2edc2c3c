import type { Evaluation } from './evaluate.ts';
import type { Estimate, Quality } from './metrics.ts';

const COLUMNS: readonly (readonly [keyof Quality, string])[] = [
  ['recall5', 'recall@5'],
  ['ndcg5', 'nDCG@5'],
  ['mrr10', 'MRR@10'],
  ['commentRecall5', 'recall@5, comments'],
  ['answered', 'answered'],
];

/** Markdown: a table a set, each figure with its 95 % interval; the last two columns compare with the default recipe. */
export function renderTable({ set, questions, comments, variants }: Evaluation): string {
  const head = ['', ...COLUMNS.map(([, title]) => title), 'default better by (recall@5)', '(nDCG@5)'];
  const rows = variants.map(({ variant, measures, behind }, index) => [
    variant,
    ...COLUMNS.map(([measure]) => showEstimate(measures[measure])),
    ...(index === variants.length - 1 ? ['', ''] : [showDifference(behind.recall5), showDifference(behind.ndcg5)]),
  ]);
  const lines = [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`);
  const counts = `${questions.toLocaleString('en-US')} questions, ${comments.toLocaleString('en-US')} comments`;
  return [`${set}: ${counts}`, '', ...lines].join('\n');
}

function showEstimate({ mean, low, high }: Estimate): string {
  return `${show(mean)} (${show(low)} to ${show(high)})`;
}

function showDifference({ mean, low, high }: Estimate): string {
  const sign = (value: number) => (value >= 0 ? `+${show(value)}` : `-${show(-value)}`);
  return `${sign(mean)} (${sign(low)} to ${sign(high)})`;
}

/** `.414`, `1.000` */
function show(value: number): string {
  return value.toFixed(3).replace(/^0\./, '.');
}
