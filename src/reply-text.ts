import type { Answer, Hit, Metric } from './retrieval/answer.ts';
import { excerpt, visibleLine } from './visible-text.ts';

/**
 * What every rendering of an answer shares: words and numbers, no platform's markup. Text from GitHub and from the
 * asker is untrusted; a renderer passes it through `visibleText` and then escapes it for its platform.
 */

/** Hits on a page of an answer. */
export const HITS_PER_PAGE = 5;

/** `score 24.6`, `distance 22.41`, `keyword score 8.1` */
export function scoreText(score: number, metric: Metric): string {
  const value = Math.abs(score) >= 10 ? score.toFixed(1) : score.toFixed(2);
  return `${{ ip: 'score', l2: 'distance', bm25: 'keyword score' }[metric]} ${value}`;
}

/** `today`, `3 days ago`, `5 months ago`, `2 years ago`; undefined for what is no date. */
export function ageText(isoDate: string | undefined, now: Date = new Date()): string | undefined {
  const time = Date.parse(isoDate ?? '');
  if (Number.isNaN(time)) return undefined;
  const days = Math.floor((now.getTime() - time) / 86_400_000);
  if (days < 1) return 'today';
  if (days < 2) return 'yesterday';
  // Not 60: that is not yet two months.
  if (days < 61) return `${days} days ago`;
  const months = Math.floor(days / 30.44);
  return months < 24 ? `${months} months ago` : `${Math.floor(days / 365.25)} years ago`;
}

/**
 * `same words used · accepted answer · closed as not planned · by octocat (member) · 2 years ago · 3 reactions · labels: question`: what is known of a hit
 * beside its score, as parts. Untrusted parts included.
 */
export function hitFacts(hit: Hit, now: Date = new Date()): readonly string[] {
  return Object.values(hitFactsByName(hit, now)).filter((fact): fact is string => Boolean(fact));
}

/** The same, by what each is about. */
export function hitFactsByName(hit: Hit, now: Date) {
  const { author, reactions = 0, labels = [] } = hit;
  return {
    because: hit.because,
    accepted: hit.accepted && 'accepted answer',
    state: stateText(hit),
    version: hit.version && `speaks of ${hit.version}`,
    author: author && `by ${visibleLine(author)}${standing(hit)}`,
    age: ageText(hit.createdAt, now),
    reactions: reactions > 0 && `${reactions} ${reactions === 1 ? 'reaction' : 'reactions'}`,
    labels: labels.length > 0 && `labels: ${labels.slice(0, MOST_LABELS).map(visibleLine).join(', ')}`,
  };
}

const MOST_LABELS = 3;
/** People whose word has weight there. */
const STANDINGS = new Set(['OWNER', 'MEMBER', 'COLLABORATOR', 'CONTRIBUTOR']);

/** ` (member)`, ` (reporter)`: what the author is to the repository and to the issue. */
export function standing({ authorAssociation = '', byReporter }: Hit): string {
  const parts = [STANDINGS.has(authorAssociation) && authorAssociation.toLowerCase(), byReporter && 'reporter'];
  const said = parts.filter(Boolean).join(', ');
  return said && ` (${said})`;
}

const CLOSED_AS = new Set(['not_planned', 'duplicate', 'outdated']);

/** `closed 2021, fixed in #12`; that it was completed is what everybody takes `closed` for. */
function stateText(hit: Hit): string | undefined {
  const { state, stateReason = '', closedAt = '' } = hit;
  if (state !== 'closed') return state;
  const [year] = /^\d{4}(?=-)/.exec(closedAt) ?? [];
  const closed = year ? `closed ${year}` : 'closed';
  if (CLOSED_AS.has(stateReason)) return `${closed} as ${stateReason.replace('_', ' ')}`;
  const pull = closingPull(hit);
  return pull ? `${closed}, fixed in ${pull}` : closed;
}

/** `#12` of the pull request that closed the issue, with its repository where that is another one. */
function closingPull({ closedBy = '', issueUrl }: Hit): string | undefined {
  const pull = issueName(closedBy);
  const [repository] = issueName(issueUrl)?.split('#') ?? [];
  return pull?.startsWith(`${repository}#`) ? pull.slice(repository?.length) : pull;
}

/** `huggingface/datasets#824` of an issue's address on GitHub; undefined for other addresses. */
export function issueName(issueUrl: string): string | undefined {
  const match = /^https:\/\/[^/]+\/([\w.-]+\/[\w.-]+)\/(?:issues|pull|discussions)\/(\d+)/.exec(issueUrl);
  return match ? `${match[1]}#${match[2]}` : undefined;
}

/**
 * Where a hit stands, and its source where there are several: `huggingface/datasets#824`, `acme/app#7 in hub:acme/issues`, with the host where that is not GitHub's, since a linked title hides
 * where it leads; `sample data` for a sample. Undefined where nothing is known.
 */
export function hitPlace(hit: Hit): string | undefined {
  if (hit.sample) return 'sample data';
  const name = issueName(hit.issueUrl);
  const host = URL.canParse(hit.issueUrl) ? new URL(hit.issueUrl).host : '';
  const place = host === 'github.com' ? name : [host, name].filter(Boolean).join(' ');
  const { sourceName } = hit;
  // A repository's issues carry its name.
  const isNamed = sourceName === undefined || `github:${name}`.toLowerCase().startsWith(`${sourceName.toLowerCase()}#`);
  return [place, !isNamed && visibleLine(sourceName)].filter(Boolean).join(' in ') || undefined;
}

/**
 * The address when it is safe to link to: `https`, no credentials, nothing that could end a link in either platform's
 * markup; and not of a sample hit, whose links open only on the local page. Undefined otherwise.
 */
export function safeLink(hit: Pick<Hit, 'sample'>, url: string | undefined): string | undefined {
  if (hit.sample || url === undefined || !URL.canParse(url)) return undefined;
  const parsed = new URL(url);
  if (parsed.protocol !== 'https:' || parsed.username || parsed.password || /[^\w.:-]/.test(parsed.host))
    return undefined;
  return parsed.href.replace(
    /[()<>[\]|\\`*_~\s]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  );
}

/**
 * Where a new issue is opened with the question filled in: in the repository that the best hit is from. Undefined where
 * that is not on GitHub, or the question is no longer known.
 *
 * @param limit of the whole address; the question is cut to fit
 */
export function newIssueUrl({ question, hits }: Answer, limit = 512): string | undefined {
  const [best] = hits;
  const repository = best && /^https:\/\/github\.com\/[\w.-]+\/[\w.-]+(?=\/)/.exec(safeLink(best, best.issueUrl) ?? '');
  const title = visibleLine(question ?? '');
  if (!repository || !title) return undefined;
  const address = (room: number) => {
    const filled = new URLSearchParams({ title: excerpt(title, room) });
    return `${repository[0]}/issues/new?${filled}`;
  };
  let room = Math.min(200, title.length);
  while (address(room).length > limit && room > 1) room = Math.floor(room * 0.8);
  return address(room).length <= limit ? address(room) : undefined;
}

/** Where the local page shows what a sample hit links to: `/sample/12#comment-3`. Undefined for other addresses. */
export function samplePath(url: string | undefined): string | undefined {
  const [, issue, comment] = /^sample:(\d+)(?:#(\d+))?$/.exec(url ?? '') ?? [];
  return issue && `/sample/${issue}${comment ? `#comment-${comment}` : ''}`;
}

/**
 * The answer as it is shown beside the local page: links of sample hits lead there.
 *
 * @param pageUrl `http://127.0.0.1:3000`, without a path
 */
export function withSampleLinks(answer: Answer, pageUrl: string): Answer {
  const linked = (url: string | undefined) => {
    const path = samplePath(url);
    return path ? new URL(path, pageUrl).href : url;
  };
  const hits = answer.hits.map((hit) =>
    hit.sample ? { ...hit, issueUrl: linked(hit.issueUrl) ?? hit.issueUrl, commentUrl: linked(hit.commentUrl) } : hit,
  );
  return { ...answer, hits };
}

/** Where the next page begins: after the last hit shown, since comments that are gone leave gaps in the ranking. */
export function nextOffset({ hits, offset }: Answer): number {
  return hits.at(-1)?.rank ?? offset + HITS_PER_PAGE;
}

/**
 * The answer with its texts cut to what a chat message can show at most: cleaning five comments of 60 kB would hold
 * everybody up.
 */
export function startOf(answer: Answer): Answer {
  return {
    ...answer,
    question: answer.question?.slice(0, 2_000),
    notes: answer.notes.map((note) => note.slice(0, 1_000)),
    hits: answer.hits.map((hit) => ({
      ...hit,
      comment: shownOf(hit),
      title: hit.title.slice(0, 1_000),
      author: hit.author?.slice(0, 200),
      state: hit.state?.slice(0, 200),
    })),
  };
}

/** A comment from its best passage on; what is left out before it shows as an ellipsis. */
function shownOf({ comment, passage = 0 }: Hit): string {
  const shown = comment.slice(passage, passage + 6_000);
  if (passage === 0) return shown;
  // A fence begins its line.
  return /^ {0,3}[`~]/.test(shown) ? `…\n${shown}` : `… ${shown.trimStart()}`;
}

/** The line below the hits: `multi-qa-mpnet-base-dot-v1 on cpu · 48 ms`, and that nobody measured how sure they are. */
export function footer(answer: Answer): string {
  const engine =
    answer.mode === 'keyword' ? 'keyword search' : `${answer.model?.split('/').at(-1)} on ${answer.device}`;
  const parts = [engine, `${Math.round(answer.tookMs)} ms`];
  if (answer.mode === 'semantic' && answer.hits.length > 0 && !answer.hits.some(({ band }) => band)) {
    parts.push(answer.calibrated ? 'too few to tell how sure' : 'not calibrated');
  }
  return parts.join(' · ');
}

/** What an answer without hits says. */
export function emptyText(answer: Answer): string {
  return answer.notes.length > 0 ? 'No comments found.' : 'No comments found: nothing is indexed yet.';
}

/** What buttons say below an answer that is no longer kept. */
export const TOO_OLD = 'This answer is too old for its buttons. Please ask again.';
/** What they say when what they would show has left the corpus; of one comment it cannot be told which it was. */
export const COMMENTS_GONE = 'These comments are no longer there. Please ask again.';
export const TOO_OLD_OR_GONE = 'This answer is too old, or the comment is no longer there. Please ask again.';
/** What whoever asks is told where a manager wants no answers, or none that everybody sees. */
export const NO_ANSWERS = 'Whoever manages this channel wants no answers here.';
export const NO_PUBLIC_ANSWERS = 'Whoever manages this channel wants no public answers here.';
/** What a second press says where sharing once is enough. */
export const POSTED_ALREADY = 'This was posted here already.';
/** What is said to whoever asks while the bot stops. */
export const STOPPING = 'The bot is restarting. Please ask again in a minute.';

/** What is said when something broke: calm, and with what the log can be searched for. */
export function failureText(requestId: string): string {
  return `Something went wrong while looking for an answer. Please try again; if it keeps happening, give the operator this id: ${requestId}`;
}
