import type { BlockAction } from '@slack/bolt';
import type { Place } from '../access.ts';
import type { Action } from '../help/action.ts';
import type { MessageRef, Room } from '../help/chat.ts';
import { viaOf } from './controls.ts';
import { readModalOrigin } from './modal-origin.ts';
import { createResponder, type Responder } from './respond.ts';
import type { Service } from './service.ts';

/** One press of a button, or one choice of a select: of a message, or in a modal that was opened from one. */
export type Pressed = {
  readonly action: Action;
  readonly user: string;
  readonly room: Room;
  readonly place: Place;
  /** The message of the bot that everybody sees. */
  readonly on: MessageRef | undefined;
  /** Who asked for it, where it went out through an interaction. */
  readonly via: string | undefined;
  /** The message that was chosen in its menu. */
  readonly about: MessageRef | undefined;
  /** The message that was pressed only asked which hit is meant. */
  readonly picked: boolean;
  /** The modal that it happened in, and whether it is one of its buttons. */
  readonly viewId: string | undefined;
  readonly isButton: boolean;
  readonly trigger: string;
  readonly responder: Responder;
  /** The address to respond to, for a form that is opened from here. */
  readonly responseUrl: string | undefined;
  readonly requestId: string;
};

/** A question which hit is meant carries the message that it is about. */
const PICK_PREFIX = 'p2_pick|';

export function pickBlockId({ on, via }: Pick<Pressed, 'on' | 'via'>): string {
  return `${PICK_PREFIX}${[on?.message ?? '', via ?? ''].join('|')}`;
}

export type PressOrigin = Omit<Pressed, 'action' | 'place' | 'requestId'>;

/** Where a press happened, as far as Slack says. */
export function originOf(body: BlockAction, element: object, service: Service): PressOrigin {
  const { client, identity, log } = service;
  const modal = body.view && readModalOrigin(body.view.private_metadata);
  const { channel: at, container, message, user } = body;
  const channel = modal?.channel ?? at?.id ?? text(container.channel_id) ?? '';
  const threadTs = modal ? modal.threadTs : (text(container.thread_ts) ?? text(message?.thread_ts));
  const blockId = text((element as { block_id?: unknown }).block_id);
  const picked = blockId?.startsWith(PICK_PREFIX) ?? false;
  const [pickedOn, pickedVia] = picked ? (blockId ?? '').slice(PICK_PREFIX.length).split('|') : [];
  const isPrivate = container.is_ephemeral === true || body.view !== undefined;
  const on = modal?.on ?? (picked ? pickedOn : isPrivate ? undefined : text(container.message_ts));
  const room: Room = { platform: 'slack', server: identity.teamId, channel, thread: threadTs };
  return {
    user: user.id,
    room,
    on: on ? { ...room, message: on } : undefined,
    via: modal?.via ?? (picked ? pickedVia || undefined : viaOf(blockId)),
    about: modal?.about ? { ...room, message: modal.about } : undefined,
    picked,
    viewId: body.view?.id,
    isButton: (element as { type?: unknown }).type === 'button',
    trigger: body.trigger_id,
    responseUrl: body.response_url,
    responder: createResponder({ url: body.response_url, place: { channel, user: user.id, threadTs }, client, log }),
  };
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
