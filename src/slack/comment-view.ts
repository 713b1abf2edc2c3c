import type { types } from '@slack/bolt';
import { blocksOf, type Block as CodeBlock } from '../comment-code.ts';
import type { Hit } from '../retrieval/answer.ts';
import { excerpt, tidy, visibleText } from '../visible-text.ts';
import { type Block, context, inlineElements, modal, plain, preformatted, richText } from './blocks.ts';
import { button, hitButtons } from './controls.ts';
import { linkOf, titleOf } from './hit-text.ts';
import type { SlackMessage } from './reply.ts';
import { escapedExcerpt, split } from './sanitize.ts';

/** So that a part stays within 12,000 characters however it is counted. */
const PART_LENGTH = 4_800;
const CHUNK_LENGTH = 2_400;

export type CommentViewOptions = {
  readonly answerId: string;
  /** Counts from 0. */
  readonly part: number;
  /** Whether what concerns this hit alone can be said below it. */
  readonly votes?: boolean;
};

/** A whole comment as a modal, a part at a time where it is long. */
export function renderCommentView(
  hit: Hit,
  { answerId: id, part, votes = false }: CommentViewOptions,
): types.ModalView {
  const parts = partsOf(hit);
  const shown = Math.min(part, parts.length - 1);
  const turn = (label: string, to: number) => button({ kind: 'whole', id, rank: hit.rank, part: to }, label);
  const buttons = [
    ...(shown > 0 ? [turn('Previous part', shown - 1)] : []),
    ...(shown + 1 < parts.length ? [turn('Next part', shown + 1)] : []),
    ...(votes ? hitButtons(id, hit.rank) : []),
  ];
  return modal(excerpt(`Comment ${hit.rank}`, 24), [
    ...commentBlocks(hit, parts[shown] ?? []),
    ...(parts.length > 1 ? [context(`Part ${shown + 1} of ${parts.length}`)] : []),
    ...(buttons.length > 0 ? [{ type: 'actions' as const, elements: buttons }] : []),
  ]);
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
