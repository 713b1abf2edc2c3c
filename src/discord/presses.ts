import { type ButtonInteraction, MessageFlags, type StringSelectMenuInteraction } from 'discord.js';
import type { Place } from '../access.ts';
import { COMMENTS_GONE, POSTED_ALREADY, TOO_OLD, TOO_OLD_OR_GONE } from '../reply-text.ts';
import type { Answer } from '../retrieval/answer.ts';
import { type Acknowledgement, CODES, codeOf } from './api.ts';
import type { Press } from './buttons.ts';
import { LIMITS } from './limits.ts';
import { placeOf } from './place.ts';
import { type DiscordReply, renderAnswer, renderThreadStart, renderWhole } from './reply.ts';
import { plainLine } from './sanitize.ts';
import type { Service } from './service.ts';

/** A message, a sentence for whoever pressed, or nothing more to show. */
type Reply = DiscordReply | string | undefined;

/**
 * How a press is acknowledged, which must be known at once, and what then makes its answer: a message, a sentence for
 * whoever pressed, or nothing more to show.
 */
export type Plan = { readonly how: Acknowledgement; readonly run: () => Promise<Reply> };

type Pressed = ButtonInteraction | StringSelectMenuInteraction;

const KEPT_PRIVATE = 'This server shows answers of apps that are not in it only to you, so nobody else sees it.';

export function answerPress(service: Service, interaction: Pressed, press: Press): Plan {
  // On a public message a button answers only who pressed it; a private one turns its pages in place.
  const isPrivate = interaction.message.flags.has(MessageFlags.Ephemeral);
  switch (press.action) {
    case 'page':
      return { how: isPrivate ? 'update' : 'private reply', run: () => showPage(service, interaction, press) };
    case 'whole':
      return {
        how: 'private reply',
        run: () => showWhole(service, interaction, press.id, Number(chosen(interaction)), 0),
      };
    case 'part':
      return {
        how: isPrivate ? 'update' : 'private reply',
        run: () => showWhole(service, interaction, press.id, press.rank, press.part),
      };
    case 'share':
      return placeOf(interaction).mayPost
        ? { how: 'private reply', run: () => share(service, interaction, press) }
        : { how: 'update', run: () => shareThroughInteraction(service, interaction, press) };
    case 'thread':
      return { how: 'private reply', run: () => openThread(service, interaction, press) };
  }
}

async function showPage(service: Service, interaction: Pressed, { id, offset }: Answered): Promise<Reply> {
  const answer = await service.answers.page(id, offset, await service.whereabouts.ofInteraction(interaction));
  if (!answer) return TOO_OLD;
  const { shared, mayOpenThread, hint } = placeOf(interaction);
  return renderAnswer({ ...answer, id }, { audience: 'asker', share: shared, thread: mayOpenThread, hint });
}

async function showWhole(
  service: Service,
  interaction: Pressed,
  id: string,
  rank: number,
  part: number,
): Promise<Reply> {
  const hit = await service.answers.hit(id, rank, await service.whereabouts.ofInteraction(interaction));
  return hit ? renderWhole(hit, { id, part }) : TOO_OLD_OR_GONE;
}

/** As the bot's own message, which stays and can be changed later. The nonce keeps a repeated post from doubling. */
function share(service: Service, interaction: Pressed, press: Shared): Promise<Reply> {
  const { channelId, id, user } = interaction;
  return onlyOnce(service, interaction, press, async (answer) => {
    const reply = renderAnswer(answer, { audience: 'everyone', sharedBy: user.displayName });
    await service.api.post(channelId, reply, { nonce: id });
    return 'Shared in this channel.';
  });
}

/** Where the bot itself is not: as a public answer to the press. */
function shareThroughInteraction(service: Service, interaction: Pressed, press: Shared): Promise<Reply> {
  return onlyOnce(service, interaction, press, async (answer) => {
    const reply = renderAnswer(answer, { audience: 'everyone', sharedBy: interaction.user.displayName });
    const { isPrivate } = await service.api.followUp(interaction, reply, 'everyone');
    return isPrivate ? KEPT_PRIVATE : undefined;
  });
}

async function openThread(service: Service, interaction: Pressed, press: Shared): Promise<Reply> {
  if (!placeOf(interaction).mayOpenThread) return 'The bot may not open a thread here.';
  const { channelId, id, user } = interaction;
  return onlyOnce(service, interaction, press, async (answer) => {
    const start = await service.api.post(channelId, renderThreadStart(answer, user.displayName), { nonce: id });
    const thread = await threadOn(service, channelId, start, threadName(answer));
    const reply = renderAnswer(answer, { audience: 'everyone', sharedBy: user.displayName });
    await service.api.post(thread, reply, { nonce: `${id}t` });
    return 'The thread is open.';
  });
}

/** A second press within the hour posts nothing; after a failure it may be tried again. */
async function onlyOnce(
  service: Service,
  interaction: Pressed,
  press: Shared,
  post: (answer: Answer) => Promise<Reply>,
): Promise<Reply> {
  const answer = await hitsToShare(service, interaction, press);
  if (typeof answer === 'string') return answer;
  const { action, id, offset } = press;
  const key = [action, interaction.channelId, id, offset].join(':');
  if (!service.shared.add(key)) return POSTED_ALREADY;
  try {
    return await post(answer);
  } catch (error) {
    service.shared.forget(key);
    return refusal(error);
  }
}

/** The thread on its first line, which is taken back when there can be none. */
async function threadOn({ api }: Service, channelId: string, start: string, name: string): Promise<string> {
  try {
    return await api.openThread(channelId, start, name);
  } catch (error) {
    await api.remove(channelId, start).catch(() => {});
    throw error;
  }
}

/** What a thread is about: the question, else the title of the best hit. */
export function threadName({ question, hits }: Answer): string {
  const about = question?.trim() ? question : hits[0]?.title;
  return plainLine(about ?? '', LIMITS.threadName) || 'Answers';
}

type Answered = { readonly id: string; readonly offset: number };
type Shared = Extract<Press, { readonly action: 'share' | 'thread' }>;

async function hitsToShare(service: Service, interaction: Pressed, { id, offset }: Answered): Promise<Answer | string> {
  const place = await service.whereabouts.ofInteraction(interaction);
  // Through the interaction alone nothing private is shared: the bot could not take it back.
  const through: Place = placeOf(interaction).mayPost ? place : { ...place, kind: 'outside' };
  const answer = await service.answers.page(id, offset, through);
  if (!answer) return TOO_OLD;
  return answer.hits.length > 0 ? { ...answer, id } : COMMENTS_GONE;
}

function refusal(error: unknown): string {
  const code = codeOf(error);
  if (code !== CODES.missingPermissions && code !== CODES.missingAccess) throw error;
  return 'The bot may not post here any more. Somebody who manages the server can give it that permission.';
}

function chosen(interaction: Pressed): string | undefined {
  return interaction.isStringSelectMenu() ? interaction.values[0] : undefined;
}
