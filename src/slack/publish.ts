import type { Place } from '../access.ts';
import { UserError } from '../errors.ts';
import type { MessageRef, Room } from '../help/chat.ts';
import { ENOUGH_THIS_HOUR } from '../help/public-turns.ts';
import type { Answer } from '../retrieval/answer.ts';
import { refusalCode } from './api.ts';
import type { Post, Posted } from './posting.ts';
import { FellOutError } from './refusal.ts';
import { renderAnswer, type SlackMessage } from './reply.ts';
import type { Responder } from './respond.ts';
import type { Service } from './service.ts';

/** Slack's words for "the bot is not in that channel"; of a private one it does not admit that it exists. */
const NOT_HERE = new Set(['not_in_channel', 'channel_not_found']);
const CLOSED: Readonly<Record<string, string>> = {
  is_archived: 'This channel is archived, so nothing can be posted here.',
  restricted_action: 'An admin does not let apps post in this channel.',
  restricted_action_read_only_channel: 'This channel is read-only, so I cannot post here.',
  restricted_action_thread_only_channel: 'Only threads may be answered in this channel.',
  restricted_action_non_threadable_channel: 'Threads are switched off in this channel.',
  thread_locked: 'This thread is locked, so I cannot post here.',
};

export class NotInChannelError extends UserError {
  override readonly name = 'NotInChannelError';
}

/**
 * Posts as the bot.
 *
 * @throws NotInChannelError saying how to invite it; UserError where Slack does not let it post
 */
export async function postAsBot(post: Post, { poster, identity, work }: Service): Promise<Posted> {
  try {
    return await poster.post(post, work.postSignal);
  } catch (error) {
    if (error instanceof FellOutError) throw new UserError('The message that this thread stands on is gone.');
    const code = refusalCode(error) ?? '';
    if (NOT_HERE.has(code)) {
      throw new NotInChannelError(
        `I am not in this channel. Invite me with /invite @${identity.botName} and try again.`,
      );
    }
    const reason = CLOSED[code];
    throw reason ? new UserError(reason) : error;
  }
}

/** Why an answer stays with who asked for it, where it may not be for everyone to see. */
export const OTHERS_READ =
  'Others than this workspace read this channel, or I cannot tell, so only you see this. In a private channel, invite me.';

export type Shared = {
  readonly answer: Answer;
  readonly room: Room;
  readonly place: Place;
  readonly asker: string;
  readonly key: string;
  /** The message that the question stands in, if it does. */
  readonly question?: MessageRef | undefined;
  /** The thread that is opened by it. */
  readonly opened?: Room | undefined;
};

/** @throws UserError where this hour had enough public answers */
export async function takeTurn(room: Room, { conversations }: Service): Promise<void> {
  if (!(await conversations.takePublicTurn(room))) throw new UserError(ENOUGH_THIS_HOUR);
}

/** Posts an answer as the bot, and hands it over to live on. @throws as `postAsBot` */
export async function postAnswer(shared: Shared, service: Service): Promise<void> {
  const { answer, room, place, asker, key, question, opened } = shared;
  const { conversations } = service;
  const actions = conversations.actionsFor(answer, { audience: 'everyone', room, automatic: false });
  const message = renderAnswer(answer, { actions, inThread: room.thread !== undefined });
  const posted = await postAsBot({ channel: room.channel, threadTs: room.thread, message, key, asked: true }, service);
  const ref = { ...room, channel: posted.channel, message: posted.ts };
  await conversations.posted(answer, { message: ref, place, asker, question, thread: opened, through: 'bot' });
}

/**
 * Posts an answer for everybody: as the bot where it is in the channel, else through the interaction. What goes that way
 * it cannot take back, so of an answer only what is public does.
 *
 * @throws NotInChannelError where nothing of it may go through the interaction; UserError where it may not be posted
 */
export async function publish(shared: Shared, responder: Responder, service: Service): Promise<void> {
  if (shared.place.kind === 'outside') throw new UserError(OTHERS_READ);
  await takeTurn(shared.room, service);
  try {
    await postAnswer(shared, service);
  } catch (error) {
    if (!(error instanceof NotInChannelError)) throw error;
    const message = await publicPart(shared, service);
    if (!message) throw error;
    await responder.tellChannel(message, service.work.postSignal);
  }
}

/** Slack tells the bot nothing of such a message, so who asked stands in it: it is known with the first press. */
async function publicPart({ answer, room, asker }: Shared, service: Service): Promise<SlackMessage | undefined> {
  const { id, offset } = answer;
  if (id === undefined) return undefined;
  const found = await service.answers.page(id, offset, { platform: 'slack', kind: 'outside' });
  if (!found || found.hits.length === 0) return undefined;
  const page = { ...found, id };
  const actions = service.conversations.actionsFor(page, { audience: 'everyone', room, automatic: false });
  return renderAnswer(page, { actions, inThread: room.thread !== undefined, via: asker });
}
