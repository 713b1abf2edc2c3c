import { describeError } from '../errors.ts';
import type { PostRecord } from '../memory/posts.ts';
import { newRequestId } from '../request-id.ts';
import type { Answer } from '../retrieval/answer.ts';
import { suggestionActions } from './actions-for.ts';
import { type ChatMessage, ChatRefusal, type MessageRef, type Post, type Room } from './chat.ts';
import { shownOf } from './corpus-watch.ts';
import type { Deliveries } from './deliveries.ts';
import type { Voice } from './help-channels.ts';
import { contextOf, type HelpDesk, messageKey } from './help-desk.ts';
import { openedFor, threadName } from './thread-name.ts';

/** What becomes of suggestions in the helpers' channel. */
export interface Suggestions {
  /** Gives what who pressed is told. */
  decide(what: 'post' | 'dismiss', suggestion: PostRecord | undefined, by: string): Promise<string>;
}

/** How help channels speak. The desk is asked for when it is needed: it needs the help channels itself. */
export function createVoice(deskOf: () => HelpDesk, deliveriesOf: () => Deliveries): Voice & Suggestions {
  async function reply(message: ChatMessage, answer: Answer, banner: string): Promise<Answer | undefined> {
    const desk = deskOf();
    const { memory } = desk;
    const isMute = message.place.kind === 'outside' || deliveriesOf().isGone(message.ref);
    if (isMute || (await isOptedOut(message)) || (await hasAnswer(message))) return undefined;
    const isKept = answer.id !== undefined;
    const kept = isKept ? answer : await memory.answers.keep(answer, contextOf(message, newRequestId()));
    const room = await openThread(message, answer);
    if (!room) return undefined;
    const delivered = await deliveriesOf().deliver(message, {
      room,
      opened: openedFor(message, room),
      kind: 'automatic',
      banner,
      asked: false,
      find: async () => kept,
    });
    if (delivered === 'failed') throw new Error('the automatic reply could not be posted');
    return delivered === 'shown' ? kept : undefined;
  }

  async function openThread(message: ChatMessage, { question }: Answer): Promise<Room | undefined> {
    const desk = deskOf();
    const { archiveAfterMinutes } = desk.help.policyOf(message.ref);
    try {
      const name = threadName(question ?? message.text);
      return await desk.chat(message.ref.platform).openThread(message.ref, { name, archiveAfterMinutes }, desk.signal);
    } catch (error) {
      if (!(error instanceof ChatRefusal)) throw error;
      desk.log.info('No thread could be opened for an automatic reply', { reason: describeError(error) });
      return undefined;
    }
  }

  async function suggest(message: ChatMessage, answer: Answer, banner: string): Promise<Answer | undefined> {
    const desk = deskOf();
    const { ref, place, author } = message;
    if (place.kind === 'outside' || deliveriesOf().isGone(ref) || (await isOptedOut(message))) return undefined;
    const chat = desk.chat(ref.platform);
    if (ref.platform === 'slack') {
      const kept = await desk.memory.answers.keep(answer, contextOf(message, newRequestId()));
      const actions = desk.actionsFor(kept, { audience: 'asker', room: ref, automatic: true });
      await chat.whisper(author.id, ref, { outcome: kept, banner, actions }, desk.signal);
      return kept;
    }
    const { helpersChannel } = desk.help.policyOf(ref);
    if (helpersChannel === undefined) return undefined;
    const there = { platform: ref.platform, server: ref.server, channel: helpersChannel };
    // The helpers' channel gets only hits that it may see itself.
    const itsPlace = await chat.placeOf(there);
    const kept = await desk.memory.answers.keep(answer, contextOf(message, newRequestId()));
    if (kept.id === undefined) return undefined;
    const page = await desk.memory.answers.page(kept.id, 0, itsPlace);
    if (!page || page.hits.length === 0) return undefined;
    const line = `${banner} ${chat.linkTo(ref)}`;
    const post: Post = {
      outcome: { ...page, id: kept.id },
      banner: line,
      actions: suggestionActions(kept.id),
    };
    const options = { key: `suggestion:${messageKey(ref)}`, asked: false };
    const posted = await chat.post(there, post, options, desk.signal);
    await desk.memory.posts.add({
      answerId: kept.id,
      kind: 'suggestion',
      message: posted,
      question: ref,
      through: 'bot',
      offset: 0,
      place: itsPlace,
      banner: line,
      asker: author.id,
      shows: shownOf(page.hits),
    });
    if (deliveriesOf().isGone(ref)) await dismiss(posted);
    return kept;
  }

  async function dismiss(posted: MessageRef): Promise<void> {
    const { memory, chat, signal } = deskOf();
    await chat(posted.platform).remove(posted, signal);
    const record = await memory.posts.ofMessage(posted);
    if (record) await memory.posts.remove(record);
  }

  const isOptedOut = ({ ref, author }: ChatMessage) => deskOf().memory.optOuts.has(`${ref.platform}:${author.id}`);
  const hasAnswer = async ({ ref }: ChatMessage) =>
    (await deskOf().memory.posts.ofQuestion(ref)).some(({ kind }) => kind === 'answer' || kind === 'automatic');

  return {
    chat: (platform) => deskOf().chat(platform),
    async search(message, signal) {
      const { asker } = deskOf();
      const context = contextOf(message, newRequestId());
      return asker.ask(message.text?.trim() ?? '', context, { literal: true, limited: false, kept: false }, signal);
    },
    reply: (message, answer, banner) => reply(message, answer, banner),
    suggest: (message, answer, banner) => suggest(message, answer, banner),
    async decide(what, suggestion, by) {
      const { memory, chat, help, signal } = deskOf();
      if (suggestion?.kind !== 'suggestion' || !suggestion.question) return 'This was decided already.';
      if (what === 'dismiss') {
        await help.judged({ answerId: suggestion.answerId, verdict: 'dismissed', by });
        await dismiss(suggestion.message);
        return 'Dismissed.';
      }
      const message = await chat(suggestion.message.platform).read(suggestion.question, signal);
      const answer = message && (await memory.answers.page(suggestion.answerId, 0, message.place));
      if (!message || !answer || answer.hits.length === 0) {
        await dismiss(suggestion.message);
        return 'The message is no longer there.';
      }
      const posted = await reply(message, answer, 'A helper sends this.');
      if (!posted) return 'It could not be posted: the message has an answer already, or I may not post there.';
      await help.judged({ answerId: suggestion.answerId, verdict: 'posted', by });
      await dismiss(suggestion.message);
      return 'Posted.';
    },
  };
}
