import type { types } from '@slack/bolt';
import { type Action, encodeAction, parseAction } from '../help/action.ts';
import { newIssueUrl } from '../reply-text.ts';
import type { Answer, Hit } from '../retrieval/answer.ts';
import { excerpt } from '../visible-text.ts';
import { type Block, plainText } from './blocks.ts';
import { titleOf } from './hit-text.ts';

/**
 * What can be pressed below an answer. The value of each control says which action it is of which answer, so it works
 * after a restart; what is wanted rarely stands behind "…".
 */

/** What all action ids look like, those of earlier versions included: how the listener finds ours. */
export const ACTION_PATTERN = /^(?:p2_|precedent_(?!form))/;

/** The block of a message that went out through an interaction carries who asked for it. */
const VIA_PREFIX = 'p2_via|';

export type ControlsView = {
  readonly actions: readonly Action[];
  /** The labels differ in a thread, and where the answer is about a message that was chosen. */
  readonly inThread?: boolean | undefined;
  readonly about?: boolean | undefined;
  /** In a modal Slack's own thumbs are not allowed. */
  readonly inModal?: boolean | undefined;
  /** Who asked for what goes out through an interaction alone. */
  readonly via?: string | undefined;
};

const RARE = new Set<Action['kind']>(['hide', 'remove']);
const MOST_RARE = 5;

export function controlBlocks(answer: Answer, view: ControlsView): readonly Block[] {
  const { actions, inModal = false, via } = view;
  const [up, down] = [true, false].map((wanted) => actions.find((action) => isThumb(action, wanted)));
  const thumbs = !inModal && up && down ? [thumbsBlock(up, down)] : [];
  const rare = actions.filter(({ kind }) => RARE.has(kind)).flatMap(rareActions);
  const elements = actions.flatMap((action): types.ActionsBlockElement[] => {
    if (RARE.has(action.kind) || (thumbs.length > 0 && (action === up || action === down))) return [];
    return controlOf(action, answer, view);
  });
  if (rare.length > 0) elements.push(overflow(rare));
  const row = elements.length > 0 ? [{ type: 'actions' as const, elements }] : [];
  const named = row.map((block) => (via === undefined ? block : { ...block, block_id: `${VIA_PREFIX}${via}` }));
  return [...named, ...thumbs];
}

function isThumb(action: Action, up: boolean): boolean {
  return action.kind === 'vote' && action.rank === 0 && action.up === up;
}

function controlOf(action: Action, answer: Answer, { inThread, about }: ControlsView): types.ActionsBlockElement[] {
  switch (action.kind) {
    case 'share':
      return [button(action, inThread ? 'Share in this thread' : 'Share in this channel')];
    case 'thread':
      if (about) return [button(action, 'Post in a thread on the message')];
      return inThread ? [] : [button(action, 'Open a thread with it')];
    case 'page':
      return [button(action, 'Next five')];
    case 'whole':
      return answer.hits.length > 0 ? [hitSelect(answer, action, 'Show the whole comment')] : [];
    case 'vote':
      return [button(action, action.up ? 'Helpful' : 'Not helpful')];
    case 'solved':
      return [button(action, 'This solved it')];
    case 'helper':
      return [button(action, 'Ask a helper')];
    case 'issue': {
      const url = newIssueUrl(answer);
      return url ? [{ ...button(action, 'Open an issue'), url }] : [];
    }
    case 'not-here':
      return [button(action, 'Not here')];
    case 'post':
      return [button(action, 'Post')];
    case 'dismiss':
      return [button(action, 'Dismiss')];
    case 'narrow':
      return [button(action, 'Narrow')];
    case 'hide':
    case 'remove':
    case 'judge':
      return [];
  }
}

function rareActions(action: Action): { readonly action: Action; readonly label: string }[] {
  if (action.kind === 'remove') return [{ action, label: 'Remove this answer' }];
  if (action.kind !== 'hide') return [];
  return [{ action, label: action.what === 'comment' ? 'Hide a comment …' : 'Hide an author …' }];
}

function overflow(entries: readonly { readonly action: Action; readonly label: string }[]): types.Overflow {
  const options = entries.slice(0, MOST_RARE).map(({ action, label }) => option(label, action));
  return { type: 'overflow', action_id: 'p2_more', options };
}

function thumbsBlock(up: Action, down: Action): types.ContextActionsBlock {
  const thumb = (label: string, action: Action) => ({
    text: plainText(label),
    accessibility_label: label,
    value: encodeAction(action),
  });
  return {
    type: 'context_actions',
    elements: [
      {
        type: 'feedback_buttons',
        action_id: 'p2_thumbs',
        positive_button: thumb('Helpful', up),
        negative_button: thumb('Not helpful', down),
      },
    ],
  };
}

/** One option for each hit, with the action as it is for that one. */
export function hitSelect({ hits }: Answer, action: Action, placeholder: string): types.StaticSelect {
  return {
    type: 'static_select',
    action_id: `p2_${action.kind}_hit`,
    placeholder: plainText(placeholder),
    options: hits.map((hit) => option(`${hit.rank}. ${titleOf(hit, 75)}`, withRank(action, hit))),
  };
}

function withRank(action: Action, { rank }: Hit): Action {
  return 'rank' in action ? { ...action, rank } : action;
}

function option(label: string, action: Action): types.PlainTextOption {
  return { text: plainText(excerpt(label, 75)), value: encodeAction(action) };
}

export function button(action: Action, label: string): types.Button {
  const value = encodeAction(action);
  return { type: 'button', action_id: `p2_${value}`, text: plainText(label), value };
}

/** Below what a report asks about. */
export function judgeButtons(id: string): readonly types.Button[] {
  return [button({ kind: 'judge', id, right: true }, 'Right'), button({ kind: 'judge', id, right: false }, 'Wrong')];
}

/** What concerns one hit alone: below its whole comment. Who may not do it is told so. */
export function hitButtons(id: string, rank: number): readonly types.Button[] {
  return [
    button({ kind: 'vote', id, rank, up: true }, 'Helpful'),
    button({ kind: 'vote', id, rank, up: false }, 'Not helpful'),
    button({ kind: 'solved', id, rank }, 'This solved it'),
  ];
}

/** What was pressed or chosen: `older` for controls of a version that this one does not know. */
export function readControl(element: object): Action | 'older' | undefined {
  const { action_id: id, ...rest } = element as { action_id?: string };
  const value = pressedValue(rest);
  if (id?.startsWith('p2_')) return parseAction(value ?? '') ?? 'older';
  return id?.startsWith('precedent_') ? (firstVersion(id, value) ?? 'older') : undefined;
}

function pressedValue(element: object): string | undefined {
  const { value, selected_option: chosen } = element as { value?: unknown; selected_option?: { value?: unknown } };
  const text = chosen?.value ?? value;
  return typeof text === 'string' ? text : undefined;
}

/** Buttons of the first version stand below answers that are kept for a month, or longer where that is set. */
function firstVersion(actionId: string, value: string | undefined): Action | undefined {
  const [, id, number, third = '0'] = /^([\w-]{1,30}):(\d{1,6})(?::(\d{1,4}))?$/.exec(value ?? '') ?? [];
  if (id === undefined) return undefined;
  const at = Number(number);
  switch (/^precedent_([a-z]+)/.exec(actionId)?.[1]) {
    case 'share':
      return { kind: 'share', id, offset: at };
    case 'thread':
      return { kind: 'thread', id, offset: at };
    case 'more':
      return { kind: 'page', id, offset: at };
    case 'whole':
    case 'part':
      return { kind: 'whole', id, rank: at, part: Number(third) };
    default:
      return undefined;
  }
}

/** Who asked for the message that carries this block, where it went out through an interaction. */
export function viaOf(blockId: string | undefined): string | undefined {
  return blockId?.startsWith(VIA_PREFIX) ? blockId.slice(VIA_PREFIX.length) : undefined;
}
