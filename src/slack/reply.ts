import type { types } from '@slack/bolt';
import { nothingCloseText, sureScoreText } from '../band-text.ts';
import { boldOf } from '../bold-words.ts';
import type { Notice, NoticeItem } from '../command.ts';
import type { Action } from '../help/action.ts';
import type { Post } from '../help/chat.ts';
import { emptyText, footer, hitFacts, hitPlace, safeLink, startOf } from '../reply-text.ts';
import type { Answer, Hit } from '../retrieval/answer.ts';
import type { Outcome } from '../run-command.ts';
import { excerpt, tidy, visibleLine, visibleText } from '../visible-text.ts';
import { type Block, context, plain, quote, quoteElements, richText, section } from './blocks.ts';
import { controlBlocks, hitSelect, judgeButtons } from './controls.ts';
import { linkOf, titleOf } from './hit-text.ts';
import { escapedExcerpt } from './sanitize.ts';

/**
 * Answers as Slack messages. Only `text`, which notifications and screen readers use, is parsed by Slack, and is
 * escaped.
 */
export type SlackMessage = { readonly text: string; readonly blocks: readonly Block[] };

export type AnswerView = {
  /** What can be pressed below it. */
  readonly actions?: readonly Action[];
  /** In a thread the question stands above. */
  readonly inThread?: boolean | undefined;
  /** It is about a message that was chosen in its menu. */
  readonly about?: boolean | undefined;
  readonly inModal?: boolean | undefined;
  /** It goes out through an interaction, and who asked for it. */
  readonly via?: string | undefined;
  /** One line above: why it is there. */
  readonly banner?: string | undefined;
  /** A user group, by id: the one permitted ping. */
  readonly ping?: string | undefined;
  /** Who asks, by id, and where people are shown: as a link, which pings nobody. */
  readonly asks?: string | undefined;
  readonly profile?: ((user: string) => string) | undefined;
  readonly now?: Date | undefined;
};

/** Slack answers `msg_blocks_too_long` from some 12,000 characters on, and does not say what it counts. */
const MOST_BLOCK_CHARACTERS = 11_000;
/** As much as Slack advises. */
const MOST_TEXT_CHARACTERS = 3_900;

type Lengths = {
  readonly comment: number;
  /** Words of the comment: each costs as much as a short sentence. */
  readonly bold: number;
  readonly title: number;
  readonly facts: number;
  readonly notes: number;
};
/** Tried in this order until the blocks fit. */
const LENGTHS: readonly Lengths[] = [
  { comment: 700, bold: 12, title: 150, facts: 200, notes: 600 },
  { comment: 700, bold: 5, title: 150, facts: 200, notes: 600 },
  { comment: 700, bold: 0, title: 150, facts: 200, notes: 600 },
  { comment: 400, bold: 5, title: 120, facts: 150, notes: 400 },
  { comment: 400, bold: 0, title: 120, facts: 150, notes: 400 },
  { comment: 150, bold: 0, title: 60, facts: 80, notes: 200 },
  { comment: 50, bold: 0, title: 40, facts: 40, notes: 100 },
];

export function renderAnswer(whole: Answer, view: AnswerView): SlackMessage {
  const answer = startOf(whole);
  const text = answerText(answer, view);
  const tries = LENGTHS.map((lengths) => () => answerBlocks(answer, view, lengths));
  let blocks: readonly Block[] = [];
  for (const attempt of tries) {
    blocks = attempt();
    if (JSON.stringify(blocks).length <= MOST_BLOCK_CHARACTERS) break;
  }
  return { text, blocks };
}

/** What conversations want shown. */
export function renderPost({ outcome, ...post }: Post, view: AnswerView = {}): SlackMessage {
  return renderOutcome(outcome, { ...view, ...post });
}

export function renderOutcome(outcome: Outcome, view: AnswerView): SlackMessage {
  switch (outcome.kind) {
    case 'answer':
      return renderAnswer(outcome, view);
    case 'notice':
      return renderNotice(outcome);
    case 'problem': {
      const { text, blocks } = renderText(outcome.text);
      return { text, blocks: [...headBlocks(view), ...blocks] };
    }
  }
}

/** Asks which hit is meant. */
export function renderPick(answer: Answer, action: Action): SlackMessage {
  const words = 'Which one?';
  return {
    text: words,
    blocks: [richText(plain(words)), { type: 'actions', elements: [hitSelect(answer, action, 'Choose one')] }],
  };
}

export function renderNotice({ text, lines, items = [] }: Notice): SlackMessage {
  const [head = '', ...rest] = [text, ...lines]
    .map((line) => excerpt(visibleLine(line.slice(0, 600)), 300))
    .filter(Boolean);
  // What is to be looked at makes room before what is said.
  const tries = [...[items.length, 5, 3, 0].map((links) => [40, links] as const), [20, 0], [10, 0]] as const;
  for (const [most, links] of tries) {
    const more = rest.length > most ? [`and ${rest.length - most} more`] : [];
    const shown = [...rest.slice(0, most), ...more];
    const blocks = [noticeBlock(head, shown), ...items.slice(0, links).flatMap(itemBlocks)];
    if (JSON.stringify(blocks).length > MOST_BLOCK_CHARACTERS && most > 10) continue;
    return { text: escapedExcerpt([head, ...shown].join('\n'), MOST_TEXT_CHARACTERS), blocks };
  }
  return renderText(head);
}

/** What is to be judged has its buttons below it. */
function itemBlocks({ text, links, judge }: NoticeItem): readonly Block[] {
  const linked = links.flatMap(({ label, url }) => {
    const safe = safeLink({ sample: false }, url);
    return safe ? [plain(' '), { type: 'link' as const, url: safe, text: label }] : [];
  });
  const line = richText(plain(text), ...linked);
  return judge === undefined ? [line] : [line, { type: 'actions', elements: [...judgeButtons(judge)] }];
}

function noticeBlock(head: string, lines: readonly string[]): types.RichTextBlock {
  const list: types.RichTextList = {
    type: 'rich_text_list',
    style: 'bullet',
    elements: lines.map((line) => section(plain(line))),
  };
  return { type: 'rich_text', elements: [section(plain(head)), ...(lines.length > 0 ? [list] : [])] };
}

/** One or a few sentences of ours. */
export function renderText(text: string): SlackMessage {
  const words = excerpt(visibleText(text.slice(0, 4_000)), 2_000);
  return { text: escapedExcerpt(words, MOST_TEXT_CHARACTERS), blocks: [richText(plain(words))] };
}

/** What stands at the head of a thread that is opened for an answer. */
export function renderQuestion(question: string | undefined): SlackMessage {
  const words = excerpt(visibleLine(question ?? ''), 1_000);
  if (!words) return renderText('An answer from GitHub issues');
  return {
    text: escapedExcerpt(words, MOST_TEXT_CHARACTERS),
    blocks: [{ type: 'rich_text', elements: [quote(plain(words))] }],
  };
}

function answerText(answer: Answer, view: AnswerView): string {
  const lines = [
    ...(view.banner ? [excerpt(visibleLine(view.banner), 300)] : []),
    ...(answer.question && !view.inThread ? [excerpt(visibleLine(answer.question), 200)] : []),
    ...answer.notes.map((note) => excerpt(visibleLine(note), 200)),
    ...[nothingCloseText(answer) ?? []].flat(),
    ...(answer.hits.length === 0 ? [emptyText(answer)] : []),
    ...answer.hits.map((hit) => {
      const score = sureScoreText(hit, answer.metric);
      return `${hit.rank}. ${titleOf(hit, 100)} (${score}): ${excerpt(visibleLine(hit.comment), 400)}`;
    }),
  ];
  return escapedExcerpt(lines.join('\n'), MOST_TEXT_CHARACTERS);
}

function answerBlocks(answer: Answer, view: AnswerView, lengths: Lengths): readonly Block[] {
  return [
    ...headBlocks(view),
    ...questionBlocks(answer, view),
    ...noteBlocks(answer, lengths),
    ...nothingCloseBlocks(answer),
    ...(answer.hits.length === 0 ? [richText(plain(emptyText(answer)))] : []),
    ...answer.hits.map((hit) => hitBlock(hit, answer, lengths, view.now)),
    ...(answer.hits.length > 0 ? [context(footer(answer))] : []),
    ...controlBlocks(answer, { ...view, actions: view.actions ?? [] }),
  ];
}

/** Why a message is there that nobody addressed, whom it calls, and for whom. */
function headBlocks({ banner, ping, asks, profile }: AnswerView): readonly Block[] {
  const words = excerpt(visibleLine(banner ?? ''), 400);
  if (!words && !ping) return [];
  if (!ping && !asks && !LINK.test(words)) return [context(words)];
  const asker = asks && profile?.(asks);
  return [
    richText(
      ...(ping ? [{ type: 'usergroup' as const, usergroup_id: ping }, plain(' ')] : []),
      ...linked(words || 'Somebody asks for a helper.'),
      ...(asker ? [plain(' '), { type: 'link' as const, url: asker, text: 'Who asks' }] : []),
    ),
  ];
}

const LINK = /https:\/\/\S+/;

/** Our own line, its addresses as links. */
function linked(words: string): types.RichTextElement[] {
  return words
    .split(/(https:\/\/\S+)/)
    .filter(Boolean)
    .map((part) => (LINK.test(part) ? { type: 'link', url: part, text: nameOf(part) } : plain(part)));
}

function nameOf(address: string): string {
  return /\/archives\/[A-Z0-9]+$/.test(address) ? 'the channel' : 'the message';
}

function questionBlocks({ question }: Answer, { inThread }: AnswerView): readonly Block[] {
  const words = excerpt(visibleLine(question ?? ''), 300);
  return words && !inThread ? [richText(plain(words, { bold: true }))] : [];
}

function noteBlocks({ notes }: Answer, lengths: Lengths): readonly Block[] {
  const words = excerpt(visibleLine(notes.join(' ')), lengths.notes);
  return words ? [context(words)] : [];
}

function nothingCloseBlocks(answer: Answer): readonly Block[] {
  const line = nothingCloseText(answer);
  return line === undefined ? [] : [richText(plain(line, { bold: true }))];
}

function hitBlock(hit: Hit, answer: Answer, lengths: Lengths, now: Date | undefined): Block {
  const comment = excerpt(tidy(visibleText(hit.comment)), lengths.comment).trim();
  return {
    type: 'rich_text',
    elements: [
      section(
        plain(`${hit.rank}. `, { bold: true }),
        ...titleElements(hit, lengths.title),
        ...factElements(hit, answer, lengths.facts, now),
      ),
      ...quoteElements(comment, boldOf(answer.question), lengths.bold),
    ],
  };
}

function titleElements(hit: Hit, limit: number): readonly types.RichTextElement[] {
  const title = titleOf(hit, limit);
  const url = linkOf(hit, hit.issueUrl);
  return [url ? { type: 'link', url, text: title, style: { bold: true } } : plain(title, { bold: true })];
}

function factElements(
  hit: Hit,
  answer: Answer,
  limit: number,
  now: Date | undefined,
): readonly types.RichTextElement[] {
  const facts = [sureScoreText(hit, answer.metric), hitPlace(hit), ...hitFacts(hit, now)].filter(Boolean);
  const words = `\n${excerpt(visibleLine(facts.join(' · ')), limit)}`;
  const url = linkOf(hit, hit.commentUrl);
  return url ? [plain(`${words} · `), { type: 'link', url, text: 'comment' }] : [plain(words)];
}
