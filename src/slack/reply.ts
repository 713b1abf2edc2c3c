import type { types } from '@slack/bolt';
import type { Audience, Notice } from '../command.ts';
import { blocksOf, spansOf } from '../comment-code.ts';
import {
  emptyText,
  excerpt,
  footer,
  hitFacts,
  hitPlace,
  nextOffset,
  safeLink,
  scoreText,
  startOf,
  tidy,
  visibleLine,
  visibleText,
} from '../reply-text.ts';
import type { Answer, Hit } from '../retrieval/answer.ts';
import type { Outcome } from '../run-command.ts';
import { ACTIONS, encodeValue } from './buttons.ts';
import { escapedExcerpt } from './sanitize.ts';

/**
 * Answers as Slack messages. Text from GitHub and from people stands in `rich_text` elements and `plain_text`, which
 * Slack does not parse: nothing in it pings, links or formats. Only `text`, which notifications and screen readers
 * use, is parsed, and is escaped.
 */
export type SlackMessage = { readonly text: string; readonly blocks: readonly Block[] };

export type Block = types.KnownBlock;
type Inline = types.RichTextElement;
type RichTextPart = types.RichTextBlock['elements'][number];

export type AnswerView = {
  /** What only the asker sees can be shared; what everybody sees cannot. */
  readonly audience: Audience;
  /** In a thread the question stands above. */
  readonly inThread?: boolean;
  readonly now?: Date;
};

/** Slack answers `msg_blocks_too_long` from some 12,000 characters on, and does not say what it counts. */
const MOST_BLOCK_CHARACTERS = 11_000;
/** As much as Slack advises. */
const MOST_TEXT_CHARACTERS = 3_900;
const LONGEST_LINK = 300;

type Lengths = { readonly comment: number; readonly title: number; readonly facts: number; readonly notes: number };
/** Tried in this order until the blocks fit. */
const LENGTHS: readonly Lengths[] = [
  { comment: 700, title: 150, facts: 200, notes: 600 },
  { comment: 400, title: 120, facts: 150, notes: 400 },
  { comment: 150, title: 60, facts: 80, notes: 200 },
  { comment: 50, title: 40, facts: 40, notes: 100 },
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

export function renderOutcome(outcome: Outcome, view: AnswerView): SlackMessage {
  switch (outcome.kind) {
    case 'answer':
      return renderAnswer(outcome, view);
    case 'notice':
      return renderNotice(outcome);
    case 'problem':
      return renderText(outcome.text);
  }
}

export function renderNotice({ text, lines }: Notice): SlackMessage {
  const [head = '', ...rest] = [text, ...lines]
    .map((line) => excerpt(visibleLine(line.slice(0, 600)), 300))
    .filter(Boolean);
  for (const most of [40, 20, 10]) {
    const more = rest.length > most ? [`and ${rest.length - most} more`] : [];
    const shown = [...rest.slice(0, most), ...more];
    const blocks = [noticeBlock(head, shown)];
    if (JSON.stringify(blocks).length > MOST_BLOCK_CHARACTERS && most > 10) continue;
    return { text: escapedExcerpt([head, ...shown].join('\n'), MOST_TEXT_CHARACTERS), blocks };
  }
  return renderText(head);
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
    blocks: [{ type: 'rich_text', elements: [{ type: 'rich_text_quote', elements: [plain(words)] }] }],
  };
}

function answerText(answer: Answer, view: AnswerView): string {
  const lines = [
    ...(answer.question && !view.inThread ? [excerpt(visibleLine(answer.question), 200)] : []),
    ...answer.notes.map((note) => excerpt(visibleLine(note), 200)),
    ...(answer.hits.length === 0 ? [emptyText(answer)] : []),
    ...answer.hits.map((hit) => {
      const score = scoreText(hit.score, answer.metric);
      return `${hit.rank}. ${titleOf(hit, 100)} (${score}): ${excerpt(visibleLine(hit.comment), 400)}`;
    }),
  ];
  return escapedExcerpt(lines.join('\n'), MOST_TEXT_CHARACTERS);
}

function answerBlocks(answer: Answer, view: AnswerView, lengths: Lengths): readonly Block[] {
  return [
    ...questionBlocks(answer, view),
    ...noteBlocks(answer, lengths),
    ...(answer.hits.length === 0 ? [richText(plain(emptyText(answer)))] : []),
    ...answer.hits.map((hit) => hitBlock(hit, answer, lengths, view.now)),
    ...(answer.hits.length > 0 ? [context(footer(answer))] : []),
    ...actionBlocks(answer, view),
  ];
}

function questionBlocks({ question }: Answer, { inThread }: AnswerView): readonly Block[] {
  const words = excerpt(visibleLine(question ?? ''), 300);
  return words && !inThread ? [richText(plain(words, { bold: true }))] : [];
}

function noteBlocks({ notes }: Answer, lengths: Lengths): readonly Block[] {
  const words = excerpt(visibleLine(notes.join(' ')), lengths.notes);
  return words ? [context(words)] : [];
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
      ...quoteElements(comment),
    ],
  };
}

/** The comment as a quote, its code as code; Slack parses nothing in these elements. */
export function quoteElements(comment: string): readonly RichTextPart[] {
  const blocks = blocksOf(comment);
  if (blocks.length === 0) return [quote(plain(comment || '(empty)'))];
  return blocks.map(({ kind, text }) => (kind === 'code' ? preformatted(text) : quote(...inlineElements(text))));
}

export function inlineElements(text: string): readonly Inline[] {
  return spansOf(text).map((span) => plain(span.text, span.kind === 'code' ? { code: true } : undefined));
}

function quote(...elements: readonly Inline[]): types.RichTextQuote {
  return { type: 'rich_text_quote', elements: [...elements] };
}

export function preformatted(text: string): types.RichTextPreformatted {
  return { type: 'rich_text_preformatted', elements: [plain(text)] };
}

function titleElements(hit: Hit, limit: number): readonly Inline[] {
  const title = titleOf(hit, limit);
  const url = linkOf(hit, hit.issueUrl);
  return [url ? { type: 'link', url, text: title, style: { bold: true } } : plain(title, { bold: true })];
}

function factElements(hit: Hit, answer: Answer, limit: number, now: Date | undefined): readonly Inline[] {
  const facts = [scoreText(hit.score, answer.metric), hitPlace(hit), ...hitFacts(hit, now)].filter(Boolean);
  const words = `\n${excerpt(visibleLine(facts.join(' · ')), limit)}`;
  const url = linkOf(hit, hit.commentUrl);
  return url ? [plain(`${words} · `), { type: 'link', url, text: 'comment' }] : [plain(words)];
}

function actionBlocks(answer: Answer, { audience, inThread = false }: AnswerView): readonly Block[] {
  const { id, hits, offset, more } = answer;
  if (!id || hits.length === 0) return [];
  const page = encodeValue({ answerId: id, at: offset });
  const elements: types.ActionsBlockElement[] = [];
  if (audience === 'asker') {
    elements.push(button(ACTIONS.share, inThread ? 'Share in this thread' : 'Share in this channel', page));
    if (!inThread) elements.push(button(ACTIONS.thread, 'Open a thread with it', page));
  }
  if (more) elements.push(button(ACTIONS.more, 'Next five', encodeValue({ answerId: id, at: nextOffset(answer) })));
  elements.push({
    type: 'static_select',
    action_id: ACTIONS.whole,
    placeholder: plainText('Show the whole comment'),
    options: hits.map((hit) => ({
      text: plainText(excerpt(`${hit.rank}. ${titleOf(hit, 75)}`, 75)),
      value: encodeValue({ answerId: id, at: hit.rank }),
    })),
  });
  return [{ type: 'actions', elements }];
}

export function titleOf(hit: Hit, limit: number): string {
  return excerpt(visibleLine(hit.title), limit) || '(no title)';
}

/** The address, where it may be linked and is of a sensible length. */
export function linkOf(hit: Hit, url: string | undefined): string | undefined {
  const link = safeLink(hit, url);
  return link && link.length <= LONGEST_LINK ? link : undefined;
}

export function plain(text: string, style?: { readonly bold: true } | { readonly code: true }): types.RichTextText {
  return { type: 'text', text, ...(style && { style }) };
}

export function richText(...elements: readonly Inline[]): types.RichTextBlock {
  return { type: 'rich_text', elements: [section(...elements)] };
}

function section(...elements: readonly Inline[]): types.RichTextSection {
  return { type: 'rich_text_section', elements: [...elements] };
}

export function context(text: string): types.ContextBlock {
  return { type: 'context', elements: [plainText(text)] };
}

export function button(actionId: string, label: string, value: string): types.Button {
  return { type: 'button', action_id: actionId, text: plainText(label), value };
}

/** Without `:emoji:`. */
export function plainText(text: string): types.PlainTextElement {
  return { type: 'plain_text', text, emoji: false };
}
