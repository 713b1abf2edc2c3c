import type {
  ButtonInteraction,
  ChatInputCommandInteraction,
  Interaction,
  MessageContextMenuCommandInteraction,
  StringSelectMenuInteraction,
} from 'discord.js';
import type { Command, CommandContext, CommandInput, CommandValues } from '../command.ts';
import { ENOUGH_THIS_HOUR } from '../help/public-turns.ts';
import { failureText, NO_ANSWERS, STOPPING } from '../reply-text.ts';
import { newRequestId } from '../request-id.ts';
import { type Outcome, problem, runCommand } from '../run-command.ts';
import { suggest } from './autocomplete.ts';
import { readPress } from './controls.ts';
import type { Acknowledgement, Delivered } from './interaction-api.ts';
import { actionsThere, placeOf, publicActions, roomOf } from './place.ts';
import { planOf, pressedMessage, type Shown } from './presses.ts';
import { withoutMarkup } from './read-message.ts';
import { type DiscordReply, renderOutcome, renderPost, renderText } from './reply.ts';
import type { Service } from './service.ts';
import { NOT_OPEN } from './trouble.ts';

/** Answers one interaction, once. Never rejects: whoever pressed or asked gets an answer or a reason, the log the rest. */
export async function handleInteraction(service: Service, interaction: Interaction): Promise<void> {
  const isOpen = service.isOpenTo(interaction.guildId ?? undefined);
  if (interaction.isAutocomplete()) return isOpen ? suggest(service, interaction) : undefined;
  const isKnown =
    interaction.isChatInputCommand() ||
    interaction.isMessageContextMenuCommand() ||
    interaction.isButton() ||
    interaction.isStringSelectMenu();
  if (!isKnown || !service.seen.add(interaction.id)) return;
  const requestId = newRequestId();
  try {
    if (!isOpen) await refuse(service, interaction, requestId);
    else if (interaction.isChatInputCommand()) await answerCommand(service, interaction, requestId);
    else if (interaction.isMessageContextMenuCommand()) await answerAction(service, interaction, requestId);
    else await answerComponent(service, interaction, requestId);
  } catch (error) {
    service.onError(error);
    service.log.error('An interaction could not be answered', { requestId, error });
  }
}

async function refuse(service: Service, interaction: Interaction, requestId: string): Promise<void> {
  if (await acknowledge(service, interaction, 'private reply', requestId)) await say(service, interaction, NOT_OPEN);
}

async function answerCommand(
  service: Service,
  interaction: ChatInputCommandInteraction,
  requestId: string,
): Promise<void> {
  const command = service.commands.find(({ name }) => name === interaction.commandName);
  const values = command ? readValues(command, interaction) : {};
  const room = roomOf(interaction);
  const { answers } = service.conversations.policyOf(room);
  const wantsPublic = command !== undefined && answers === 'public' && !isForAsker(service, command, values);
  const isEnough = wantsPublic && !(await service.conversations.takePublicTurn(room));
  const isPrivate = !wantsPublic || isEnough;
  if (!(await acknowledge(service, interaction, isPrivate ? 'private reply' : 'public reply', requestId))) return;
  if (!command)
    return say(service, interaction, 'This command is no longer served. Restart Discord to renew its list.');

  const context = await contextOf(service, interaction, isPrivate, requestId);
  const outcome = service.isClosing() ? problem(STOPPING) : await runCommand(command, values, context, service.running);
  if (isPrivate) await deliver(service, interaction, isEnough ? withNote(outcome) : outcome, { requestId });
  else await deliverToAll(service, interaction, outcome, context);
}

/** What was chosen in a message's menu: found for whoever chose it, who may post it in a thread on that message. */
async function answerAction(
  service: Service,
  interaction: MessageContextMenuCommandInteraction,
  requestId: string,
): Promise<void> {
  const action = service.actions.find(({ label }) => label === interaction.commandName);
  if (!(await acknowledge(service, interaction, 'private reply', requestId))) return;
  if (!action) return say(service, interaction, 'This is no longer served. Restart Discord to renew its menus.');
  const context = await contextOf(service, interaction, true, requestId);
  const { content, id: about } = interaction.targetMessage;
  const message = { text: withoutMarkup(content) };
  const run = {
    name: action.name,
    run: (_: CommandValues, ...rest: [CommandContext, AbortSignal]) => action.run(message, ...rest),
  };
  const outcome = service.isClosing() ? problem(STOPPING) : await runCommand(run, {}, context, service.running);
  await deliver(service, interaction, outcome, { requestId, about });
}

function readValues({ inputs }: Command, { options }: ChatInputCommandInteraction): CommandValues {
  const read = (input: CommandInput) => {
    const value = options.getString(input.name) ?? undefined;
    const isWords = input.kind === 'text' && !input.keepsMentions;
    return isWords && value !== undefined ? withoutMarkup(value) : value;
  };
  return Object.fromEntries(inputs.map((input) => [input.name, read(input)]));
}

/** Why it is not for everyone to see. */
function withNote(outcome: Outcome): Outcome {
  return outcome.kind === 'answer' ? { ...outcome, notes: [ENOUGH_THIS_HOUR, ...outcome.notes] } : outcome;
}

/** Private where it cannot be told. */
function isForAsker({ log }: Service, command: Command, values: CommandValues): boolean {
  try {
    return command.audience(values) === 'asker';
  } catch (error) {
    log.error('A command could not say who sees its answer', { command: command.name, error });
    return true;
  }
}

async function answerComponent(
  service: Service,
  interaction: ButtonInteraction | StringSelectMenuInteraction,
  requestId: string,
): Promise<void> {
  const chosen = interaction.isStringSelectMenu() ? interaction.values[0] : undefined;
  const pressed = readPress(interaction.customId, chosen);
  const plan = pressed && planOf(service, interaction, pressed, requestId);
  const how = plan?.how ?? 'private reply';
  if (!(await acknowledge(service, interaction, how, requestId))) return;
  if (!plan) return say(service, interaction, 'This button belongs to an older version of the bot. Please ask again.');
  if (how === 'update') service.handles.keep(interaction.message.id, interaction, '@original');
  try {
    await show(service, interaction, how, service.isClosing() ? { say: renderText(STOPPING) } : await plan.run());
  } catch (error) {
    service.onError(error);
    service.log.error('A button could not be answered', { requestId, action: pressed?.action.kind, error });
    await show(service, interaction, how, { say: renderText(failureText(requestId)) });
  }
  await bringUpToDate(service, interaction, how, requestId);
}

/** Under an update the message that was pressed stays or is replaced, and what is said stands beside it. */
async function show(
  { api }: Service,
  interaction: ButtonInteraction | StringSelectMenuInteraction,
  how: Acknowledgement,
  { say: said, replace }: Shown,
): Promise<void> {
  if (how !== 'update') {
    const reply = said ?? replace;
    if (reply) await api.edit(interaction, reply);
    return;
  }
  if (replace) await api.edit(interaction, replace);
  if (said) await api.followUp(interaction, said, 'asker');
}

/** A message that went out through an interaction alone can be changed now that it was pressed. */
async function bringUpToDate(
  { conversations, api, log }: Service,
  interaction: ButtonInteraction | StringSelectMenuInteraction,
  how: Acknowledgement,
  requestId: string,
): Promise<void> {
  const message = how === 'update' ? pressedMessage(interaction) : undefined;
  const current = message && (await conversations.current(message));
  if (!current) return;
  await api
    .edit(interaction, renderPost(current))
    .catch((error: unknown) => log.warn('An answer could not be brought up to date', { requestId, error }));
}

async function acknowledge(
  service: Service,
  interaction: Interaction,
  how: Acknowledgement,
  requestId: string,
): Promise<boolean> {
  try {
    const inTime = await service.api.acknowledge(interaction, how);
    if (!inTime) service.log.warn('Discord had already given up on an interaction', { requestId });
    return inTime;
  } catch (error) {
    // Nobody saw anything yet, so a second delivery is welcome.
    service.seen.forget(interaction.id);
    throw error;
  }
}

async function say(service: Service, interaction: Interaction, reason: string): Promise<void> {
  await service.api.edit(interaction, renderText(reason));
}

/** The answer for whoever asked, or at least a sentence where Discord refuses it. */
async function deliver(
  service: Service,
  interaction: Interaction,
  found: Outcome,
  { requestId, about }: { requestId: string; about?: string },
): Promise<void> {
  const mute = service.conversations.policyOf(roomOf(interaction)).answers === 'none';
  const outcome = mute && found.kind === 'answer' ? problem(NO_ANSWERS) : found;
  const actions = outcome.kind === 'answer' ? actionsThere(service, interaction, outcome, about) : [];
  const hint = outcome.kind === 'answer' ? placeOf(interaction).hint : undefined;
  await editOrSay(service, interaction, requestId, () => renderOutcome(outcome, { actions, origin: { about }, hint }));
}

/** The answer for everybody, which lives from here on. */
async function deliverToAll(
  service: Service,
  interaction: Interaction,
  outcome: Outcome,
  { place, requestId }: CommandContext,
): Promise<void> {
  const room = roomOf(interaction);
  const actions = outcome.kind === 'answer' ? publicActions(service, room, outcome) : [];
  const delivered = await editOrSay(service, interaction, requestId, () => renderOutcome(outcome, { actions }));
  if (outcome.kind !== 'answer' || !delivered || delivered.isPrivate) return;
  const { present } = placeOf(interaction);
  service.handles.keep(delivered.id, interaction, '@original');
  const message = { ...room, message: delivered.id };
  const through = present ? 'bot' : 'interaction';
  await service.conversations.posted(outcome, { message, place, asker: interaction.user.id, through });
}

async function editOrSay(
  service: Service,
  interaction: Interaction,
  requestId: string,
  render: () => DiscordReply,
): Promise<Delivered | undefined> {
  try {
    return await service.api.edit(interaction, render());
  } catch (error) {
    service.onError(error);
    service.log.error('An answer could not be shown', { requestId, error });
    await say(service, interaction, failureText(requestId));
    return undefined;
  }
}

async function contextOf(
  { whereabouts }: Service,
  interaction: Interaction,
  isPrivate: boolean,
  requestId: string,
): Promise<CommandContext> {
  const place = await whereabouts.ofInteraction(interaction);
  return {
    // What everybody sees through the interaction alone, the bot cannot take back: nothing private goes that way.
    place: isPrivate || placeOf(interaction).mayPost ? place : { ...place, kind: 'outside' },
    platform: 'discord',
    user: interaction.user.id,
    server: interaction.guildId ?? undefined,
    channel: interaction.channelId ?? undefined,
    requestId,
  };
}
