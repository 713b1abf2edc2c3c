import { BusyError } from '../errors.ts';
import { createRateLimiter } from '../limits.ts';
import type { AnswerRecord } from '../memory/answer-book.ts';
import type { PostRecord } from '../memory/posts.ts';
import { problem } from '../run-command.ts';
import { ChatRefusal, type MessageRef, type Post } from './chat.ts';
import type { Press } from './conversations.ts';
import { shownOf } from './corpus-watch.ts';
import type { HelpDesk } from './help-desk.ts';

/** "Ask a helper": once for each answer, in the channel that a manager chose, with the one permitted ping. */
export interface HelperCalls {
  /** Gives what who pressed is told. */
  call(record: AnswerRecord, post: PostRecord | undefined, press: Press): Promise<string>;
}

const CALLS_AN_HOUR = 3;
const CALLS_AN_HOUR_IN_ALL = 20;
const HOUR_MS = 3600_000;
const UNSURE = 'The helpers may know of it already: I was stopped while I asked them.';

export function createHelperCalls(desk: HelpDesk): HelperCalls {
  const { memory, help, signal } = desk;
  // Of who opted out nothing is remembered, and two may press at once: so these count beside the memory.
  const perUser = createRateLimiter({ limit: CALLS_AN_HOUR, windowMs: HOUR_MS, now: desk.now });
  const perServer = createRateLimiter({ limit: CALLS_AN_HOUR_IN_ALL, windowMs: HOUR_MS, now: desk.now });
  /** By answer: whoever presses meanwhile is told what comes of it. */
  const atWork = new Map<string, Promise<string>>();

  /** Also by what was posted before a restart. */
  async function mayCall({ room, by }: Press): Promise<boolean> {
    const calls = await memory.posts.callsSince(desk.now() - HOUR_MS, room);
    const own = calls.filter((post) => memory.posts.isAsker(post, by));
    if (calls.length >= CALLS_AN_HOUR_IN_ALL || own.length >= CALLS_AN_HOUR) return false;
    try {
      perUser.take(`${room.platform}:${by}`);
      perServer.take(`${room.platform}:${room.server ?? room.channel}`);
      return true;
    } catch (error) {
      if (!(error instanceof BusyError)) throw error;
      return false;
    }
  }

  /**
   * Notes first that it is about to post, which is known for a day: a bot that is killed before it has noted where it
   * posted does not post twice.
   */
  async function announced(key: string, post: () => Promise<MessageRef>): Promise<MessageRef> {
    await memory.handled.add(key);
    try {
      return await post();
    } catch (error) {
      // What was called off because the bot stops may have arrived.
      if (!signal.aborted) await memory.handled.remove(key);
      throw error;
    }
  }

  async function ask(record: AnswerRecord, post: PostRecord | undefined, press: Press): Promise<string> {
    const { room, by, on } = press;
    const { helpersChannel, helpersRole } = help.policyOf(room);
    if (helpersChannel === undefined) {
      const command = desk.settings.commandName(room.platform, 'help-channel');
      return `No helpers are named here. A manager can do so with ${command}.`;
    }
    const earlier = await memory.posts.ofAnswer(record.id);
    if (earlier.some(({ kind }) => kind === 'call')) return 'The helpers know of it already.';
    const key = `call:${record.id}`;
    if (await memory.handled.has(key)) return UNSURE;
    if (!(await mayCall(press))) return 'Helpers were asked often enough for now. Please try again in an hour.';
    const chat = desk.chat(room.platform);
    const there = { platform: room.platform, server: room.server, channel: helpersChannel };
    // The helpers' channel gets only hits that it may see itself.
    const itsPlace = await chat.placeOf(there);
    const page = await memory.answers.page(record.id, post?.offset ?? 0, itsPlace);
    const where = post?.question ?? post?.message ?? on;
    const banner = where ? `Somebody asks for a helper: ${chat.linkTo(where)}` : 'Somebody asks for a helper.';
    const call: Post = {
      outcome: page ? { ...page, id: record.id } : problem('The answer that was given is no longer kept.'),
      banner,
      actions: [],
      ping: helpersRole,
      asks: by,
    };
    try {
      const message = await announced(key, () => chat.post(there, call, { key, asked: true }, signal));
      await memory.posts.add({
        answerId: record.id,
        kind: 'call',
        message,
        question: where,
        through: 'bot',
        offset: post?.offset ?? 0,
        place: itsPlace,
        banner,
        asker: by,
        shows: shownOf(page?.hits ?? []),
      });
      await memory.handled.remove(key);
    } catch (error) {
      if (!(error instanceof ChatRefusal)) throw error;
      return 'The helpers cannot be reached: I may not post in their channel. A manager can change that.';
    }
    return 'The helpers were asked.';
  }

  return {
    async call(record, post, press) {
      const running = atWork.get(record.id) ?? ask(record, post, press).finally(() => atWork.delete(record.id));
      atWork.set(record.id, running);
      return running;
    },
  };
}
