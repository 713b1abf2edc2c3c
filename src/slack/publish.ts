import { UserError } from '../errors.ts';
import type { Answer } from '../retrieval/answer.ts';
import { refusalCode } from './api.ts';
import type { Post, Posted } from './posting.ts';
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

type PostedAnswer = Pick<Answer, 'id' | 'offset'>;

/**
 * Posts for everybody: as the bot where it is in the channel, else through the interaction. What goes that way it cannot
 * take back, so of an answer only what is public does.
 *
 * @param answer that is posted; undefined where it is none
 * @throws NotInChannelError where nothing of it may go through the interaction
 */
export async function publish(
  post: Post,
  answer: PostedAnswer | undefined,
  responder: Responder,
  service: Service,
): Promise<void> {
  try {
    await postAsBot(post, service);
  } catch (error) {
    if (!(error instanceof NotInChannelError)) throw error;
    const message = answer ? await publicPart(answer, service) : post.message;
    if (!message) throw error;
    await responder.tellChannel(message, service.work.postSignal);
  }
}

async function publicPart({ id, offset }: PostedAnswer, { answers }: Service): Promise<SlackMessage | undefined> {
  if (id === undefined) return undefined;
  const found = await answers.page(id, offset, { platform: 'slack', kind: 'outside' });
  return found && found.hits.length > 0 ? renderAnswer({ ...found, id }, { audience: 'everyone' }) : undefined;
}
