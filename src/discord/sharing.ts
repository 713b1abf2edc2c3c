import type { Place } from '../access.ts';
import type { Action } from '../help/action.ts';
import { SHUT_OUT } from '../help/asker.ts';
import { ChatRefusal, type MessageRef, type Room } from '../help/chat.ts';
import { ENOUGH_THIS_HOUR } from '../help/public-turns.ts';
import { threadName } from '../help/thread-name.ts';
import { COMMENTS_GONE, NO_PUBLIC_ANSWERS, POSTED_ALREADY, TOO_OLD } from '../reply-text.ts';
import type { Answer } from '../retrieval/answer.ts';
import { visibleLine } from '../visible-text.ts';
import type { Pressed } from './controls.ts';
import { placeOf, publicActions, roomOf } from './place.ts';
import type { PressInteraction } from './presses.ts';
import { renderAnswer } from './reply.ts';
import type { Service } from './service.ts';

/** A sentence for whoever pressed, or nothing more to say. */
type Said = string | undefined;
type Share = Extract<Action, { kind: 'share' | 'thread' }>;

const KEPT_PRIVATE = 'This server shows answers of apps that are not in it only to you, so nobody else sees it.';

/** As the bot's own message, which stays and can be changed later. A repeated post shows one message. */
export function share(service: Service, interaction: PressInteraction, action: Share): Promise<Said> {
  return onlyOnce(service, interaction, action, async (answer, place) => {
    const message = await post(service, interaction, answer, roomOf(interaction), 'share');
    await service.conversations.posted(answer, { message, place, asker: interaction.user.id, through: 'bot' });
    return 'Shared in this channel.';
  });
}

/** Where the bot itself is not: as a public answer to the press. */
export function shareThroughInteraction(service: Service, interaction: PressInteraction, action: Share): Promise<Said> {
  return onlyOnce(service, interaction, action, async (answer, place) => {
    const room = roomOf(interaction);
    const reply = renderAnswer(answer, {
      actions: publicActions(service, room, answer),
      banner: sharedBy(interaction),
    });
    const { id, isPrivate } = await service.api.followUp(interaction, reply, 'everyone');
    if (isPrivate) return KEPT_PRIVATE;
    service.handles.keep(id, interaction, id);
    const message = { ...room, message: id };
    const posted = { message, place, asker: interaction.user.id, through: 'interaction' as const };
    await service.conversations.posted(answer, posted);
    return undefined;
  });
}

/** In a thread of its own under a line that says whose it is, or on the message that it is about. */
export async function openThreadWith(
  service: Service,
  interaction: PressInteraction,
  { origin: { about } }: Pressed,
  action: Share,
): Promise<Said> {
  const { mayOpenThread, mayPostOn } = placeOf(interaction);
  if (about ? !mayPostOn : !mayOpenThread) return 'The bot may not open a thread here.';
  return onlyOnce(service, interaction, action, async (answer, place) => {
    const room = roomOf(interaction);
    const question: MessageRef | undefined = about ? { ...room, message: about } : undefined;
    const thread = question
      ? await threadOn(service, question, answer)
      : await freshThread(service, interaction, answer);
    const message = await post(service, interaction, answer, thread, 'thread');
    const opened = thread.thread === room.thread ? undefined : thread;
    const posted = { message, place, asker: interaction.user.id, question, thread: opened, through: 'bot' as const };
    await service.conversations.posted(answer, posted);
    return opened ? 'The thread is open.' : 'Posted in this thread.';
  });
}

function threadOn({ chat, stopping }: Service, on: MessageRef, answer: Answer): Promise<Room> {
  return chat.openThread(on, { name: threadName(answer.question?.trim() || answer.hits[0]?.title) }, stopping);
}

async function freshThread(service: Service, interaction: PressInteraction, answer: Answer): Promise<Room> {
  const { chat, stopping } = service;
  const about = answer.question ? `: ${visibleLine(answer.question)}` : '.';
  const text = `${visibleLine(interaction.user.displayName)} opened a thread with an answer${about}`;
  const outcome = { kind: 'problem' as const, text };
  const start = await chat.post(
    roomOf(interaction),
    { outcome, actions: [] },
    { key: `start:${interaction.id}`, asked: true },
    stopping,
  );
  try {
    return await threadOn(service, start, answer);
  } catch (error) {
    // A line that announces a thread without one is taken back.
    await chat.remove(start, stopping).catch(() => {});
    throw error;
  }
}

/** Stands above it until it changes: names are not kept. */
function sharedBy({ user }: PressInteraction): string {
  return `Shared by ${visibleLine(user.displayName)}.`;
}

function post(
  service: Service,
  interaction: PressInteraction,
  outcome: Answer,
  room: Room,
  what: string,
): Promise<MessageRef> {
  const banner = sharedBy(interaction);
  const actions = publicActions(service, room, outcome);
  const options = { key: `${what}:${interaction.id}`, asked: true };
  return service.chat.post(room, { outcome, banner, actions }, options, service.stopping);
}

/** A second press within the hour posts nothing; after a failure it may be tried again. */
async function onlyOnce(
  service: Service,
  interaction: PressInteraction,
  action: Share,
  act: (answer: Answer, place: Place) => Promise<Said>,
): Promise<Said> {
  const place = await service.whereabouts.ofInteraction(interaction);
  // Through the interaction alone nothing private is shared: the bot could not take it back.
  const through: Place = placeOf(interaction).mayPost ? place : { ...place, kind: 'outside' };
  const found = await service.answers.page(action.id, action.offset, through);
  if (!found) return TOO_OLD;
  if (found.hits.length === 0) return COMMENTS_GONE;
  const room = roomOf(interaction);
  if (service.conversations.policyOf(room).answers !== 'public') return NO_PUBLIC_ANSWERS;
  if (service.conversations.isShutOut(room, interaction.user.id)) return SHUT_OUT;
  const key = [action.kind, interaction.channelId, action.id, action.offset].join(':');
  if (!service.shared.add(key)) return POSTED_ALREADY;
  try {
    // By a press before a restart.
    if (await service.conversations.isPosted(action, room)) return POSTED_ALREADY;
    if (!(await service.conversations.takePublicTurn(room))) {
      service.shared.forget(key);
      return ENOUGH_THIS_HOUR;
    }
    return await act({ ...found, id: action.id }, through);
  } catch (error) {
    service.shared.forget(key);
    if (!(error instanceof ChatRefusal)) throw error;
    return REFUSALS[error.reason];
  }
}

const REFUSALS: Readonly<Record<ChatRefusal['reason'], string>> = {
  gone: 'The message or the channel is no longer there.',
  forbidden: 'The bot may not post here any more. Somebody who manages the server can give it that permission.',
  locked: 'The thread is locked.',
  blocked: 'The server does not let it through.',
  unsupported: 'There can be no thread here.',
};
