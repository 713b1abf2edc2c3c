import { type ButtonInteraction, MessageFlags, type StringSelectMenuInteraction } from 'discord.js';
import type { Answer } from '../retrieval/answer.ts';
import { type Acknowledgement, CODES, codeOf } from './api.ts';
import type { Press } from './buttons.ts';
import { type Desk, type Sentence, sentence, TOO_OLD } from './desk.ts';
import { LIMITS } from './limits.ts';
import { placeOf } from './place.ts';
import { type DiscordReply, renderAnswer, renderThreadStart, renderWhole } from './reply.ts';
import { plainLine } from './sanitize.ts';

/**
 * How a press is acknowledged, which must be known at once, and what then makes its answer: a message, a sentence for
 * whoever pressed, or nothing more to show.
 */
export type Plan = { readonly how: Acknowledgement; readonly run: () => Promise<DiscordReply | Sentence | undefined> };

type Pressed = ButtonInteraction | StringSelectMenuInteraction;

const GONE = 'These comments are no longer there.';
const TOO_OLD_OR_GONE = 'This answer is too old, or the comment is no longer there. Please ask again.';
const KEPT_PRIVATE = 'This server shows answers of apps that are not in it only to you, so nobody else sees it.';

export function answerPress(desk: Desk, interaction: Pressed, press: Press): Plan {
  // On a public message a button answers only who pressed it; a private one turns its pages in place.
  const isPrivate = interaction.message.flags.has(MessageFlags.Ephemeral);
  switch (press.action) {
    case 'page':
      return { how: isPrivate ? 'update' : 'private reply', run: () => showPage(desk, interaction, press) };
    case 'whole':
      return { how: 'private reply', run: () => showWhole(desk, press.id, Number(chosen(interaction)), 0) };
    case 'part':
      return {
        how: isPrivate ? 'update' : 'private reply',
        run: () => showWhole(desk, press.id, press.rank, press.part),
      };
    case 'share':
      return placeOf(interaction).mayPost
        ? { how: 'private reply', run: () => share(desk, interaction, press) }
        : { how: 'update', run: () => shareThroughInteraction(desk, interaction, press) };
    case 'thread':
      return { how: 'private reply', run: () => openThread(desk, interaction, press) };
  }
}

async function showPage(desk: Desk, interaction: Pressed, { id, offset }: Answered): Promise<DiscordReply | Sentence> {
  const answer = await desk.answers.page(id, offset);
  if (!answer) return sentence(TOO_OLD);
  const { shared, mayOpenThread, hint } = placeOf(interaction);
  return renderAnswer({ ...answer, id }, { audience: 'asker', share: shared, thread: mayOpenThread, hint });
}

async function showWhole(desk: Desk, id: string, rank: number, part: number): Promise<DiscordReply | Sentence> {
  const hit = await desk.answers.hit(id, rank);
  return hit ? renderWhole(hit, { id, part }) : sentence(TOO_OLD_OR_GONE);
}

/** As the bot's own message, which stays and can be changed later. The nonce keeps a repeated post from doubling. */
async function share(desk: Desk, interaction: Pressed, press: Answered): Promise<DiscordReply | Sentence> {
  const answer = await hitsToShare(desk, press);
  if ('text' in answer) return answer;
  try {
    const reply = renderAnswer(answer, { audience: 'everyone', sharedBy: interaction.user.displayName });
    await desk.api.post(interaction.channelId, reply, { nonce: interaction.id });
    return sentence('Shared in this channel.');
  } catch (error) {
    return refusal(error);
  }
}

/** Where the bot itself is not: as a public answer to the press. */
async function shareThroughInteraction(
  desk: Desk,
  interaction: Pressed,
  press: Answered,
): Promise<Sentence | undefined> {
  const answer = await hitsToShare(desk, press);
  if ('text' in answer) return answer;
  const reply = renderAnswer(answer, { audience: 'everyone', sharedBy: interaction.user.displayName });
  const { isPrivate } = await desk.api.followUp(interaction, reply, 'everyone');
  return isPrivate ? sentence(KEPT_PRIVATE) : undefined;
}

async function openThread(desk: Desk, interaction: Pressed, press: Answered): Promise<DiscordReply | Sentence> {
  if (!placeOf(interaction).mayOpenThread) return sentence('The bot may not open a thread here.');
  const answer = await hitsToShare(desk, press);
  if ('text' in answer) return answer;
  const { channelId, id, user } = interaction;
  try {
    const start = await desk.api.post(channelId, renderThreadStart(answer, user.displayName), { nonce: id });
    const thread = await threadOn(desk, channelId, start, threadName(answer));
    const reply = renderAnswer(answer, { audience: 'everyone', sharedBy: user.displayName });
    await desk.api.post(thread, reply, { nonce: `${id}t` });
    return sentence('The thread is open.');
  } catch (error) {
    return refusal(error);
  }
}

/** The thread on its first line, which is taken back when there can be none. */
async function threadOn({ api }: Desk, channelId: string, start: string, name: string): Promise<string> {
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

async function hitsToShare(desk: Desk, { id, offset }: Answered): Promise<Answer | Sentence> {
  const answer = await desk.answers.page(id, offset);
  if (!answer) return sentence(TOO_OLD);
  return answer.hits.length > 0 ? { ...answer, id } : sentence(GONE);
}

function refusal(error: unknown): Sentence {
  const code = codeOf(error);
  if (code !== CODES.missingPermissions && code !== CODES.missingAccess) throw error;
  return sentence('The bot may not post here any more. Somebody who manages the server can give it that permission.');
}

function chosen(interaction: Pressed): string | undefined {
  return interaction.isStringSelectMenu() ? interaction.values[0] : undefined;
}
