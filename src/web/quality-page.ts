import type { Evaluation } from '../evaluation/evaluate.ts';
import { type KeptEvaluation, modelsText, type Served, whyStale } from '../evaluation/kept-evaluation.ts';
import { headingOf, showDifference, showEstimate, showFigure } from '../evaluation/table.ts';
import { duration } from '../progress.ts';
import { visibleLine } from '../visible-text.ts';
import { type Html, html, nothing } from './html.ts';
import { layout } from './page.ts';
import { dateText } from './reply.ts';

/** What the last `npm run eval` found: the plot, and a table for each set of questions. */
export function qualityPage(kept: KeptEvaluation | undefined, served: Served): string {
  const none = html`<p class="empty">Nothing was measured yet. <code>npm run eval</code> does it, on the titles of your own issues; it takes minutes.</p>`;
  return layout({
    main: html`<div class="wide report">
<h1>How well answers are found</h1>
${kept ? measuredPart(kept, served) : none}
</div>`,
  });
}

function measuredPart(kept: KeptEvaluation, served: Served): Html {
  const { issues, file, measuredAt, tookSeconds, evaluations } = kept;
  const stale = whyStale(kept, served);
  const corpus = `${issues.toLocaleString('en-US')} issues of ${file === undefined ? 'the corpus' : visibleLine(file)}`;
  return html`<p class="facts">Measured on ${dateText(measuredAt)} in ${duration(tookSeconds)} on ${corpus}, with ${modelsText(kept)}.</p>
${stale ? html`<p class="notes">Stale: ${stale}. <code>npm run eval</code> measures again.</p>` : nothing}
<img class="plot-picture" src="/quality.svg" alt="Recall at five of every way to rank, with intervals">
${evaluations.map(tablePart)}
<section><h2>What the words mean</h2><dl>${MEANINGS.map(([word, meaning]) => html`<dt>${word}</dt><dd>${meaning}</dd>`)}</dl></section>`;
}

function tablePart(evaluation: Evaluation): Html {
  const rows = evaluation.variants.map(
    ({ variant, measures, behind }, index, { length }) =>
      html`<tr><th scope="row">${visibleLine(variant)}</th><td>${showEstimate(measures.recall5)}</td><td>${showEstimate(measures.ndcg5)}</td><td>${showFigure(measures.mrr10.mean)}</td><td>${showFigure(measures.answered.mean)}</td><td>${index === length - 1 ? '' : showDifference(behind.recall5)}</td></tr>`,
  );
  return html`<section><h2>${visibleLine(headingOf(evaluation))}</h2>
<div class="table"><table><thead><tr><th scope="col">ranking</th><th scope="col">recall@5</th><th scope="col">nDCG@5</th><th scope="col">MRR@10</th><th scope="col">answered</th><th scope="col">default better by, recall@5</th></tr></thead><tbody>${rows}</tbody></table></div>
</section>`;
}

const MEANINGS: readonly (readonly [string, string])[] = [
  ['recall@5', 'the part of the answering issues that have a hit among the first five'],
  ['nDCG@5', 'the same, a hit counting the more the higher it stands; an issue counts once'],
  ['MRR@10', 'one over the rank of the first right hit, of ten'],
  ['answered', 'how often any of the first five hits is right'],
  ['(a to b)', 'the 95 % interval, drawn from the questions again and again; the last ranking is the default'],
];
