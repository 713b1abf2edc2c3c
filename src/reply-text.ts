import type { Answer, Hit, Metric } from './retrieval/answer.ts';

/**
 * What every rendering of an answer shares: words and numbers, no platform's markup. Text from GitHub and from the
 * asker is untrusted; a renderer passes it through `visibleText` and then escapes it for its platform.
 */

/**
 * What could hide or reorder text: controls, bidi overrides and isolates, zero-width and tag characters. Not line ends
 * and tabs, not the selectors and joiners that emoji and some scripts are written with.
 */
const UNSEEN =
  /[[\p{Cc}\p{Default_Ignorable_Code_Point}\p{Bidi_Control}\uFFF9-\uFFFB]--[\n\t\uFE0E\uFE0F\u200C\u200D]]/gv;
/** Joiners that join nothing. */
const IDLE_JOINER =
  /(?<!\uFE0F|[\p{Extended_Pictographic}\p{Emoji_Modifier}\p{M}])\u200D|\u200D(?![\p{Extended_Pictographic}\p{L}])|(?<!\p{M}|\p{L})\u200C/gu;

/** The text without characters that cannot be seen, lone surrogates replaced, line ends as `\n`. */
export function visibleText(text: string): string {
  return text
    .toWellFormed()
    .replace(/\r\n?|\u2028|\u2029/g, '\n')
    .replace(UNSEEN, '')
    .replace(IDLE_JOINER, '');
}

/** The same on one line: for titles. */
export function visibleLine(text: string): string {
  return visibleText(text).replace(/\s+/g, ' ').trim();
}

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** The last border between graphemes at or before `limit`, in UTF-16 units; 0 when the first grapheme is longer. */
export function graphemeBorder(text: string, limit: number): number {
  if (text.length <= limit) return text.length;
  // Segmenting is slow (10 µs a grapheme), and an ASCII character always begins one: start at one near the end.
  let start = Math.max(0, limit - 100);
  while (start > 0 && !/[ -~]/.test(text.charAt(start))) start--;
  let end = start;
  // A grapheme is at most a few dozen units; looking a little past the limit is enough to find its border.
  for (const { index, segment } of graphemes.segment(text.slice(start, limit + 64))) {
    if (start + index + segment.length > limit) break;
    end = start + index + segment.length;
  }
  return end;
}

/**
 * The start of a text, at most `limit` UTF-16 units, cut between graphemes (at a word's end where one is near), with
 * an ellipsis when something was cut.
 */
export function excerpt(text: string, limit: number): string {
  if (text.length <= limit) return text;
  const end = graphemeBorder(text, limit - 1);
  const cut = text.slice(0, end);
  const space = cut.search(/\s\S*$/);
  return `${(space > 0.8 * end ? cut.slice(0, space) : cut).trimEnd()}…`;
}

/** The text without blank lines at its ends and with at most one blank line in a row. */
export function tidy(text: string): string {
  return (
    text
      // The look-behind keeps a long run of blanks linear: without it, 60 kB of them take seconds.
      .replace(/(?<![ \t])[ \t]+$/gm, '')
      .replace(/\n{3,}/g, '\n\n')
      .replace(/^\n+|\n+$/g, '')
  );
}

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
  if (days < 60) return `${days} days ago`;
  const months = Math.floor(days / 30.44);
  return months < 24 ? `${months} months ago` : `${Math.floor(days / 365.25)} years ago`;
}

/** `closed · by octocat · 2 years ago`: what is known of a hit beside its score, as parts. Untrusted parts included. */
export function hitFacts(hit: Hit, now: Date = new Date()): readonly string[] {
  const parts = [hit.state, hit.author && `by ${visibleLine(hit.author)}`, ageText(hit.createdAt, now)];
  return parts.filter((part): part is string => Boolean(part));
}

/** `huggingface/datasets#824` of an issue's address on GitHub; undefined for other addresses. */
export function issueName(issueUrl: string): string | undefined {
  const match = /^https:\/\/[^/]+\/([\w.-]+\/[\w.-]+)\/(?:issues|pull|discussions)\/(\d+)/.exec(issueUrl);
  return match ? `${match[1]}#${match[2]}` : undefined;
}

/**
 * The address when it is safe to link to: `https`, no credentials, nothing that could end a link in either platform's
 * markup; and not of a sample hit, whose links open only on the local page. Undefined otherwise.
 */
export function safeLink(hit: Pick<Hit, 'sample'>, url: string | undefined): string | undefined {
  if (hit.sample || url === undefined || !URL.canParse(url)) return undefined;
  const parsed = new URL(url);
  if (parsed.protocol !== 'https:' || parsed.username || parsed.password) return undefined;
  return parsed.href.replace(
    /[()<>[\]|\\`*_~\s]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  );
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

/** The line below the hits: `semantic · multi-qa-mpnet-base-dot-v1 on cpu · 48 ms`. */
export function footer(answer: Answer): string {
  const engine =
    answer.mode === 'keyword' ? 'keyword search' : `${answer.model?.split('/').at(-1)} on ${answer.device}`;
  return `${engine} · ${Math.round(answer.tookMs)} ms`;
}

/** What an answer without hits says. */
export function emptyText(answer: Answer): string {
  return answer.notes.length > 0 ? 'No comments found.' : 'No comments found: nothing is indexed yet.';
}

/** What is said when something broke: calm, and with what the log can be searched for. */
export function failureText(requestId: string): string {
  return `Something went wrong while looking for an answer. Please try again; if it keeps happening, give the operator this id: ${requestId}`;
}
