import { safeLink } from '../reply-text.ts';
import { evidenceLine } from '../report/evidence.ts';
import type { AlikeGroup } from '../report/group-alike.ts';
import type { ChannelReport } from '../report/help-report.ts';
import { DEFINITIONS, KINDS, kindOf } from '../report/outcome-kind.ts';
import { groupText } from '../report/report-text.ts';
import { type Html, html, nothing } from './html.ts';
import { layout } from './page.ts';
import { plotWeeks } from './report-plot.ts';

const MOST_GROUPS = 20;
const MOST_LINKS = 10;

/** What automatic replies did in help channels, a plot for each channel, with what each word means. */
export function reportPage(reports: readonly ChannelReport[]): string {
  const none = html`<p class="empty">No question in a help channel was noted yet. The README says how to switch one on.</p>`;
  return layout({
    main: html`<div class="wide report">
<h1>Help channels</h1>
${reports.length === 0 ? none : reports.map(channelPart)}
${reports.length === 0 ? nothing : definitions()}
</div>`,
  });
}

function channelPart(report: ChannelReport): Html {
  const { platform, server, channel, versions, trouble } = report;
  const kinds = KINDS.filter((kind) => versions.some(({ totals }) => totals[kind] > 0));
  const rows = versions.map(
    ({ mode, version, totals }) =>
      html`<tr><th scope="row">${mode}, ${version}</th>${kinds.map((kind) => html`<td>${totals[kind]}</td>`)}</tr>`,
  );
  const evidence = versions.flatMap(({ mode, version, totals }) => {
    const line = mode === 'shadow' ? evidenceLine(totals) : undefined;
    return line ? [html`<p class="facts">${version}: ${line}</p>`] : [];
  });
  return html`<section>
<h2>${platform}, channel ${channel}</h2>
<p class="facts">server ${server ?? 'none'}</p>
${plotWeeks(report)}
<div class="table"><table><thead><tr><th scope="col">mode, version</th>${kinds.map((kind) => html`<th scope="col">${kind}</th>`)}</tr></thead><tbody>${rows}</tbody></table></div>
${evidence}
${trouble.length > 0 ? html`<h3>To look at</h3><ul class="trouble">${trouble.slice(0, MOST_GROUPS).map(groupPart)}</ul>` : nothing}
</section>`;
}

function groupPart(group: AlikeGroup): Html {
  const links = group.slice(0, MOST_LINKS).map((outcome) => {
    const link = safeLink({ sample: false }, outcome.link);
    const day = new Date(outcome.decidedAt).toISOString().slice(0, 10);
    const text = `${kindOf(outcome)}, ${day}`;
    return link ? html` <a href="${link}">${text}</a>` : html` <span>${text}</span>`;
  });
  const more = group.length - links.length;
  return html`<li>${groupText(group)}:${links}${more > 0 ? html` and ${more} more` : nothing}</li>`;
}

function definitions(): Html {
  return html`<section><h2>What the words mean</h2><dl>${KINDS.map(
    (kind) => html`<dt>${kind}</dt><dd>${DEFINITIONS[kind]}</dd>`,
  )}</dl></section>`;
}
