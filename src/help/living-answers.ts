import { describeError } from '../errors.ts';
import type { PostRecord } from '../memory/posts.ts';
import { newRequestId } from '../request-id.ts';
import type { Answer } from '../retrieval/answer.ts';
import { problem } from '../run-command.ts';
import { suggestionActions } from './actions-for.ts';
import { openedHere } from './addressed.ts';
import { again } from './again.ts';
import { type ChatMessage, ChatRefusal, type Post, type Room } from './chat.ts';
import { shownOf } from './corpus-watch.ts';
import type { Deliveries } from './deliveries.ts';
import { contextOf, type HelpDesk, messageKey } from './help-desk.ts';

/** Keeps answers that everybody sees in step with their question, with GitHub, and with what managers decide. */
export interface LivingAnswers {
  /** The question was changed: its answers are replaced, once it was left alone for a moment. */
  questionEdited(message: ChatMessage): void;
  /** The question is gone: its answers go, each with the thread that the bot opened for it where nobody else wrote. */
  withdraw(posts: readonly PostRecord[]): Promise<void>;
  /** Shows what may be shown now. What cannot be changed waits for a press (`current`). */
  refresh(posts: readonly PostRecord[]): Promise<void>;
  /** Changes what does not show any more what it showed: of a server, or everywhere. */
  refreshScope(where: Room | undefined): Promise<void>;
  /** What a posted answer is to look like now; undefined when nothing is left of it to show. */
  current(post: PostRecord): Promise<Post | undefined>;
  /** Resolves when everything that waited is done. */
  settled(): Promise<void>;
  close(): void;
}

const DAY_MS = 24 * 3600_000;
const CHANGED_AT_ONCE = 8;

export function createLivingAnswers(desk: HelpDesk, deliveries: Deliveries): LivingAnswers {
  const { asker, memory, settings, log, signal, now } = desk;
  /** Edits whose answer is not there yet. */
  const waiting = new Map<string, { readonly timer: NodeJS.Timeout; readonly editedAt: number }>();
  const running = new Set<Promise<void>>();
  /** One replacement of an answer at a time, so that the last edit has the last word. */
  const replacing = new Map<string, Promise<void>>();

  function failed(error: unknown): void {
    if (!signal.aborted) log.error('An answer could not be kept up to date', { error });
  }

  function track(work: Promise<unknown>): void {
    const ending = work.then(() => {}, failed);
    running.add(ending);
    void ending.finally(() => running.delete(ending));
  }

  async function replace(message: ChatMessage): Promise<void> {
    const words = message.text?.trim() ?? '';
    const { ref, author, editedAt = now() } = message;
    if (!/[\p{L}\p{N}]/u.test(words) || memory.channels.isShutOut(ref, `${ref.platform}:${author.id}`)) return;
    for (const post of await memory.posts.ofQuestion(message.ref)) {
      const record = await memory.answers.recall(post.answerId);
      if (!record || record.wasAsked(words) || editedAt - record.askedAt > DAY_MS) continue;
      const context = contextOf(message, newRequestId());
      const follows = await questionBefore(post);
      const options = { follows, literal: isUnasked(post), limited: false, kept: false };
      const answer = await again(desk, () => asker.ask(words, context, options, signal));
      if (deliveries.isGone(message.ref)) return;
      await memory.answers.replace(post.answerId, answer);
      await again(desk, () => show(post));
    }
  }

  /** A follow-up is searched again together with the question that it follows. */
  async function questionBefore({ answerId, message }: PostRecord): Promise<string | 'unknown' | undefined> {
    const [first] = openedHere(await memory.posts.inThread(message));
    if (!first || first.answerId === answerId) return undefined;
    return (await memory.answers.recall(first.answerId))?.question ?? 'unknown';
  }

  async function current(post: PostRecord): Promise<Post | undefined> {
    const page = await memory.answers.page(post.answerId, post.offset, post.place);
    if (!page) return undefined;
    const solution = await memory.votes.solution(post.answerId);
    const solved = page.hits.find(({ key }) => key === solution);
    const notes = solved ? [`Hit ${solved.rank} solved it.`, ...page.notes] : page.notes;
    const answer = { ...page, notes, id: post.answerId };
    if (answer.hits.length === 0) {
      const record = await memory.answers.recall(post.answerId);
      const text = record?.ranking.length === 0 ? NOTHING_FOUND : NOTHING_LEFT;
      return { outcome: problem(text), banner: post.banner, actions: actionsBelow(answer, post) };
    }
    return { outcome: answer, banner: post.banner, actions: actionsBelow(answer, post) };
  }

  function actionsBelow(answer: Answer, { kind, message, answerId: id }: PostRecord): Post['actions'] {
    if (kind === 'call') return [];
    if (kind === 'suggestion') return suggestionActions(id);
    return desk.actionsFor(answer, { audience: 'everyone', room: message, automatic: kind === 'automatic' });
  }

  async function show(post: PostRecord): Promise<void> {
    const next = await current(post);
    if (!next) return;
    const { outcome } = next;
    await memory.posts.shows(post, outcome.kind === 'answer' ? shownOf(outcome.hits) : []);
    try {
      await desk.chat(post.message.platform).edit(post.message, next, signal);
    } catch (error) {
      if (!(error instanceof ChatRefusal)) throw error;
      // Gone, or only to be changed by a press.
      if (error.reason === 'gone' && post.through === 'bot') await memory.posts.remove(post);
      else log.info('A posted answer could not be changed', { reason: describeError(error) });
    }
  }

  async function showWhatLeft(post: PostRecord): Promise<void> {
    const page = await memory.answers.page(post.answerId, post.offset, post.place);
    const now = new Set(page?.hits.map(({ key }) => key));
    const before = await memory.posts.shown(post);
    if (page && before.some((key) => !now.has(key))) await show(post);
  }

  async function withdraw(post: PostRecord): Promise<void> {
    const chat = desk.chat(post.message.platform);
    try {
      await chat.remove(post.message, signal);
    } catch (error) {
      if (!(error instanceof ChatRefusal)) throw error;
      log.info('A posted answer could not be removed', { reason: describeError(error) });
    }
    if (post.opened) {
      const others = await chat.othersWrote(post.opened, (user) => memory.posts.isAsker(post, user), signal);
      if (!others) await chat.removeThread(post.opened, signal);
    }
    await memory.posts.remove(post);
  }

  /** Some at once, so that one that is tried again and again does not hold up the others. */
  async function each(posts: readonly PostRecord[], act: (post: PostRecord) => Promise<void>): Promise<void> {
    const left = posts.values();
    const worker = async () => {
      for (const post of left) {
        if (signal.aborted) return;
        await again(desk, () => act(post)).catch(failed);
      }
    };
    await Promise.all(Array.from({ length: CHANGED_AT_ONCE }, worker));
  }

  return {
    questionEdited(message) {
      const key = messageKey(message.ref);
      const { editedAt = now() } = message;
      const last = waiting.get(key);
      // What is read again may have been read before the last edit, of which the platform told by itself.
      if (last && editedAt < last.editedAt) return;
      clearTimeout(last?.timer);
      const timer = setTimeout(() => {
        const turn = (replacing.get(key) ?? Promise.resolve()).then(() => replace(message));
        replacing.set(key, turn);
        const ended = () => {
          if (replacing.get(key) === turn) replacing.delete(key);
          if (waiting.get(key)?.timer === timer) waiting.delete(key);
        };
        track(turn.finally(ended));
      }, settings.editDelayMs);
      timer.unref();
      waiting.set(key, { timer, editedAt });
    },
    withdraw: (posts) => each(posts, withdraw),
    refresh: (posts) => each(posts, show),
    refreshScope: async (where) => each(await memory.posts.inServer(where), showWhatLeft),
    current,
    async settled() {
      await Promise.all(running);
    },
    close() {
      for (const { timer } of waiting.values()) clearTimeout(timer);
      waiting.clear();
    },
  };
}

/** It was not written for the bot. */
function isUnasked({ kind }: PostRecord): boolean {
  return kind === 'automatic' || kind === 'suggestion';
}

/** Instead of an answer of which nothing may be shown any more. */
const NOTHING_LEFT = 'The comments that stood here are no longer there.';
const NOTHING_FOUND = 'No comments found.';
