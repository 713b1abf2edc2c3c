import {
  type APIButtonComponent,
  type APIMessageTopLevelComponent,
  type APITextDisplayComponent,
  ComponentType,
  MessageFlags,
} from 'discord.js';
import type { Audience, Notice } from '../command.ts';
import {
  emptyText,
  footer,
  HITS_PER_PAGE,
  hitFacts,
  hitPlace,
  issueName,
  nextOffset,
  safeLink,
  scoreText,
  startOf,
  visibleLine,
} from '../reply-text.ts';
import type { Answer, Hit } from '../retrieval/answer.ts';
import type { Outcome } from '../run-command.ts';
import { button, row, wholeCommentSelect } from './buttons.ts';
import { LIMITS } from './limits.ts';
import { paginate } from './pages.ts';
import { escapeLine, fitEscaped, linkLabel, quoteExcerpt } from './sanitize.ts';

/**
 * A message as Discord's API takes it. Components v2 rather than embeds: text needs no Embed Links permission, is
 * there for people who switched embeds off, has no previews, and five hits with a select and four buttons take 17 of
 * the 40 components; its cap of 4,000 for all text is the price, and five excerpts fit in it.
 */
export type DiscordReply = {
  readonly flags: number;
  readonly components: readonly APIMessageTopLevelComponent[];
  readonly allowed_mentions: { readonly parse: readonly [] };
};

export type AnswerView = {
  /** `asker`: a private reply, whose buttons act on it. `everyone`: its buttons answer privately who pressed them. */
  readonly audience: Audience;
  /** Whether "Share in this channel" makes sense here. */
  readonly share?: boolean;
  /** Whether the bot may open a thread here. */
  readonly thread?: boolean;
  /** One line of our own markup that says why not. */
  readonly hint?: string | undefined;
  /** Who shared it: untrusted. */
  readonly sharedBy?: string | undefined;
  readonly now?: Date;
};

const EXCERPT_MOST = 460;
const EXCERPT_LINES = 8;
const SEPARATOR = ' · ';

/** An answer within every limit, whatever its texts are. */
export function renderAnswer(whole: Answer, view: AnswerView): DiscordReply {
  const answer = startOf(whole);
  const now = view.now ?? new Date();
  const top = [...notes(answer), heading(answer)];
  const bottom = [footerLine(answer, view), view.hint].filter((line): line is string => Boolean(line));
  const controls = controlRows(answer, view, now);
  const spent = [...top, ...bottom, ...controls.texts].reduce((sum, text) => sum + text.length, 0);
  const perHit = Math.floor((LIMITS.messageText - spent) / Math.max(1, answer.hits.length));
  const hits =
    answer.hits.length > 0 ? answer.hits.map((hit) => hitText(hit, answer, perHit, now)) : [emptyText(answer)];
  return message([...[...top, ...hits, ...bottom].map(text), ...controls.rows]);
}

export function renderOutcome(outcome: Outcome, view: AnswerView): DiscordReply {
  switch (outcome.kind) {
    case 'answer':
      return renderAnswer(outcome, view);
    case 'notice':
      return renderNotice(outcome);
    case 'problem':
      return renderText(outcome.text);
  }
}

export function renderNotice(notice: Notice): DiscordReply {
  const lines: string[] = [`**${fitEscaped(notice.text, 400, escapeLine)}**`];
  let room = LIMITS.messageText - (lines[0]?.length ?? 0);
  for (const line of notice.lines) {
    const item = `- ${fitEscaped(line, 500, escapeLine)}`;
    if (item.length + 1 > room) break;
    lines.push(item);
    room -= item.length + 1;
  }
  return message([text(lines.join('\n'))]);
}

/** A sentence of ours, as it stands. */
export function renderText(sentence: string): DiscordReply {
  return message([text(fitEscaped(sentence, LIMITS.messageText, escapeLine))]);
}

/** One page of a whole comment; `part` counts from 0, and one too large shows the last. */
export function renderWhole(hit: Hit, { id, part, now = new Date() }: { id: string; part: number; now?: Date }) {
  const title = hitTitle(hit, '##');
  const facts = fitEscaped(hitFacts(hit, now).join(SEPARATOR), 150, escapeLine);
  const head = facts ? `${title}\n${facts}` : title;
  const pages = paginate(hit.comment, LIMITS.messageText - head.length - 150);
  const shown = Math.min(part, pages.length - 1);
  const body: APIMessageTopLevelComponent = {
    type: ComponentType.Container,
    components: [text(pages[shown] ?? '')],
  };
  if (pages.length === 1) return message([text(head), body]);
  const buttons: APIButtonComponent[] = [];
  if (shown > 0) buttons.push(button('Previous part', { action: 'part', id, rank: hit.rank, part: shown - 1 }));
  if (shown < pages.length - 1) {
    buttons.push(button('Next part', { action: 'part', id, rank: hit.rank, part: shown + 1 }));
  }
  return message([text(head), body, text(`-# Part ${shown + 1} of ${pages.length}`), row(buttons)]);
}

/** The line under which an answer's thread is opened. */
export function renderThreadStart(answer: Answer, sharedBy: string): DiscordReply {
  const question = answer.question ? `: ${fitEscaped(visibleLine(answer.question), 300, escapeLine)}` : '.';
  return message([
    text(`${fitEscaped(visibleLine(sharedBy), 100, escapeLine)} opened a thread with an answer${question}`),
  ]);
}

/** Private to whoever asked or pressed; only where Discord still lets that be decided (not on edits). */
export function ephemeral(reply: DiscordReply): DiscordReply {
  return { ...reply, flags: reply.flags | MessageFlags.Ephemeral };
}

function message(components: readonly APIMessageTopLevelComponent[]): DiscordReply {
  // Components v2 shows no previews; the second flag says so as well, should that ever change.
  const flags = MessageFlags.IsComponentsV2 | MessageFlags.SuppressEmbeds;
  return { flags, components, allowed_mentions: { parse: [] } };
}

function text(content: string): APITextDisplayComponent {
  return { type: ComponentType.TextDisplay, content };
}

function notes(answer: Answer): readonly string[] {
  const lines = answer.notes.slice(0, 5).map((note) => fitEscaped(note.trim(), 200, escapeLine));
  const text = lines.filter(Boolean).join('\n');
  return text ? [text] : [];
}

function heading({ question, offset, hits }: Answer): string {
  if (question?.trim()) return `## ${fitEscaped(visibleLine(question), 200, escapeLine) || 'Answers'}`;
  return hits.length > 0 && offset > 0
    ? `## Comments ${offset + 1} to ${offset + hits.length}`
    : '## The nearest comments';
}

function footerLine(answer: Answer, { sharedBy }: AnswerView): string {
  const sharer = sharedBy && `shared by ${fitEscaped(visibleLine(sharedBy), 60, escapeLine)}`;
  return `-# ${[fitEscaped(footer(answer), 200, escapeLine), sharer].filter(Boolean).join(SEPARATOR)}`;
}

/** Title, facts and the quoted start of the comment, at most `room` units together. */
function hitText(hit: Hit, { metric }: Answer, room: number, now: Date): string {
  const facts = [scoreText(hit.score, metric), ...hitFacts(hit, now), hitPlace(hit)].filter(Boolean).join(SEPARATOR);
  const head = `${hitTitle(hit, '###')}\n${fitEscaped(facts, 160, escapeLine)}`;
  const quote = quoteExcerpt(hit.comment, Math.min(EXCERPT_MOST, room - head.length - 1), EXCERPT_LINES);
  return quote ? `${head}\n${quote}` : head;
}

/** `### 1. [Title](https://github.com/…)`; without a link where there is none to trust or it is too long. */
function hitTitle(hit: Hit, level: '##' | '###'): string {
  const link = [hit.commentUrl, hit.issueUrl]
    .map((url) => safeLink(hit, url))
    .find((url) => url !== undefined && url.length <= 250);
  const label = linkLabel(hit.title, 110) || issueName(hit.issueUrl) || 'Issue';
  const title = link ? `[${label}](${link})` : fitEscaped(visibleLine(hit.title), 140, escapeLine) || 'Issue';
  return `${level} ${hit.rank}\\. ${title}`;
}

type Controls = { readonly rows: readonly APIMessageTopLevelComponent[]; readonly texts: readonly string[] };

/** The select and at most five buttons; nothing for an answer that was not kept. */
function controlRows(answer: Answer, view: AnswerView, now: Date): Controls {
  const { id, hits, offset, more } = answer;
  if (id === undefined) return { rows: [], texts: [] };
  const buttons: APIButtonComponent[] = [];
  const mine = view.audience === 'asker' && hits.length > 0;
  if (mine && view.share) buttons.push(button('Share in this channel', { action: 'share', id, offset }));
  if (mine && view.thread) buttons.push(button('Open a thread with it', { action: 'thread', id, offset }));
  if (offset > 0) {
    buttons.push(button('Previous five', { action: 'page', id, offset: Math.max(0, offset - HITS_PER_PAGE) }));
  }
  if (more) buttons.push(button('Next five', { action: 'page', id, offset: nextOffset(answer) }));
  const select = hits.length > 0 && wholeCommentSelect(id, hits, (hit) => hitFacts(hit, now).join(SEPARATOR));
  const rows = [...(select ? [row([select])] : []), ...(buttons.length > 0 ? [row(buttons)] : [])];
  const options = select ? select.options.flatMap(({ label, description }) => [label, description ?? '']) : [];
  const texts = [
    select ? (select.placeholder ?? '') : '',
    ...options,
    ...buttons.map((one) => ('label' in one ? (one.label ?? '') : '')),
  ];
  return { rows, texts };
}
