import { UserError } from '../errors.ts';
import type { Action } from '../help/action.ts';
import { SHUT_OUT } from '../help/asker.ts';
import { COMMENTS_GONE, NO_PUBLIC_ANSWERS, POSTED_ALREADY, TOO_OLD } from '../reply-text.ts';
import type { Answer } from '../retrieval/answer.ts';
import type { SeenSet } from '../seen-set.ts';
import type { Pressed } from './press.ts';
import { OTHERS_READ, postAnswer, postAsBot, publish, takeTurn } from './publish.ts';
import { renderQuestion } from './reply.ts';
import type { Service } from './service.ts';

type Share = Extract<Action, { kind: 'share' | 'thread' }>;

/** What was shown to one person, for everyone to see: each once an hour. */
export interface Sharing {
  share(pressed: Pressed, action: Extract<Action, { kind: 'share' }>): Promise<void>;
  openThread(pressed: Pressed, action: Extract<Action, { kind: 'thread' }>): Promise<void>;
}

export function createSharing(service: Service, shared: SeenSet): Sharing {
  async function hitsToShare({ room, place, user }: Pressed, { id, offset }: Share): Promise<Answer> {
    if (place.kind === 'outside') throw new UserError(OTHERS_READ);
    if (service.conversations.policyOf(room).answers !== 'public') throw new UserError(NO_PUBLIC_ANSWERS);
    if (service.conversations.isShutOut(room, user)) throw new UserError(SHUT_OUT);
    const answer = await service.answers.page(id, offset, place);
    if (!answer) throw new UserError(TOO_OLD);
    if (answer.hits.length === 0) throw new UserError(COMMENTS_GONE);
    return { ...answer, id };
  }

  /** A second press within the hour posts nothing; after a failure it may be tried again. */
  async function onlyOnce(
    { room, about }: Pressed,
    action: Share,
    post: (key: string) => Promise<void>,
  ): Promise<void> {
    const key = [action.kind, room.channel, about?.message ?? room.thread ?? '', action.id, action.offset].join(':');
    if (!shared.add(key)) throw new UserError(POSTED_ALREADY);
    try {
      // By a press before a restart.
      if (await service.conversations.isPosted(action, room)) throw new UserError(POSTED_ALREADY);
      await post(key);
    } catch (error) {
      shared.forget(key);
      throw error;
    }
  }

  return {
    async share(pressed, action) {
      const { room, place, user: asker, responder } = pressed;
      const answer = await hitsToShare(pressed, action);
      await onlyOnce(pressed, action, (key) => publish({ answer, room, place, asker, key }, responder, service));
    },
    async openThread(pressed, action) {
      const { room, place, user: asker, about } = pressed;
      const { channel } = room;
      const answer = await hitsToShare(pressed, action);
      await onlyOnce(pressed, action, async (key) => {
        await takeTurn(room, service);
        if (about) {
          const thread = { ...room, thread: room.thread ?? about.message };
          const opened = room.thread === undefined ? thread : undefined;
          return postAnswer({ answer, room: thread, place, asker, key, question: about, opened }, service);
        }
        // Under the same key the head is posted once, also when its first reply failed and the button is pressed again.
        const head = { channel, message: renderQuestion(answer.question), key: `${key}:head`, asked: true };
        const { ts } = await postAsBot(head, service);
        const thread = { ...room, thread: ts };
        await postAnswer({ answer, room: thread, place, asker, key: `${key}:answer`, opened: thread }, service);
      });
    },
  };
}
