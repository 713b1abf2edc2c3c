import {
  type APIActionRowComponent,
  type APIButtonComponent,
  type APISelectMenuOption,
  type APIStringSelectComponent,
  ButtonStyle,
  ComponentType,
} from 'discord.js';
import { type Action, encodeAction, parseAction } from '../help/action.ts';
import { HITS_PER_PAGE, hitFacts, newIssueUrl, nextOffset } from '../reply-text.ts';
import type { Answer, Hit } from '../retrieval/answer.ts';
import { LIMITS } from './limits.ts';
import { plainLine } from './sanitize.ts';

/** What is below a message, and the texts in it, which count towards what a message may hold. */
export type Controls = {
  readonly rows: readonly APIActionRowComponent<APIButtonComponent | APIStringSelectComponent>[];
  readonly texts: readonly string[];
};

/** Where a control comes from: messages by their ids, written into the control beside its action. */
export type Origin = {
  /** What the answer is about, where somebody chose to find answers to it. */
  readonly about?: string | undefined;
  /** The public answer below which a private message was asked for. */
  readonly on?: string | undefined;
};

export type ControlsView = { readonly origin?: Origin | undefined; readonly now: Date };

/** More stand in a select: people read five buttons, and Discord takes no more in a row. */
const MOST_BUTTONS = 5;
const LINK_LENGTH = 512;

/**
 * One select for single hits, at most five buttons, and a second select for what is left. Without an answer there are no
 * hits to press anything for.
 */
export function controlsOf(
  answer: Answer | undefined,
  actions: readonly Action[],
  { origin, now }: ControlsView,
): Controls {
  const found = actions.flatMap((action) => controlsFor(answer, action, origin));
  const links = found.filter((control) => 'url' in control);
  const pressable = found.filter((control) => 'action' in control);
  const room = roomFor(pressable, MOST_BUTTONS - links.length);
  const [shown, more] = [[...pressable.slice(0, room), ...links], pressable.slice(room)];
  const hasWhole = actions.some(({ kind }) => kind === 'whole');
  const whole = hasWhole && answer && answer.hits.length > 0 && wholeSelect(answer, { origin, now });
  const rows = [
    ...(whole ? [row([whole])] : []),
    ...(shown.length > 0 ? [row(shown.map((control) => toButton(control, origin)))] : []),
    ...(more.length > 0 ? [row([moreSelect(more, origin)])] : []),
  ];
  return { rows, texts: rows.flatMap(({ components }) => components.flatMap(textsIn)) };
}

/** The thumbs stand side by side, or both in the select. */
function roomFor(controls: readonly Pressable[], most: number): number {
  const isThumb = (control: Pressable | undefined) => control?.action.kind === 'vote';
  return isThumb(controls[most - 1]) && isThumb(controls[most]) ? most - 1 : most;
}

type Pressable = { readonly label: string; readonly emoji?: string; readonly action: Action };
type Control = Pressable | { readonly label: string; readonly url: string };

function controlsFor(answer: Answer | undefined, action: Action, origin: Origin | undefined): readonly Control[] {
  switch (action.kind) {
    case 'page':
      return answer ? pages(answer) : [];
    case 'whole':
      return [];
    case 'issue': {
      const url = answer && newIssueUrl(answer, LINK_LENGTH);
      return url ? [{ label: 'Open an issue', url }] : [];
    }
    case 'vote':
      return [voteControl(action)];
    case 'thread':
      return [{ label: origin?.about ? 'Post in a thread on the message' : 'Open a thread with it', action }];
    case 'hide':
      return [{ label: action.what === 'comment' ? 'Hide a comment' : 'Hide an author', action }];
    default:
      return [{ label: LABELS[action.kind], action }];
  }
}

const LABELS = {
  share: 'Share in this channel',
  solved: 'This solved it',
  remove: 'Remove',
  helper: 'Ask a helper',
  'not-here': 'Not here',
  post: 'Post',
  dismiss: 'Dismiss',
  judge: 'Right',
  narrow: 'Narrow the search',
} as const satisfies Partial<Record<Action['kind'], string>>;

function voteControl(action: Extract<Action, { kind: 'vote' }>): Pressable {
  return action.up ? { label: 'Helpful', emoji: '👍', action } : { label: 'Not helpful', emoji: '👎', action };
}

function pages(answer: Answer): readonly Control[] {
  const { id = '', offset, more } = answer;
  const page = (label: string, to: number): Control => ({ label, action: { kind: 'page', id, offset: to } });
  return [
    ...(offset > 0 ? [page('Previous five', Math.max(0, offset - HITS_PER_PAGE))] : []),
    ...(more ? [page('Next five', nextOffset(answer))] : []),
  ];
}

export type HitButtonsView = {
  readonly id: string;
  readonly part: number;
  readonly parts: number;
  readonly actions: readonly Action[];
  readonly origin?: Origin | undefined;
};

/** The buttons below a whole comment: its other parts, and what concerns this hit alone. */
export function hitButtons(
  { rank }: Pick<Hit, 'rank'>,
  { id, part, parts, actions, origin }: HitButtonsView,
): readonly APIButtonComponent[] {
  const turn = (label: string, to: number): Pressable => ({ label, action: { kind: 'whole', id, rank, part: to } });
  const own = actions.flatMap((action): readonly Pressable[] => {
    if (action.kind === 'vote') return [voteControl({ ...action, rank })];
    return action.kind === 'solved' ? [{ label: LABELS.solved, action: { ...action, rank } }] : [];
  });
  const controls = [
    ...(part > 0 ? [turn('Previous part', part - 1)] : []),
    ...(part < parts - 1 ? [turn('Next part', part + 1)] : []),
    ...own,
  ];
  return controls.slice(0, MOST_BUTTONS).map((control) => toButton(control, origin));
}

/** Below what a report asks about. */
export function judgeButtons(id: string): readonly APIButtonComponent[] {
  return [true, false].map((right) =>
    toButton({ label: right ? LABELS.judge : 'Wrong', action: { kind: 'judge', id, right } }, undefined),
  );
}

/** Whatever concerns a single hit stands behind this, so that a message keeps to five buttons. */
function wholeSelect(answer: Answer, { origin, now }: ControlsView): APIStringSelectComponent {
  const action: Action = { kind: 'whole', id: answer.id ?? '', rank: 0, part: 0 };
  const options = hitOptions(answer, action, now);
  const custom_id = customId(`hits|${answer.id}`, origin);
  return { type: ComponentType.StringSelect, custom_id, placeholder: 'Show the whole comment', options };
}

/** Asks which hit is meant. */
export function pickSelect(answer: Answer, action: Action, { origin, now }: ControlsView): APIStringSelectComponent {
  const options = hitOptions(answer, action, now);
  return {
    type: ComponentType.StringSelect,
    custom_id: customId(`pick|${action.id}`, origin),
    placeholder: 'Choose one',
    options,
  };
}

/** The hits, each with the action as it is for that one. */
function hitOptions({ hits }: Answer, action: Action, now: Date): APISelectMenuOption[] {
  return hits.map((hit) => {
    const description = plainLine(hitFacts(hit, now).join(' · '), 60);
    const label = plainLine(`${hit.rank}. ${hit.title}`, Math.min(70, LIMITS.selectText));
    const value = encodeAction('rank' in action ? { ...action, rank: hit.rank } : action);
    return { label, value, ...(description && { description }) };
  });
}

function moreSelect(controls: readonly Pressable[], origin: Origin | undefined): APIStringSelectComponent {
  return {
    type: ComponentType.StringSelect,
    custom_id: customId(`more|${controls[0]?.action.id}`, origin),
    placeholder: 'More',
    options: controls.map(({ label, emoji, action }) => ({
      label,
      value: encodeAction(action),
      ...(emoji && { emoji: { name: emoji } }),
    })),
  };
}

function toButton(control: Control, origin: Origin | undefined): APIButtonComponent {
  const { label } = control;
  if ('url' in control) return { type: ComponentType.Button, style: ButtonStyle.Link, label, url: control.url };
  const { emoji, action } = control;
  return {
    type: ComponentType.Button,
    style: ButtonStyle.Secondary,
    label,
    custom_id: customId(encodeAction(action), origin),
    ...(emoji && { emoji: { name: emoji } }),
  };
}

export function row<Component extends APIButtonComponent | APIStringSelectComponent>(
  components: readonly Component[],
): APIActionRowComponent<Component> {
  return { type: ComponentType.ActionRow, components: [...components] };
}

function textsIn(component: APIButtonComponent | APIStringSelectComponent): readonly string[] {
  if ('options' in component) {
    const texts = component.options.flatMap(({ label, description }) => [label, description ?? '']);
    return [component.placeholder ?? '', ...texts];
  }
  return 'label' in component ? [component.label ?? ''] : [];
}

/** At most 60 characters of an action, and two ids of 20. */
function customId(text: string, { about, on }: Origin = {}): string {
  // It stands below what it is about or comes from, or beside it: never both.
  if (on) return `${text}#${on}`;
  return about ? `${text}@${about}` : text;
}

/** What was pressed. */
export type Pressed = {
  readonly action: Action;
  readonly origin: Origin;
  /** The message that was pressed only asked which hit is meant. */
  readonly picked: boolean;
};

/** Undefined for what is not of this version. */
export function readPress(id: string, chosen: string | undefined): Pressed | undefined {
  const [, text = '', mark, message] = /^([^@#]+)(?:([@#])(\d+))?$/.exec(id) ?? [];
  const action = parseAction(chosen ?? text);
  const origin = { about: mark === '@' ? message : undefined, on: mark === '#' ? message : undefined };
  return action && { action, origin, picked: text.startsWith('pick|') };
}
