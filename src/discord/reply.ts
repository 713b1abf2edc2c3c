import {
  type APIMessageTopLevelComponent,
  type APITextDisplayComponent,
  ComponentType,
  MessageFlags,
} from 'discord.js';
import { nothingCloseText, sureScoreText } from '../band-text.ts';
import { boldOf } from '../bold-words.ts';
import type { Notice, NoticeItem } from '../command.ts';
import type { Action } from '../help/action.ts';
import type { Post } from '../help/chat.ts';
import { emptyText, footer, hitFacts, hitPlace, issueName, safeLink, startOf } from '../reply-text.ts';
import type { Answer, Hit } from '../retrieval/answer.ts';
import type { Outcome } from '../run-command.ts';
import { visibleLine } from '../visible-text.ts';
import { type Controls, controlsOf, hitButtons, judgeButtons, type Origin, pickSelect, row } from './controls.ts';
import { LIMITS } from './limits.ts';
import { paginate } from './pages.ts';
import { escapeLine, escapeOurs, fitEscaped, linkLabel, quoteExcerpt } from './sanitize.ts';

/**
 * A message as Discord's API takes it. Components v2 rather than embeds: text needs no Embed Links permission, is
 * there for people who switched embeds off, has no previews, and five hits with a select and four buttons take 17 of
 * the 40 components; its cap of 4,000 for all text is the price, and five excerpts fit in it.
 */
export type DiscordReply = {
  readonly flags: number;
  readonly components: readonly APIMessageTopLevelComponent[];
  readonly allowed_mentions: { readonly parse: readonly []; readonly roles?: readonly string[] };
};

export type AnswerView = {
  /** What can be pressed below it. */
  readonly actions?: readonly Action[];
  readonly origin?: Origin | undefined;
  /** One line above an answer that nobody asked for. Trusted text. */
  readonly banner?: string | undefined;
  /** A role that is pinged, by id. */
  readonly ping?: string | undefined;
  /** One line of our own markup: why something cannot be pressed. */
  readonly hint?: string | undefined;
  /** Who asks, by id: shown, not pinged. */
  readonly asks?: string | undefined;
  readonly now?: Date;
};

const EXCERPT_MOST = 460;
const EXCERPT_LINES = 8;
const SEPARATOR = ' · ';

/** An answer within every limit, whatever its texts are. */
export function renderAnswer(whole: Answer, view: AnswerView): DiscordReply {
  const answer = startOf(whole);
  const now = view.now ?? new Date();
  const top = [...above(view), ...notes(answer), heading(answer), ...nothingClose(answer)];
  const bottom = [`-# ${fitEscaped(footer(answer), 200, escapeLine)}`, view.hint].filter((line): line is string =>
    Boolean(line),
  );
  const controls = controlsBelow(answer, view, now);
  const spent = [...top, ...bottom, ...controls.texts].reduce((sum, text) => sum + text.length, 0);
  const perHit = Math.floor((LIMITS.messageText - spent) / Math.max(1, answer.hits.length));
  const hits =
    answer.hits.length > 0 ? answer.hits.map((hit) => hitText(hit, answer, perHit, now)) : [emptyText(answer)];
  return message([...[...top, ...hits, ...bottom].map(text), ...controls.rows], view.ping);
}

/** What conversations want shown. */
export function renderPost({ outcome, ...view }: Post, now?: Date): DiscordReply {
  return renderOutcome(outcome, { ...view, ...(now && { now }) });
}

export function renderOutcome(outcome: Outcome, view: AnswerView): DiscordReply {
  switch (outcome.kind) {
    case 'answer':
      return renderAnswer(outcome, view);
    case 'notice':
      return withView(renderNotice(outcome), view);
    case 'problem':
      return withView(renderText(outcome.text), view);
  }
}

/** A sentence, with what is said above it and pressed below it. */
function withView(reply: DiscordReply, view: AnswerView): DiscordReply {
  const top = above(view);
  const { rows } = controlsOf(undefined, view.actions ?? [], { origin: view.origin, now: view.now ?? new Date() });
  return message([...top.map(text), ...reply.components, ...rows], view.ping);
}

export function renderNotice(notice: Notice): DiscordReply {
  const lines: string[] = [`**${fitEscaped(notice.text, 400, escapeOurs)}**`];
  let room = LIMITS.messageText - (lines[0]?.length ?? 0);
  for (const line of notice.lines) {
    const item = `- ${fitEscaped(line, 500, escapeOurs)}`;
    if (item.length + 1 > room) break;
    lines.push(item);
    room -= item.length + 1;
  }
  return message([text(lines.join('\n')), ...itemComponents(notice.items ?? [], room)]);
}

/** What is to be judged has its buttons below it; the rest stands together. */
function itemComponents(items: readonly NoticeItem[], mostText: number): readonly APIMessageTopLevelComponent[] {
  let room = mostText;
  return items.flatMap((item) => {
    const links = item.links.flatMap(({ label, url }) => {
      const safe = safeLink({ sample: false }, url);
      return safe ? [`[${linkLabel(label, 100)}](${safe})`] : [];
    });
    const line = [fitEscaped(item.text, 200, escapeOurs), ...links].join(' ');
    if (line.length + JUDGE_TEXT > room) return [];
    room -= line.length + JUDGE_TEXT;
    return item.judge === undefined ? [text(line)] : [text(line), row(judgeButtons(item.judge))];
  });
}

/** What the labels of the two buttons count. */
const JUDGE_TEXT = 12;

/** A sentence of ours, as it stands. */
export function renderText(sentence: string): DiscordReply {
  return message([text(fitEscaped(sentence, LIMITS.messageText, escapeOurs))]);
}

export type WholeView = {
  /** The answer's id. */
  readonly id: string;
  /** From 0; one too large shows the last. */
  readonly part: number;
  /** Of these, what concerns a single hit can be pressed below it. */
  readonly actions?: readonly Action[];
  readonly origin?: Origin | undefined;
  readonly now?: Date;
};

/** One page of a whole comment. */
export function renderWhole(hit: Hit, { id, part, actions = [], origin, now = new Date() }: WholeView): DiscordReply {
  const title = hitTitle(hit, '##');
  const facts = fitEscaped(hitFacts(hit, now).join(SEPARATOR), 150, escapeLine);
  const head = facts ? `${title}\n${facts}` : title;
  const pages = paginate(hit.comment, LIMITS.messageText - head.length - 200);
  const shown = Math.min(part, pages.length - 1);
  const body: APIMessageTopLevelComponent = {
    type: ComponentType.Container,
    components: [text(pages[shown] ?? '')],
  };
  const place = pages.length > 1 ? [text(`-# Part ${shown + 1} of ${pages.length}`)] : [];
  const buttons = hitButtons(hit, { id, part: shown, parts: pages.length, actions, origin });
  return message([text(head), body, ...place, ...(buttons.length > 0 ? [row(buttons)] : [])]);
}

/** Which of an answer's hits an action is meant for. */
export function renderPick(answer: Answer, action: Action, origin?: Origin, now = new Date()): DiscordReply {
  return message([text(PICK[action.kind] ?? 'Which comment?'), row([pickSelect(answer, action, { origin, now })])]);
}

const PICK: Partial<Record<Action['kind'], string>> = {
  solved: 'Which comment solved it?',
  hide: 'Which one is never to be shown here again?',
};

/** Private to whoever asked or pressed; only where Discord still lets that be decided (not on edits). */
export function ephemeral(reply: DiscordReply): DiscordReply {
  return { ...reply, flags: reply.flags | MessageFlags.Ephemeral };
}

function message(components: readonly APIMessageTopLevelComponent[], ping?: string): DiscordReply {
  // Components v2 shows no previews; the second flag says so as well, should that ever change.
  const flags = MessageFlags.IsComponentsV2 | MessageFlags.SuppressEmbeds;
  return { flags, components, allowed_mentions: { parse: [], ...(ping && { roles: [ping] }) } };
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

function nothingClose(answer: Answer): readonly string[] {
  const line = nothingCloseText(answer);
  return line === undefined ? [] : [`**${fitEscaped(line, 100, escapeOurs)}**`];
}

/** Title, facts and the quoted start of the comment, at most `room` units together. */
function hitText(hit: Hit, { metric, question }: Answer, room: number, now: Date): string {
  const facts = [sureScoreText(hit, metric), ...hitFacts(hit, now), hitPlace(hit)].filter(Boolean).join(SEPARATOR);
  const head = `${hitTitle(hit, '###')}\n${fitEscaped(facts, 200, escapeLine)}`;
  const limit = Math.min(EXCERPT_MOST, room - head.length - 1);
  const quote = quoteExcerpt(hit.comment, { limit, maxLines: EXCERPT_LINES, bold: boldOf(question) });
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

/** Nothing for an answer that was not kept. */
function controlsBelow(answer: Answer, { actions = [], origin }: AnswerView, now: Date): Controls {
  return answer.id === undefined ? { rows: [], texts: [] } : controlsOf(answer, actions, { origin, now });
}

/** The ping of the one role that may be pinged, what is said of the answer, and whose question it is. */
function above({ ping, banner, asks }: AnswerView): readonly string[] {
  const lines = [
    ping && `<@&${ping}>`,
    banner?.trim() && fitEscaped(banner.trim(), 400, escapeOurs),
    asks && `Asked by <@${asks}>`,
  ];
  return lines.filter((line): line is string => Boolean(line));
}
