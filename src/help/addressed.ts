import type { PostRecord } from '../memory/posts.ts';
import { newRequestId } from '../request-id.ts';
import { problem } from '../run-command.ts';
import { SHUT_OUT } from './asker.ts';
import type { Chat, ChatMessage, Room } from './chat.ts';
import type { Delivered, Deliveries, Delivery } from './deliveries.ts';
import { contextOf, type HelpDesk } from './help-desk.ts';
import { isSure } from './how-sure.ts';
import { ENOUGH_THIS_HOUR } from './public-turns.ts';
import { asksSomething, isCourtesy } from './question.ts';

/** Answers what somebody addressed to the bot: mentions, replies, direct messages, with words or bare. */
export interface Addressed {
  answer(message: ChatMessage): Promise<Delivered>;
  /** Answers what was not addressed to the bot, in a thread that it opened. Strongly: nothing else is said. */
  followUp(message: ChatMessage, before: readonly PostRecord[]): Promise<Delivered>;
  /** What an answer to this message stands below in the same conversation, the newest last. */
  before(message: ChatMessage): Promise<readonly PostRecord[]>;
}

type Question = {
  readonly words: string;
  readonly follows?: string | 'unknown' | undefined;
  /** It was not written for the bot: no word of it narrows it. */
  readonly literal?: boolean;
};

export function createAddressed(desk: HelpDesk, deliveries: Deliveries): Addressed {
  const { asker, memory, help, turns, log, signal } = desk;
  const command = ({ ref }: ChatMessage) => desk.settings.commandName(ref.platform, 'ask');

  async function before({ ref, repliesTo, room }: ChatMessage): Promise<readonly PostRecord[]> {
    if (repliesTo?.author?.kind === 'us') {
      const replied = await memory.posts.ofMessage({ ...ref, message: repliesTo.message });
      if (replied) return [replied];
    }
    return room === 'channel' || ref.thread === undefined ? [] : openedHere(await memory.posts.inThread(ref));
  }

  async function answer(message: ChatMessage): Promise<Delivered> {
    const words = message.text?.trim() ?? '';
    if (words && isTalk(message, words)) return 'dropped';
    const { place, ref } = message;
    // A reply that may not be read could be thanks.
    if (message.text === undefined && message.addressed === 'reply') return 'dropped';
    if (isShutOut(message)) return refuseShutOut(message);
    const policy = help.policyOf(ref);
    if (place.kind === 'outside' && message.room !== 'direct') return answerOutside(message, words);
    if (policy.answers === 'none') return say(message, NO_ANSWERS);
    const question = words ? { words, follows: await followed(message) } : await questionNearby(message);
    if (!question) return say(message, wordsWanted(desk, message));
    if (policy.answers === 'private') return answerInPrivate(message, question);
    if (!(await turns.take(ref))) {
      return say(message, `${ENOUGH_THIS_HOUR} Use ${command(message)} to see answers alone.`);
    }
    return deliveries.deliver(message, {
      ...(await whereTo(message)),
      kind: 'answer',
      asked: true,
      find: find(question),
    });
  }

  const isShutOut = ({ ref, author }: ChatMessage) => memory.channels.isShutOut(ref, `${ref.platform}:${author.id}`);

  /** For them alone, so that they cannot have the bot fill a channel. */
  async function refuseShutOut(message: ChatMessage): Promise<Delivered> {
    if (message.room === 'direct') return say(message, SHUT_OUT);
    await deliveries.tellWhy(message, SHUT_OUT);
    return 'dropped';
  }

  async function mayAnswerInPublic({ place, ref }: ChatMessage): Promise<boolean> {
    if (place.kind === 'outside' || help.policyOf(ref).answers !== 'public') return false;
    return turns.take(ref);
  }

  function find({ words, follows, literal = false }: Question, forEveryone = true): Delivery['find'] {
    return (context, limit) => asker.ask(words, context, { follows, literal, forEveryone }, limit);
  }

  /** Nothing is posted where others read along. Members of the own workspace are answered alone, from what is public. */
  function answerOutside(message: ChatMessage, words: string): Promise<Delivered> | Delivered {
    if (message.stranger) return 'dropped';
    const none = help.policyOf(message.ref).answers === 'none' ? NO_ANSWERS : undefined;
    const reason = none ?? (words ? undefined : wordsWanted(desk, message));
    return deliveries.deliver(message, {
      room: message.ref,
      kind: 'answer',
      asked: true,
      whisper: true,
      find: reason === undefined ? find({ words }, false) : async () => problem(reason),
    });
  }

  async function answerInPrivate(message: ChatMessage, question: Question): Promise<Delivered> {
    if (message.ref.platform === 'discord') {
      return say(message, `Answers in this channel are for the asker alone: use ${command(message)}.`);
    }
    const whisper = { room: message.ref, kind: 'answer', asked: true, whisper: true } as const;
    const delivery = { ...whisper, find: find(question, false) };
    return deliveries.deliver(message, delivery);
  }

  /** One line instead of an answer. */
  async function say(message: ChatMessage, text: string): Promise<Delivered> {
    const where = await whereTo(message);
    return deliveries.deliver(message, { ...where, kind: 'answer', asked: true, find: async () => problem(text) });
  }

  /** On Slack in a thread on the message, on Discord as a reply beside it. */
  async function whereTo(message: ChatMessage): Promise<Pick<Delivery, 'room' | 'replyTo' | 'opened'>> {
    const { ref } = message;
    if (ref.platform === 'discord') return { room: ref, replyTo: ref.message };
    const room: Room = { ...roomOf(ref), thread: ref.thread ?? ref.message };
    return ref.thread === undefined ? { room, opened: room } : { room };
  }

  async function followed(message: ChatMessage): Promise<Question['follows']> {
    const [first] = await before(message);
    if (!first) return undefined;
    const record = await memory.answers.recall(first.answerId);
    return record?.question ?? 'unknown';
  }

  /** A bare mention is about what it stands below: the message replied to, or the first of its thread. */
  async function questionNearby(message: ChatMessage): Promise<Question | undefined> {
    const chat = desk.chat(message.ref.platform);
    const nearby = await readNearby(chat, message);
    const words = nearby?.author.kind === 'us' ? undefined : nearby?.text?.trim();
    if (words) return { words, literal: true };
    const isThread = message.room === 'thread' || message.room === 'forum-post';
    const name = message.ref.platform === 'discord' && isThread ? message.threadName?.trim() : undefined;
    return name ? { words: name, literal: true } : undefined;
  }

  async function readNearby(chat: Chat, { ref, repliesTo, room }: ChatMessage): Promise<ChatMessage | undefined> {
    try {
      if (repliesTo && repliesTo.author?.kind !== 'us') {
        const replied = await chat.read({ ...ref, message: repliesTo.message }, signal);
        if (replied?.text?.trim()) return replied;
      }
      if (ref.thread === undefined || room === 'channel') return undefined;
      return await chat.firstMessage(roomOf(ref), signal);
    } catch (error) {
      log.info('The first message of a thread could not be read', { platform: ref.platform, error });
      return undefined;
    }
  }

  /** The rules looked at the follow-up alone; what would be shown is found together with its question. */
  async function isSureOf(message: ChatMessage, { words, follows }: Question): Promise<boolean> {
    const context = contextOf(message, newRequestId());
    return isSure(await asker.ask(words, context, { follows, limited: false, kept: false }, signal));
  }

  return {
    before,
    answer,
    async followUp(message, earlier) {
      const words = message.text?.trim() ?? '';
      if (!asksSomething(words) || talksToOthers(message) || isShutOut(message)) return 'dropped';
      const [first] = earlier;
      const record = first && (await memory.answers.recall(first.answerId));
      const follows = record?.question ?? 'unknown';
      if (first?.kind === 'automatic') {
        const isWanted = (await help.mayFollowUp(message)) && (await isSureOf(message, { words, follows }));
        if (!isWanted) return 'dropped';
      }
      if (!(await mayAnswerInPublic(message))) return 'dropped';
      const where = { room: roomOf(message.ref), replyTo: replyToOf(message) };
      return deliveries.deliver(message, { ...where, kind: 'answer', asked: true, find: find({ words, follows }) });
    },
  };
}

const NO_ANSWERS = 'I give no answers in this channel.';

/** Thanks, and what is said to the bot in reply without asking anything, get nothing. */
function isTalk({ addressed, mentions }: ChatMessage, words: string): boolean {
  if (isCourtesy(words)) return true;
  if (addressed === 'reply') return !asksSomething(words) || mentions.length > 0;
  return false;
}

/** A reply to another person, or one who is named: talk between people. */
function talksToOthers({ mentions, repliesTo, ref, room }: ChatMessage): boolean {
  if (mentions.length > 0) return true;
  if (repliesTo === undefined || repliesTo.author?.kind === 'us') return false;
  return room !== 'forum-post' || repliesTo.message !== ref.thread;
}

/** What was answered in a thread, if the bot opened that: the first of them is what others there follow. */
export function openedHere(posts: readonly PostRecord[]): readonly PostRecord[] {
  return posts.some(({ opened, kind }) => opened !== undefined || kind === 'automatic') ? posts : [];
}

function roomOf({ platform, server, channel, thread }: Room): Room {
  return { platform, server, channel, thread };
}

function replyToOf({ ref }: ChatMessage): string | undefined {
  return ref.platform === 'discord' ? ref.message : undefined;
}

function wordsWanted({ settings }: HelpDesk, { ref, addressed }: ChatMessage): string {
  const command = settings.commandName(ref.platform, 'ask');
  const direct = addressed === 'direct' ? 'Write me your question in words' : 'Mention me together with your question';
  return `${direct}, use ${command}, or choose Find answers in the menu of a message.`;
}
