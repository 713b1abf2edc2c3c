import type { ChannelReport, Totals } from '../report/help-report.ts';
import { KINDS, type OutcomeKind } from '../report/outcome-kind.ts';
import { type Html, html } from './html.ts';

const HEIGHT = 160;
const BASE = 24;
const STEP = 64;
const BAR = 40;
const WEEK_MS = 7 * 24 * 3600_000;

/** The questions of a channel, a bar for each week, stacked by what came of them. Colours are the page's. */
export function plotWeeks({ weeks, channel }: Pick<ChannelReport, 'weeks' | 'channel'>): Html {
  const [first, last] = [weeks[0]?.week ?? 0, weeks.at(-1)?.week ?? 0];
  const most = Math.max(1, ...weeks.map(({ totals }) => sumOf(totals)));
  const bars = weeks.map(({ week, totals }) => {
    const x = ((week - first) / WEEK_MS) * STEP;
    return plotWeek(new Date(week).toISOString().slice(0, 10), totals, { x, scale: HEIGHT / most });
  });
  const width = (last - first) / WEEK_MS + 1;
  const box = `0 0 ${Math.max(8, width) * STEP} ${HEIGHT + BASE + 16}`;
  return html`<svg class="plot" viewBox="${box}" preserveAspectRatio="xMinYMid" role="img" aria-label="Questions by week in channel ${channel}">${bars}</svg>
<ul class="legend">${KINDS.filter((kind) => weeks.some(({ totals }) => totals[kind] > 0)).map(
    (kind) =>
      html`<li><svg viewBox="0 0 10 10" aria-hidden="true"><rect class="k-${kind}" width="10" height="10"/></svg>${kind}</li>`,
  )}</ul>`;
}

function plotWeek(date: string, totals: Totals, { x, scale }: { readonly x: number; readonly scale: number }): Html {
  let top = HEIGHT + 16;
  const parts = KINDS.filter((kind) => totals[kind] > 0).map((kind: OutcomeKind) => {
    const height = totals[kind] * scale;
    top -= height;
    return html`<rect class="k-${kind}" x="${x.toFixed(0)}" y="${top.toFixed(1)}" width="${BAR}" height="${height.toFixed(1)}"><title>week of ${date}: ${kind} ${totals[kind]}</title></rect>`;
  });
  const middle = (x + BAR / 2).toFixed(0);
  return html`<g>${parts}<text x="${middle}" y="${(top - 4).toFixed(1)}">${sumOf(totals)}</text><text x="${middle}" y="${HEIGHT + BASE + 8}">${date.slice(5)}</text></g>`;
}

function sumOf(totals: Totals): number {
  return KINDS.reduce((sum, kind) => sum + totals[kind], 0);
}
