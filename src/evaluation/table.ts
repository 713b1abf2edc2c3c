import type { Evaluation } from './evaluate.ts';
import type { Estimate, Quality } from './metrics.ts';

type Measure = keyof Quality;

const COLUMNS: readonly (readonly [Measure, string])[] = [
  ['recall5', 'recall@5'],
  ['ndcg5', 'nDCG@5'],
  ['mrr10', 'MRR@10'],
  ['answered', 'answered'],
  ['commentRecall5', 'comments@5'],
];
/** By these the default is compared with the others. */
const COMPARED: readonly (readonly [Measure, string])[] = COLUMNS.slice(0, 2);

/**
 * For a terminal of 100 columns: every measure with its 95 % interval, then by how much the last variant, the default,
 * is better than each other.
 */
export function renderTable(evaluation: Evaluation): string {
  const { variants } = evaluation;
  const last = variants.at(-1)?.variant ?? '';
  const figures = variants.map(({ variant, measures }) => [
    variant,
    ...COLUMNS.map(([measure]) => shortEstimate(measures[measure])),
  ]);
  const differences = variants
    .slice(0, -1)
    .map(({ variant, behind }) => [
      `  than ${variant}`,
      ...COMPARED.map(([measure]) => showDifference(behind[measure])),
    ]);
  return [
    headingOf(evaluation),
    '',
    align([['', ...COLUMNS.map(([, title]) => title)], ...figures]),
    '',
    align([[`${last} better`, ...COMPARED.map(([, title]) => title)], ...differences]),
  ].join('\n');
}

/** The same for a page, fewer figures a row. */
export function renderMarkdown(evaluation: Evaluation): string {
  const { variants } = evaluation;
  const head = ['', 'recall@5', 'nDCG@5', 'MRR@10', 'answered', 'default better by, recall@5', 'nDCG@5'];
  const rows = variants.map(({ variant, measures, behind }, index) => [
    variant,
    ...COMPARED.map(([measure]) => showEstimate(measures[measure])),
    showFigure(measures.mrr10.mean),
    showFigure(measures.answered.mean),
    ...COMPARED.map(([measure]) => (index === variants.length - 1 ? '' : showDifference(behind[measure]))),
  ]);
  const lines = [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`);
  return [headingOf(evaluation), '', ...lines].join('\n');
}

export function headingOf({ set, questions, comments }: Evaluation): string {
  return `${set}: ${questions.toLocaleString('en-US')} questions, ${comments.toLocaleString('en-US')} comments`;
}

function align(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** `.414 .38-.44` */
function shortEstimate({ mean, low, high }: Estimate): string {
  return `${showFigure(mean)} ${showFigure(low, 2)}-${showFigure(high, 2)}`;
}

/** `.414 (.383 to .441)` */
export function showEstimate({ mean, low, high }: Estimate): string {
  return `${showFigure(mean)} (${showFigure(low)} to ${showFigure(high)})`;
}

/** `+.058 (+.040 to +.078)` */
export function showDifference({ mean, low, high }: Estimate): string {
  const sign = (value: number) => (value >= 0 ? `+${showFigure(value)}` : `-${showFigure(-value)}`);
  return `${sign(mean)} (${sign(low)} to ${sign(high)})`;
}

/** Equally wide from 0 to 1: `.414`, `1.00` */
export function showFigure(value: number, digits = 3): string {
  return value
    .toFixed(digits)
    .replace(/^0\./, '.')
    .slice(0, digits + 1);
}
