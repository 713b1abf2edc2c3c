import type { Logger } from '../log.ts';
import type { Memory } from '../memory/memory.ts';
import type { PostRecord } from '../memory/posts.ts';
import { failureText } from '../reply-text.ts';
import type { Reports } from '../report/reports.ts';
import { problem } from '../run-command.ts';
import { actionsFor } from './actions-for.ts';
import { createAddressed } from './addressed.ts';
import type { Asker } from './asker.ts';
import { createCatchUp } from './catch-up.ts';
import type { Chat, ChatMessage, ChatPlatform, MessageRef } from './chat.ts';
import type { Conversations, ServerList } from './conversations.ts';
import { shownOf } from './corpus-watch.ts';
import { createDeliveries } from './deliveries.ts';
import type { HelpChannels, Voice } from './help-channels.ts';
import { type ConversationSettings, type HelpDesk, messageKey, roomKey } from './help-desk.ts';
import { createHelperCalls } from './helper-calls.ts';
import { createLivingAnswers } from './living-answers.ts';
import { createOnce } from './once.ts';
import { createPresses } from './presses.ts';
import { createPublicTurns } from './public-turns.ts';
import { createTriggerEmoji } from './trigger-emoji.ts';
import { createVoice } from './voice.ts';

export type ConversationsOptions = {
  readonly asker: Asker;
  readonly memory: Memory;
  /** What came of questions in help channels, as managers see it. */
  readonly reports: Pick<Reports, 'of'>;
  /** The channels where the bot speaks by itself, with the voice that they speak with. */
  readonly helpChannels: (voice: Voice) => HelpChannels;
  readonly settings: ConversationSettings;
  readonly log: Logger;
  readonly now?: () => number;
};

/** What is edited later than this is no new question. */
const DAY_MS = 24 * 3600_000;

export function createConversations({
  asker,
  memory,
  reports,
  helpChannels,
  settings,
  log,
  now = Date.now,
}: ConversationsOptions): Conversations {
  const chats = new Map<ChatPlatform, Chat>();
  const stop = new AbortController();
  const once = createOnce({ handled: memory.handled, log, now });
  const voice = createVoice(
    () => desk,
    () => deliveries,
  );
  const help = helpChannels(voice);
  const desk: HelpDesk = {
    asker,
    memory,
    reports,
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
  const triggered = createTriggerEmoji(desk, { deliveries, isAnswered });
  const pressed = createPresses(desk, { living, calls: createHelperCalls(desk), suggestions: voice });

  async function quietly(act: () => Promise<unknown>): Promise<void> {
    await act().catch((error: unknown) => log.error('An event could not be dealt with', { error }));
  }

  /** It has its answer, from before a restart. */
  async function isAnswered({ ref }: ChatMessage): Promise<boolean> {
    return (await memory.posts.ofQuestion(ref)).some(({ kind }) => kind === 'answer' || kind === 'automatic');
  }

  async function answerAddressed(message: ChatMessage): Promise<void> {
    await once.run(`addressed:${messageKey(message.ref)}`, async () =>
      (await isAnswered(message)) ? 'answered' : addressed.answer(message),
    );
  }

  /** A mention that was added; or what had got no answer, and has words now. */
  async function addressedByEdit(message: ChatMessage): Promise<void> {
    const key = `addressed:${messageKey(message.ref)}`;
    if (!(await once.wasOnlyTold(key))) {
      if (message.addressed === 'mention') await answerAddressed(message);
    } else if (/[\p{L}\p{N}]/u.test(message.text ?? '')) {
      await once.run(`${key}:${message.editedAt}`, () => addressed.answer(message));
    }
  }

  async function note(message: ChatMessage): Promise<void> {
    await once.run(`seen:${messageKey(message.ref)}`, async () => {
      await help.seen(message);
      if (!desk.chat(message.ref.platform).reads(message.ref)) return 'noted';
      const before = await addressed.before(message);
      return before.length === 0 || (await isAnswered(message)) ? 'noted' : addressed.followUp(message, before);
    });
  }

  /** Somebody deleted it with the platform's own means, who may: that says as much as the button. */
  async function removedByHand(post: PostRecord): Promise<void> {
    if (post.kind === 'automatic') await help.judged({ answerId: post.answerId, verdict: 'removed', by: undefined });
    await memory.posts.remove(post);
  }

  /** The question is gone, so nothing of it is kept. */
  async function withdrawAnswers(question: MessageRef): Promise<void> {
    const posts = await memory.posts.ofQuestion(question);
    await living.withdraw(posts);
    for (const { answerId } of posts) await memory.answers.forget(answerId);
  }

  async function forgetMissing({ platform, bot, servers, covers }: ServerList): Promise<void> {
    const present = new Set(servers);
    const missing = memory.servers.of({ platform, bot }).filter((server) => covers(server) && !present.has(server));
    for (const server of missing) {
      await memory.purge({ platform, server });
      log.info('The bot was removed from a server unnoticed: what was kept of it is deleted', { platform, server });
    }
    memory.servers.add({ platform, bot }, servers);
  }

  const conversations: Conversations = {
    attach: (chat) => void chats.set(chat.platform, chat),
    connected(platform) {
      help.connected(platform);
      catchUp.begin(platform);
    },
    async message(message) {
      if (message.author.kind === 'us' || message.author.kind === 'bot') return;
      await (message.addressed ? answerAddressed(message) : note(message));
    },
    edited: (message) =>
      quietly(async () => {
        if (message.author.kind === 'us' || message.author.kind === 'bot') return;
        await once.done(`addressed:${messageKey(message.ref)}`);
        await once.done(`seen:${messageKey(message.ref)}`);
        const posts = await memory.posts.ofQuestion(message.ref);
        if (posts.length > 0) living.questionEdited(message);
        else if (message.addressed && now() - message.writtenAt <= DAY_MS) await addressedByEdit(message);
        await help.edited(message);
      }),
    deleted: (ref) =>
      quietly(async () => {
        deliveries.gone(ref);
        await once.done(`seen:${messageKey(ref)}`);
        await help.deleted(ref);
        const own = await memory.posts.ofMessage(ref);
        if (own) await removedByHand(own);
        await withdrawAnswers(ref);
      }),
    threadDeleted: (thread) =>
      quietly(async () => {
        for (const post of await memory.posts.inThread(thread)) {
          if (roomKey(post.message) === roomKey(thread)) await removedByHand(post);
        }
      }),
    reacted: ({ on, by, emoji, added }) =>
      quietly(async () => {
        if (!added || by.kind !== 'person' || !settings.triggerEmoji.includes(emoji)) return;
        await once.run(`emoji:${messageKey(on)}`, () => triggered({ on, by }));
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
    isIn: (list) => quietly(() => forgetMissing(list)),
    joined: ({ server, ...bot }) => quietly(async () => memory.servers.add(bot, [server])),
    accessChanged: (where) => help.accessChanged(where),
    patrol: () => help.patrol(),
    access: (room, signal) => desk.chat(room.platform).access(room, signal),
    actionsFor: (answer, view) => desk.actionsFor(answer, view),
    policyOf: (room) => help.policyOf(room),
    async isPosted({ kind, id, offset }, room) {
      const posts = (await memory.posts.ofAnswer(id)).filter(
        (post) => post.kind === 'answer' && post.offset === offset,
      );
      return posts.some(({ message, opened }) => {
        if (opened) return kind === 'thread' && opened.channel === room.channel;
        return (kind === 'share' || room.thread !== undefined) && roomKey(message) === roomKey(room);
      });
    },
    isShutOut: (room, user) => memory.channels.isShutOut(room, `${room.platform}:${user}`),
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
      await Promise.all([living.settled(), catchUp.settled()]);
    },
  };
  const catchUp = createCatchUp(desk, conversations);
  return conversations;
}
