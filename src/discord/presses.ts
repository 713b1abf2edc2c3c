import { type ButtonInteraction, MessageFlags, type StringSelectMenuInteraction } from 'discord.js';
import type { Action } from '../help/action.ts';
import type { MessageRef } from '../help/chat.ts';
import type { Press } from '../help/conversations.ts';
import { TOO_OLD, TOO_OLD_OR_GONE } from '../reply-text.ts';
import type { Origin, Pressed } from './controls.ts';
import type { Acknowledgement } from './interaction-api.ts';
import { actionsThere, placeOf, roomOf } from './place.ts';
import {
  type DiscordReply,
  renderAnswer,
  renderOutcome,
  renderPick,
  renderPost,
  renderText,
  renderWhole,
} from './reply.ts';
import type { Service } from './service.ts';
import { openThreadWith, share, shareThroughInteraction } from './sharing.ts';

/** What a press shows: to whoever pressed, and in place of the message that was pressed. */
export type Shown = { readonly say?: DiscordReply | undefined; readonly replace?: DiscordReply | undefined };

/** How a press is acknowledged, which must be known at once, and what then makes its answer. */
export type Plan = { readonly how: Acknowledgement; readonly run: () => Promise<Shown> };

export type PressInteraction = ButtonInteraction | StringSelectMenuInteraction;

/** Nothing of ours that Discord's own buttons do not do better is left out silently: these are not shown at all. */
export function planOf(service: Service, interaction: PressInteraction, pressed: Pressed, requestId: string): Plan {
  const { action } = pressed;
  const isPrivate = interaction.message.flags.has(MessageFlags.Ephemeral);
  // A public message of which the bot itself is out of reach is changed by a press on it: it must be acknowledged so.
  const through = !isPrivate && !placeOf(interaction).present;
  const aside = through ? 'update' : 'private reply';
  switch (action.kind) {
    case 'page':
      return isPrivate
        ? { how: 'update', run: async () => turn(await page(service, interaction, pressed, action)) }
        : { how: aside, run: async () => beside(await page(service, interaction, pressed, action)) };
    case 'whole': {
      // Chosen below an answer it stands beside it; its own buttons turn its pages.
      const turns = isPrivate && interaction.isButton();
      return turns
        ? { how: 'update', run: async () => turn(await whole(service, interaction, pressed, action)) }
        : { how: aside, run: async () => beside(await whole(service, interaction, pressed, action)) };
    }
    case 'share':
      return placeOf(interaction).mayPost
        ? { how: 'private reply', run: async () => beside(await share(service, interaction, action)) }
        : { how: 'update', run: async () => beside(await shareThroughInteraction(service, interaction, action)) };
    case 'thread':
      return {
        how: 'private reply',
        run: async () => beside(await openThreadWith(service, interaction, pressed, action)),
      };
    default:
      return { how: 'update', run: () => tellConversations(service, interaction, pressed, requestId) };
  }
}

/** The message that was pressed, for everybody; undefined where only one person sees it. */
export function pressedMessage(interaction: PressInteraction): MessageRef | undefined {
  if (interaction.message.flags.has(MessageFlags.Ephemeral)) return undefined;
  return { ...roomOf(interaction), message: interaction.message.id };
}

/** What was pressed below a public answer comes from that; what was below a private one, from where that came from. */
function originOf(interaction: PressInteraction, { origin }: Pressed): Origin {
  return { about: origin.about, on: pressedMessage(interaction)?.message ?? origin.on };
}

type Reply = DiscordReply | string | undefined;

function beside(reply: Reply): Shown {
  return { say: typeof reply === 'string' ? renderText(reply) : reply };
}

/** In place of what was pressed; a reason stands beside it. */
function turn(reply: Reply): Shown {
  return typeof reply === 'string' ? beside(reply) : { replace: reply };
}

async function page(
  service: Service,
  interaction: PressInteraction,
  pressed: Pressed,
  { id, offset }: Extract<Action, { kind: 'page' }>,
): Promise<Reply> {
  const found = await service.answers.page(id, offset, await service.whereabouts.ofInteraction(interaction));
  if (!found) return TOO_OLD;
  const answer = { ...found, id };
  const { hint } = placeOf(interaction);
  const origin = originOf(interaction, pressed);
  return renderAnswer(answer, { actions: actionsThere(service, interaction, answer, origin.about), origin, hint });
}

async function whole(
  service: Service,
  interaction: PressInteraction,
  pressed: Pressed,
  { id, rank, part }: Extract<Action, { kind: 'whole' }>,
): Promise<Reply> {
  const where = await service.whereabouts.ofInteraction(interaction);
  const [hit, answer] = await Promise.all([service.answers.hit(id, rank, where), service.answers.page(id, 0, where)]);
  if (!hit) return TOO_OLD_OR_GONE;
  const actions = answer ? actionsThere(service, interaction, { ...answer, id }, undefined) : [];
  return renderWhole(hit, { id, part, actions: withSolved(actions, id), origin: originOf(interaction, pressed) });
}

/** Where votes are asked for, that a comment solved it can be said as well; who may say so is seen to later. */
function withSolved(actions: readonly Action[], id: string): readonly Action[] {
  const votes = actions.filter(({ kind }) => kind === 'vote');
  return votes.length > 0 ? [...votes, { kind: 'solved', id, rank: 0 }] : [];
}

async function tellConversations(
  service: Service,
  interaction: PressInteraction,
  pressed: Pressed,
  requestId: string,
): Promise<Shown> {
  const { action, picked } = pressed;
  const room = roomOf(interaction);
  const origin = originOf(interaction, pressed);
  const message = (id: string | undefined) => (id === undefined ? undefined : { ...room, message: id });
  const press: Press = {
    by: interaction.user.id,
    room,
    place: await service.whereabouts.ofInteraction(interaction),
    on: message(origin.on),
    about: message(origin.about),
    requestId,
  };
  const { say, replace, ask } = await service.conversations.press(action, press);
  const told = say ? renderOutcome(say, {}) : ask && renderPick(ask.answer, ask.action, origin);
  if (picked) return { replace: told };
  return { say: told, replace: replace && renderPost(replace) };
}
