import type { types } from '@slack/bolt';
import { blocksOf, type Block as CodeBlock } from '../comment-code.ts';
import { excerpt, tidy, visibleText } from '../reply-text.ts';
import type { Hit } from '../retrieval/answer.ts';
import { ACTIONS, encodeValue } from './buttons.ts';
import {
  type Block,
  button,
  context,
  inlineElements,
  linkOf,
  plain,
  preformatted,
  richText,
  type SlackMessage,
  titleOf,
} from './reply.ts';
import { escapedExcerpt, split } from './sanitize.ts';

/** So that a part stays within 12,000 characters however it is counted. */
const PART_LENGTH = 4_800;
const CHUNK_LENGTH = 2_400;

/** A whole comment as a modal, a part at a time where it is long. `part` counts from 0. */
export function renderCommentView(hit: Hit, { answerId, part }: { answerId: string; part: number }): types.ModalView {
  const parts = partsOf(hit);
  const shown = Math.min(part, parts.length - 1);
  const turn = (to: number) => encodeValue({ answerId, at: hit.rank, part: to });
  const buttons = [
    ...(shown > 0
      ? [{ ...button(ACTIONS.part, 'Previous part', turn(shown - 1)), action_id: `${ACTIONS.part}_back` }]
      : []),
    ...(shown + 1 < parts.length ? [button(ACTIONS.part, 'Next part', turn(shown + 1))] : []),
  ];
  return {
    type: 'modal',
    title: { type: 'plain_text', text: excerpt(`Comment ${hit.rank}`, 24), emoji: false },
    close: { type: 'plain_text', text: 'Close', emoji: false },
    blocks: [
      ...commentBlocks(hit, parts[shown] ?? []),
      ...(parts.length > 1 ? [context(`Part ${shown + 1} of ${parts.length}`)] : []),
      ...(buttons.length > 0 ? [{ type: 'actions' as const, elements: buttons }] : []),
    ],
  };
}

/** The same as a message, for when no modal can be opened: the first part, and how to read on. */
export function renderCommentMessage(hit: Hit): SlackMessage {
  const parts = partsOf(hit);
  const rest = parts.length > 1 ? [context('The comment goes on: read the rest at its link.')] : [];
  return {
    text: escapedExcerpt([titleOf(hit, 150), ...(parts[0] ?? []).map(({ text }) => text)].join('\n'), 3_900),
    blocks: [...commentBlocks(hit, parts[0] ?? []), ...rest],
  };
}

/** A modal that says one sentence. */
export function renderSentenceView(text: string): types.ModalView {
  return {
    type: 'modal',
    title: { type: 'plain_text', text: 'Comment', emoji: false },
    close: { type: 'plain_text', text: 'Close', emoji: false },
    blocks: [richText(plain(text))],
  };
}

/** The comment's blocks, cut where they are long, in groups that fit one view. */
function partsOf(hit: Hit): readonly (readonly CodeBlock[])[] {
  const chunks = blocksOf(tidy(visibleText(hit.comment))).flatMap((block) =>
    split(block.text, CHUNK_LENGTH).map((text) => ({ ...block, text })),
  );
  const parts: CodeBlock[][] = [];
  let room = 0;
  for (const chunk of chunks) {
    const part = parts.at(-1);
    if (part && chunk.text.length <= room) part.push(chunk);
    else {
      parts.push([chunk]);
      room = PART_LENGTH;
    }
    // A block costs some characters beyond its text.
    room -= chunk.text.length + 100;
  }
  return parts;
}

function commentBlocks(hit: Hit, blocks: readonly CodeBlock[]): readonly Block[] {
  const title = titleOf(hit, 150);
  const url = linkOf(hit, hit.commentUrl) ?? linkOf(hit, hit.issueUrl);
  const heading = url
    ? ({ type: 'link', url, text: title, style: { bold: true } } as const)
    : plain(title, { bold: true });
  return [richText(heading), ...(blocks.length > 0 ? blocks.map(chunkBlock) : [richText(plain('(empty)'))])];
}

function chunkBlock({ kind, text }: CodeBlock): Block {
  return kind === 'code' ? { type: 'rich_text', elements: [preformatted(text)] } : richText(...inlineElements(text));
}
