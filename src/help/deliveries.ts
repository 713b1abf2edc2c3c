import { describeError } from '../errors.ts';
import type { PostKind } from '../memory/posts.ts';
import { newRequestId } from '../request-id.ts';
import { type Outcome, outcomeOf, problem } from '../run-command.ts';
import { createSeenSet } from '../seen-set.ts';
import { type ChatMessage, ChatRefusal, type MessageRef, type Post, type Room } from './chat.ts';
import { shownOf } from './corpus-watch.ts';
import { contextOf, type HelpDesk, messageKey } from './help-desk.ts';

/** Brings answers to messages, and takes care of messages that are deleted while theirs is on its way. */
export interface Deliveries {
  deliver(message: ChatMessage, delivery: Delivery): Promise<Delivered>;
  /** The message is gone: what is on its way to it does not arrive, or goes at once. */
  gone(message: MessageRef): void;
  isGone(message: MessageRef): boolean;
  /** Tells who asked why there is no answer, if they take direct messages. At most once an hour. */
  tellWhy(message: ChatMessage, text: string): Promise<void>;
}

export type Delivery = {
  /** Where it is posted. */
  readonly room: Room;
  readonly replyTo?: string | undefined;
  /** The thread that the bot opened for it. */
  readonly opened?: Room | undefined;
  readonly kind: PostKind;
  readonly banner?: string | undefined;
  /** Whether somebody waits for it: then failures are told. */
  readonly asked: boolean;
  /** Only the asker sees it. */
  readonly whisper?: boolean;
  /** Finds the answer. */
  readonly find: (context: ReturnType<typeof contextOf>, signal: AbortSignal) => Promise<Outcome>;
};

/**
 * - `shown`: somebody sees an answer.
 * - `told`: somebody sees why there is none.
 * - `dropped`: nobody does, and nobody is to: the message is gone, or it may not be posted there.
 * - `failed`: nobody does; the message may be handed over again.
 */
export type Delivered = 'shown' | 'told' | 'dropped' | 'failed';

export function createDeliveries(desk: HelpDesk): Deliveries {
  const { memory, settings, log, signal } = desk;
  const errands = new Map<string, AbortController>();
  /** Messages that were deleted lately: their answer may still be on its way through a platform's own command. */
  const deleted = new Set<string>();
  const told = createSeenSet({ windowMs: TOLD_MS, now: desk.now });

  const isGone = (message: MessageRef) => deleted.has(messageKey(message));

  async function run(message: ChatMessage, delivery: Delivery, gone: AbortSignal): Promise<Delivered> {
    const { ref } = message;
    const chat = desk.chat(ref.platform);
    const requestId = newRequestId();
    const context = contextOf(message, requestId);
    const working = new AbortController();
    if (delivery.asked && !delivery.whisper) chat.showWork(delivery.room, working.signal);
    try {
      const outcome = await outcomeOf((limit) => delivery.find(context, limit), {
        facts: { requestId, platform: ref.platform },
        log,
        timeoutMs: settings.answerTimeoutMs,
        signal: AbortSignal.any([signal, gone]),
      });
      if (gone.aborted) return 'dropped';
      if (delivery.whisper) {
        await chat.whisper(message.author.id, delivery.room, postOf(message, delivery, outcome, 'asker'), signal);
        return outcome.kind === 'answer' ? 'shown' : 'told';
      }
      const post = postOf(message, delivery, outcome, 'everyone');
      const posted = await chat.post(delivery.room, post, optionsOf(message, delivery), signal);
      await remember(message, delivery, outcome, posted);
      // Deleted while it was being posted: it must not stay.
      if (!gone.aborted) return outcome.kind === 'answer' ? 'shown' : 'told';
      await takeBack(posted);
      return 'dropped';
    } catch (error) {
      if (gone.aborted || signal.aborted) return 'dropped';
      return await failed(message, delivery, requestId, error);
    } finally {
      working.abort();
    }
  }

  function postOf(message: ChatMessage, delivery: Delivery, outcome: Outcome, audience: 'asker' | 'everyone'): Post {
    const automatic = delivery.kind === 'automatic';
    const view = { audience, room: message.ref, automatic };
    const actions = outcome.kind === 'answer' ? desk.actionsFor(outcome, view) : [];
    return { outcome, banner: delivery.banner, actions };
  }

  async function remember(message: ChatMessage, delivery: Delivery, outcome: Outcome, posted: MessageRef) {
    if (outcome.kind !== 'answer' || outcome.id === undefined) return;
    try {
      await memory.posts.add({
        answerId: outcome.id,
        kind: delivery.kind,
        message: posted,
        question: message.ref,
        opened: delivery.opened,
        through: 'bot',
        offset: outcome.offset,
        place: message.place,
        banner: delivery.banner,
        asker: message.author.id,
        shows: shownOf(outcome.hits),
      });
    } catch (error) {
      log.error('It could not be kept where an answer is posted, so it stays as it is', { error });
    }
  }

  async function takeBack(posted: MessageRef): Promise<void> {
    await desk.chat(posted.platform).remove(posted, signal);
    const record = await memory.posts.ofMessage(posted);
    if (record) await memory.posts.remove(record);
  }

  async function failed(
    message: ChatMessage,
    delivery: Delivery,
    requestId: string,
    error: unknown,
  ): Promise<Delivered> {
    const { platform } = message.ref;
    if (error instanceof ChatRefusal) {
      log.info('An answer could not be posted', { platform, requestId, reason: describeError(error) });
      if (error.reason === 'forbidden') await desk.help.refused(message.ref);
      if (delivery.asked && error.reason !== 'gone') {
        await tellWhy(message, 'I may not post where you asked me. Somebody who manages that place can allow it.');
      }
      return 'dropped';
    }
    log.error('An answer could not be posted', { platform, requestId, error });
    if (!delivery.asked || delivery.whisper) return 'failed';
    const text = `Something went wrong while answering. Please try again; the operator finds this under ${requestId}.`;
    const post: Post = { outcome: problem(text), actions: [] };
    const options = { ...optionsOf(message, delivery), key: `failure:${messageKey(message.ref)}` };
    return desk
      .chat(platform)
      .post(delivery.room, post, options, signal)
      .then(
        () => 'told',
        () => 'failed',
      );
  }

  async function tellWhy({ author, ref }: ChatMessage, text: string): Promise<void> {
    const { platform, channel } = ref;
    const key = `why:${platform}:${channel}:${author.id}`;
    if (author.kind !== 'person' || !told.add(key) || (await memory.handled.has(key, TOLD_MS))) return;
    if (!(await memory.optOuts.has(`${platform}:${author.id}`))) await memory.handled.add(key);
    await desk
      .chat(platform)
      .tell(author.id, text, signal)
      .catch((error: unknown) => log.info('Nobody could be told why there is no answer', { platform, error }));
  }

  return {
    async deliver(message, delivery) {
      const key = messageKey(message.ref);
      if (isGone(message.ref)) return 'dropped';
      const gone = new AbortController();
      errands.set(key, gone);
      try {
        return await run(message, delivery, gone.signal);
      } finally {
        if (errands.get(key) === gone) errands.delete(key);
      }
    },
    gone(message) {
      const key = messageKey(message);
      deleted.add(key);
      if (deleted.size > MOST_GONE) deleted.delete(deleted.values().next().value as string);
      errands.get(key)?.abort();
    },
    isGone,
    tellWhy,
  };
}

const MOST_GONE = 10_000;
const TOLD_MS = 3600_000;

/** What was changed since it was told why there is no answer is answered by another post. */
function optionsOf({ ref, editedAt }: ChatMessage, { asked, replyTo, kind }: Delivery) {
  const edit = editedAt === undefined ? '' : `:${editedAt}`;
  return { key: `${kind}:${messageKey(ref)}${edit}`, asked, replyTo };
}
