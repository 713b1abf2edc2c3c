import { bandText, nothingCloseText } from '../band-text.ts';
import { boldOf } from '../bold-words.ts';
import {
  emptyText,
  footer,
  hitFactsByName,
  hitPlace,
  safeLink,
  samplePath,
  scoreText,
  standing,
} from '../reply-text.ts';
import type { Answer, Hit } from '../retrieval/answer.ts';
import { visibleLine } from '../visible-text.ts';
import { isLong, renderComment } from './comment-html.ts';
import { type Html, html, nothing } from './html.ts';

/** An answer as the part of the page below the question. Everything from GitHub comes out inert. */
export function renderAnswer(answer: Answer, now: Date = new Date()): Html {
  const count = countText(answer);
  const nothingClose = nothingCloseText(answer);
  return html`<section class="answer" aria-label="Answer" data-said="${count} in ${Math.round(answer.tookMs)} milliseconds.">
<p class="engine">${count} · ${footer(answer)}</p>
${answer.notes.length > 0 ? html`<ul class="notes">${answer.notes.map((note) => html`<li>${note}</li>`)}</ul>` : nothing}
${nothingClose === undefined ? nothing : html`<p class="nothing-close">${nothingClose}</p>`}
${answer.hits.length > 0 ? html`<ol class="hits">${answer.hits.map((hit) => renderHit(hit, answer, now))}</ol>` : html`<p class="empty">${emptyText(answer)}</p>`}
</section>`;
}

/** In place of an answer: what was wrong with the question, or that something broke. */
export function renderFailure(text: string): Html {
  return html`<section class="answer" data-said="${text}"><p class="failure">${text}</p></section>`;
}

function countText({ hits }: Answer): string {
  if (hits.length === 0) return 'No comments';
  return hits.length === 1 ? 'One comment' : `${hits.length} comments`;
}

function renderHit(hit: Hit, answer: Answer, now: Date): Html {
  const issue = linkTo(hit, hit.issueUrl);
  const title = visibleLine(hit.title) || 'Untitled issue';
  const [label = '', value = ''] = splitScore(scoreText(hit.score, answer.metric));
  return html`<li class="hit" data-hit>
<article>
<header>
<p class="score">${label} <span>${value}</span></p>
<h2 dir="auto">${issue ? anchor(issue, title) : html`<span tabindex="-1">${title}</span>`}</h2>
<p class="facts">${joined(facts(hit, now))}</p>
</header>
${isLong(hit.comment) ? html`<details class="fold"><summary><span class="more">Show whole comment</span><span class="less">Show less</span></summary></details>` : nothing}
<blockquote class="comment" dir="auto">${renderComment(hit.comment, boldOf(answer.question))}</blockquote>
</article>
</li>
`;
}

/** `score 24.6` as its word and its number: the number stands out. */
function splitScore(text: string): readonly string[] {
  const space = text.lastIndexOf(' ');
  return [text.slice(0, space), text.slice(space + 1)];
}

function facts(hit: Hit, now: Date): readonly Html[] {
  const link = linkTo(hit, hit.commentUrl);
  const pull = safeLink(hit, hit.closedBy);
  const { because, accepted, state, version, age, reactions, labels } = hitFactsByName(hit, now);
  const text = (fact: string | false | undefined) => (fact ? html`<span>${visibleLine(fact)}</span>` : nothing);
  const author = hit.author && html`by <bdi>${visibleLine(hit.author)}</bdi>${standing(hit)}`;
  return [
    text(bandText(hit)),
    text(hitPlace(hit)),
    text(because),
    text(accepted),
    state && pull ? anchor(pull, visibleLine(state)) : text(state),
    text(version),
    author ? html`<span>${author}</span>` : nothing,
    age ? html`<time datetime="${hit.createdAt}">${age}</time>` : nothing,
    text(reactions),
    labels ? html`<span dir="auto">${labels}</span>` : nothing,
    link ? anchor(link, 'the comment') : nothing,
  ].filter((fact) => fact !== nothing);
}

function joined(parts: readonly Html[]): readonly Html[] {
  return parts.map((part, index) => (index === 0 ? part : html` · ${part}`));
}

/** Sample hits open here, at `/sample/N`; all others on the web, when their address is safe. */
function linkTo(hit: Hit, url: string | undefined): string | undefined {
  return hit.sample ? samplePath(url) : safeLink(hit, url);
}

function anchor(href: string, text: string): Html {
  const away = href.startsWith('https:');
  return html`<a href="${href}" target="_blank" rel="noopener${away ? ' noreferrer nofollow ugc' : ''}">${text}</a>`;
}

const DATE = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'long', year: 'numeric', timeZone: 'UTC' });

/** `20 November 2026`; undefined for what is no date. */
export function dateText(isoDate: string | null | undefined): string | undefined {
  const time = Date.parse(isoDate ?? '');
  return Number.isNaN(time) ? undefined : DATE.format(time);
}
