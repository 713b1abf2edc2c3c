import { ChatRefusal } from '../help/chat.ts';
import { refusalCode } from './api.ts';

const NOT_THERE = 'the bot is not in the channel: invite it';

/** By Slack's code: what kind of refusal it is, and what it means. */
const REFUSALS: Readonly<Record<string, readonly [ChatRefusal['reason'], string]>> = {
  not_in_channel: ['forbidden', NOT_THERE],
  channel_not_found: ['forbidden', 'the channel is gone, or the bot is not in it: invite it'],
  is_archived: ['locked', 'the channel is archived'],
  thread_locked: ['locked', 'the thread is locked'],
  restricted_action: ['forbidden', 'an admin does not let apps post there'],
  restricted_action_read_only_channel: ['forbidden', 'the channel is read-only'],
  restricted_action_thread_only_channel: ['forbidden', 'only threads may be answered there'],
  restricted_action_non_threadable_channel: ['forbidden', 'threads are switched off there'],
  missing_scope: ['forbidden', 'the app lacks a scope: install it again with the manifest'],
  message_not_found: ['gone', 'the message is gone'],
  thread_not_found: ['gone', 'the thread is gone'],
  cant_update_message: ['unsupported', 'the message is not one of the bot'],
  cant_delete_message: ['unsupported', 'the message is not one of the bot'],
  edit_window_closed: ['locked', 'messages there can no longer be changed'],
  user_not_in_channel: ['forbidden', 'the person is not in the channel'],
  cannot_dm_bot: ['blocked', 'bots take no direct messages'],
  user_disabled: ['blocked', 'the person has left'],
  user_not_found: ['blocked', 'the person is not known'],
  messages_tab_disabled: ['blocked', 'direct messages with the app are switched off'],
};

/** What Slack refuses for good, as the conversations know it; whatever else it was, as it was. */
export function refusalOf(error: unknown): unknown {
  if (error instanceof FellOutError) return new ChatRefusal('gone', error.message, error);
  const [reason, meaning] = REFUSALS[refusalCode(error) ?? ''] ?? [];
  return reason && meaning ? new ChatRefusal(reason, `Slack refused: ${meaning}`, error) : error;
}

/** What a code of Slack's means, in one line. */
export function meaningOf(error: unknown): string | undefined {
  return REFUSALS[refusalCode(error) ?? '']?.[1];
}

export function isGone(error: unknown): boolean {
  return REFUSALS[refusalCode(error) ?? '']?.[0] === 'gone';
}

/** A reply whose thread vanished stood in the channel, for everyone, and was taken away again. */
export class FellOutError extends Error {
  override readonly name = 'FellOutError';

  constructor() {
    super('The message that the thread stood on is gone, so the reply fell into the channel and was deleted');
  }
}
