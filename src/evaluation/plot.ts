import type { Evaluation } from './evaluate.ts';
import type { Estimate } from './metrics.ts';

const WIDTH = 760;
const NAMES = 250;
const ROW = 20;
const HEAD = 34;
const GAP = 18;

/**
 * A picture of the table: recall@5 by issue of every variant with its 95 % interval, set by set. Plain SVG, readable on
 * light and dark ground.
 */
export function plotEvaluations(evaluations: readonly Evaluation[]): string {
  let top = 8;
  const parts = evaluations.map((evaluation) => {
    const part = plotSet(evaluation, top);
    top += HEAD + ROW * evaluation.variants.length + GAP;
    return part;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${top}" role="img" aria-label="Recall at five by variant" font-family="system-ui, sans-serif" font-size="13">`,
    '<style>text{fill:#24292f}.m{fill:#57606a}.b{fill:#8c959f}.d{fill:#0969da}.i{stroke:#57606a;stroke-width:2}.a{stroke:#d0d7de}@media(prefers-color-scheme:dark){text{fill:#e6edf3}.m{fill:#9198a1}.b{fill:#6e7681}.d{fill:#4493f8}.i{stroke:#9198a1}.a{stroke:#3d444d}}</style>',
    ...parts,
    '</svg>',
    '',
  ].join('\n');
}

function plotSet({ set, questions, comments, variants }: Evaluation, top: number): string {
  const most = Math.max(0.1, ...variants.map(({ measures }) => measures.recall5.high));
  const x = (value: number) => NAMES + ((WIDTH - NAMES - 60) * value) / most;
  const heading = `${set}: recall@5 over ${questions.toLocaleString('en-US')} questions, ${comments.toLocaleString('en-US')} comments`;
  const rows = variants.map(({ variant, measures }, index) => {
    const y = top + HEAD + ROW * index;
    return plotRow(variant, measures.recall5, { x, y, isDefault: index === variants.length - 1 });
  });
  return [`<text x="0" y="${top + 16}" font-weight="600">${escapeXml(heading)}</text>`, ...rows].join('\n');
}

type RowPlace = { readonly x: (value: number) => number; readonly y: number; readonly isDefault: boolean };

function plotRow(variant: string, { mean, low, high }: Estimate, { x, y, isDefault }: RowPlace): string {
  const width = (x(mean) - x(0)).toFixed(1);
  return [
    `<text x="${NAMES - 8}" y="${y + 13}" text-anchor="end" class="${isDefault ? '' : 'm'}">${escapeXml(variant)}</text>`,
    `<rect x="${x(0).toFixed(1)}" y="${y + 3}" width="${width}" height="12" class="${isDefault ? 'd' : 'b'}"/>`,
    `<line x1="${x(low).toFixed(1)}" x2="${x(high).toFixed(1)}" y1="${y + 9}" y2="${y + 9}" class="i"/>`,
    `<text x="${(x(high) + 6).toFixed(1)}" y="${y + 13}">${mean.toFixed(3)}</text>`,
  ].join('');
}

function escapeXml(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
