import type { Logger } from '../log.ts';
import type { Memory } from '../memory/memory.ts';
import { failureText } from '../reply-text.ts';
import { problem } from '../run-command.ts';
import { createSeenSet } from '../seen-set.ts';
import { actionsFor } from './actions-for.ts';
import { createAddressed } from './addressed.ts';
import { type Asker, SHUT_OUT } from './asker.ts';
import type { Chat, ChatMessage, ChatPlatform, MessageRef } from './chat.ts';
import type { Conversations } from './conversations.ts';
import { shownOf } from './corpus-watch.ts';
import { createDeliveries } from './deliveries.ts';
import type { HelpChannels, Voice } from './help-channels.ts';
import { type ConversationSettings, type HelpDesk, messageKey, roomKey } from './help-desk.ts';
import { createHelperCalls } from './helper-calls.ts';
import { createLivingAnswers } from './living-answers.ts';
import { createPresses } from './presses.ts';
import { createPublicTurns } from './public-turns.ts';
import { openedFor, threadName } from './thread-name.ts';
import { createVoice } from './voice.ts';

export type ConversationsOptions = {
  readonly asker: Asker;
  readonly memory: Memory;
  /** The channels where the bot speaks by itself, with the voice that they speak with. */
  readonly helpChannels: (voice: Voice) => HelpChannels;
  readonly settings: ConversationSettings;
  readonly log: Logger;
  readonly now?: () => number;
};

/** What is edited later than this is no new question. */
const DAY_MS = 24 * 3600_000;
/** As long as an edit may add a mention: one whose answer was removed is not answered again. */
const SEEN_MS = DAY_MS + 3600_000;

const NOT_NOTED = 'It could not be noted that a message was dealt with';

export function createConversations({
  asker,
  memory,
  helpChannels,
  settings,
  log,
  now = Date.now,
}: ConversationsOptions): Conversations {
  const chats = new Map<ChatPlatform, Chat>();
  const stop = new AbortController();
  const seen = createSeenSet({ windowMs: SEEN_MS, now });
  const atWork = new Map<string, Promise<unknown>>();
  const voice = createVoice(
    () => desk,
    () => deliveries,
  );
  const help = helpChannels(voice);
  const desk: HelpDesk = {
    asker,
    memory,
    settings,
    log,
    now,
    help,
    turns: createPublicTurns({ posts: memory.posts, policyOf: (room) => help.policyOf(room), now }),
    signal: stop.signal,
    chat(platform) {
      const chat = chats.get(platform);
      if (!chat) throw new Error(`${platform} said nothing yet of what it can do`);
      return chat;
    },
    actionsFor: (answer, view) => actionsFor(answer, view, help.policyOf(view.room)),
  };
  const deliveries = createDeliveries(desk);
  const addressed = createAddressed(desk, deliveries);
  const living = createLivingAnswers(desk, deliveries);
  const pressed = createPresses(desk, { living, calls: createHelperCalls(desk), suggestions: voice });

  /** Does it once, however often it is told; where it did not work out, the next time it is told again. */
  async function once(key: string, act: () => Promise<unknown>): Promise<void> {
    if (!seen.add(key)) return;
    const work = unlessHandled(key, act).catch((error: unknown) => {
      log.error('An event could not be dealt with', { error });
      return 'failed';
    });
    atWork.set(key, work);
    const outcome = await work;
    atWork.delete(key);
    if (outcome === 'failed' || outcome === 'undecided') seen.forget(key);
  }

  /** What was shown before a restart is known from the memory. */
  async function unlessHandled(key: string, act: () => Promise<unknown>): Promise<unknown> {
    if (await memory.handled.has(key)) return 'handled';
    const outcome = await act();
    const note = (what: string) =>
      memory.handled.add(what).catch((error: unknown) => log.error(NOT_NOTED, { error }));
    if (outcome === 'shown' || outcome === 'told') await note(key);
    if (outcome === 'told') await note(`told ${key}`);
    return outcome;
  }

  async function quietly(act: () => Promise<unknown>): Promise<void> {
    await act().catch((error: unknown) => log.error('An event could not be dealt with', { error }));
  }

  /** It has its answer, from before a restart. */
  async function isAnswered({ ref }: ChatMessage): Promise<boolean> {
    return (await memory.posts.ofQuestion(ref)).some(({ kind }) => kind === 'answer' || kind === 'automatic');
  }

  async function answerAddressed(message: ChatMessage): Promise<void> {
    await once(`addressed:${messageKey(message.ref)}`, async () =>
      (await isAnswered(message)) ? 'answered' : addressed.answer(message),
    );
  }

  /** A mention that was added; or what had got no answer, and has words now. */
  async function addressedByEdit(message: ChatMessage): Promise<void> {
    const key = `addressed:${messageKey(message.ref)}`;
    if (!(await memory.handled.has(`told ${key}`))) {
      if (message.addressed === 'mention') await answerAddressed(message);
    } else if (/[\p{L}\p{N}]/u.test(message.text ?? '')) {
      await once(`${key}:${message.editedAt}`, () => addressed.answer(message));
    }
  }

  async function note(message: ChatMessage): Promise<void> {
    await once(`seen:${messageKey(message.ref)}`, async () => {
      await help.seen(message);
      if (!desk.chat(message.ref.platform).reads(message.ref)) return 'noted';
      const before = await addressed.before(message);
      return before.length === 0 || (await isAnswered(message)) ? 'noted' : addressed.followUp(message, before);
    });
  }

  /** The question is gone, so nothing of it is kept. */
  async function withdrawAnswers(question: MessageRef): Promise<void> {
    const posts = await memory.posts.ofQuestion(question);
    await living.withdraw(posts);
    for (const { answerId } of posts) await memory.answers.forget(answerId);
  }

  return {
    attach: (chat) => void chats.set(chat.platform, chat),
    connected: (platform) => help.connected(platform),
    async message(message) {
      if (message.author.kind === 'us' || message.author.kind === 'bot') return;
      await (message.addressed ? answerAddressed(message) : note(message));
    },
    edited: (message) =>
      quietly(async () => {
        if (message.author.kind === 'us' || message.author.kind === 'bot') return;
        await atWork.get(`addressed:${messageKey(message.ref)}`);
        await atWork.get(`seen:${messageKey(message.ref)}`);
        const posts = await memory.posts.ofQuestion(message.ref);
        if (posts.length > 0) living.questionEdited(message);
        else if (message.addressed && now() - message.writtenAt <= DAY_MS) await addressedByEdit(message);
        await help.edited(message);
      }),
    deleted: (ref) =>
      quietly(async () => {
        deliveries.gone(ref);
        await atWork.get(`seen:${messageKey(ref)}`);
        await help.deleted(ref);
        const own = await memory.posts.ofMessage(ref);
        if (own) await memory.posts.remove(own);
        await withdrawAnswers(ref);
      }),
    threadDeleted: (thread) =>
      quietly(async () => {
        for (const post of await memory.posts.inThread(thread)) {
          if (roomKey(post.message) === roomKey(thread)) await memory.posts.remove(post);
        }
      }),
    reacted: ({ on, by, emoji, added }) =>
      quietly(async () => {
        if (!added || by.kind !== 'person' || !settings.triggerEmoji.includes(emoji)) return;
        await once(`emoji:${messageKey(on)}`, async () => {
          const chat = desk.chat(on.platform);
          const message = await chat.read(on, stop.signal);
          if (!message || message.author.kind === 'us' || message.author.kind === 'bot') return 'dropped';
          if (memory.channels.isShutOut(on, `${on.platform}:${by.id}`)) return 'undecided';
          if (message.place.kind === 'outside' || help.policyOf(on).answers !== 'public') return 'dropped';
          const isAllowed = settings.managers.includes(by.id) || by.id === message.author.id;
          // Somebody else may put it as well.
          if (!isAllowed && (await chat.standing(by.id, on, stop.signal)) === 'member') return 'undecided';
          const words = message.text?.trim() ?? '';
          if (!/[\p{L}\p{N}]/u.test(words) || (await isAnswered(message))) return 'dropped';
          if (!(await desk.turns.take(on))) return 'undecided';
          const { archiveAfterMinutes } = help.policyOf(on);
          const room = await chat.openThread(
            message.ref,
            { name: threadName(words), archiveAfterMinutes },
            stop.signal,
          );
          const asked = { ...message, author: by };
          return deliveries.deliver(asked, {
            room,
            opened: openedFor(message, room),
            kind: 'answer',
            asked: true,
            find: (context, limit) => asker.ask(words, context, { literal: true, forEveryone: true }, limit),
          });
        });
      }),
    posted: (answer, { message, place, asker: who, question, thread, through }) =>
      quietly(async () => {
        if (answer.id === undefined) return;
        await memory.posts.add({
          answerId: answer.id,
          kind: 'answer',
          message,
          question,
          opened: thread,
          through,
          offset: answer.offset,
          place,
          asker: who,
          shows: shownOf(answer.hits),
        });
        // Deleted while the answer was on its way.
        if (question && deliveries.isGone(question)) await withdrawAnswers(question);
        else if (deliveries.isGone(message)) await living.withdraw(await memory.posts.ofAnswer(answer.id));
      }),
    async press(action, press) {
      try {
        const { room, by } = press;
        if (memory.channels.isShutOut(room, `${room.platform}:${by}`)) return { say: problem(SHUT_OUT) };
        return await pressed(action, press);
      } catch (error) {
        log.error('A press could not be dealt with', { requestId: press.requestId, error });
        return { say: problem(failureText(press.requestId)) };
      }
    },
    async current(message) {
      const post = await memory.posts.ofMessage(message).catch(() => undefined);
      return post?.through === 'interaction' ? living.current(post).catch(() => undefined) : undefined;
    },
    commentsChanged: (keys) => quietly(async () => living.refresh(await memory.posts.showing(keys))),
    sourcesChanged: () => living.refreshScope(undefined),
    left: (where) => quietly(() => memory.purge(where)),
    actionsFor: (answer, view) => desk.actionsFor(answer, view),
    policyOf: (room) => help.policyOf(room),
    takePublicTurn: (room) => desk.turns.take(room),
    async standing({ platform, user, server, channel = '' }, signal) {
      if (settings.managers.includes(user)) return 'manager';
      if (platform !== 'discord' && platform !== 'slack') return 'member';
      return desk.chat(platform).standing(user, { platform, server, channel }, signal);
    },
    async close() {
      living.close();
      await help.close();
      stop.abort();
      await living.settled();
    },
  };
}
