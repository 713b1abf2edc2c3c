import type {
  ButtonInteraction,
  ChatInputCommandInteraction,
  Interaction,
  StringSelectMenuInteraction,
} from 'discord.js';
import type { Command, CommandContext, CommandInput, CommandValues } from '../command.ts';
import { failureText, STOPPING } from '../reply-text.ts';
import { newRequestId } from '../request-id.ts';
import { type Outcome, problem, runCommand } from '../run-command.ts';
import type { Acknowledgement } from './api.ts';
import { suggest } from './autocomplete.ts';
import { parsePress } from './buttons.ts';
import { withoutMarkup } from './messages.ts';
import { placeOf } from './place.ts';
import { answerPress } from './presses.ts';
import { type DiscordReply, renderOutcome, renderText } from './reply.ts';
import type { Service } from './service.ts';

/** Answers one interaction, once. Never rejects: whoever pressed or asked gets an answer or a reason, the log the rest. */
export async function handleInteraction(service: Service, interaction: Interaction): Promise<void> {
  if (interaction.isAutocomplete()) return suggest(service, interaction);
  if (!interaction.isChatInputCommand() && !interaction.isButton() && !interaction.isStringSelectMenu()) return;
  if (!service.seen.add(interaction.id)) return;
  const requestId = newRequestId();
  try {
    if (interaction.isChatInputCommand()) await answerCommand(service, interaction, requestId);
    else await answerComponent(service, interaction, requestId);
  } catch (error) {
    service.onError(error);
    service.log.error('An interaction could not be answered', { requestId, error });
  }
}

async function answerCommand(
  service: Service,
  interaction: ChatInputCommandInteraction,
  requestId: string,
): Promise<void> {
  const command = service.commands.find(({ name }) => name === interaction.commandName);
  const values = command ? readValues(command, interaction) : {};
  const isPrivate = !command || isForAsker(service, command, values);
  if (!(await acknowledge(service, interaction, isPrivate ? 'private reply' : 'public reply', requestId))) return;
  if (!command)
    return say(service, interaction, 'This command is no longer served. Restart Discord to renew its list.');

  const outcome = service.isClosing()
    ? problem(STOPPING)
    : await runCommand(command, values, await contextOf(service, interaction, isPrivate, requestId), service.running);
  await deliver(service, interaction, renderHere(outcome, interaction, isPrivate), requestId);
}

function readValues({ inputs }: Command, { options }: ChatInputCommandInteraction): CommandValues {
  const read = (input: CommandInput) => {
    const value = options.getString(input.name) ?? undefined;
    return input.kind === 'text' && value !== undefined ? withoutMarkup(value) : value;
  };
  return Object.fromEntries(inputs.map((input) => [input.name, read(input)]));
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
  const press = parsePress(interaction.customId);
  const plan = press && answerPress(service, interaction, press);
  if (!(await acknowledge(service, interaction, plan?.how ?? 'private reply', requestId))) return;
  if (!plan) return say(service, interaction, 'This button belongs to an older version of the bot. Please ask again.');
  const tell = (reason: string) =>
    // Under an update the message that was pressed stays as it is, and the reason stands beside it.
    plan.how === 'update'
      ? service.api.followUp(interaction, renderText(reason), 'asker')
      : service.api.edit(interaction, renderText(reason));
  try {
    const reply = service.isClosing() ? STOPPING : await plan.run();
    if (reply === undefined) return;
    await (typeof reply === 'string' ? tell(reply) : service.api.edit(interaction, reply));
  } catch (error) {
    service.onError(error);
    service.log.error('A button could not be answered', { requestId, action: press?.action, error });
    await tell(failureText(requestId));
  }
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

/** The answer, or at least a sentence where Discord refuses it. */
async function deliver(
  service: Service,
  interaction: Interaction,
  reply: DiscordReply,
  requestId: string,
): Promise<void> {
  try {
    await service.api.edit(interaction, reply);
  } catch (error) {
    service.onError(error);
    service.log.error('An answer could not be shown', { requestId, error });
    await say(service, interaction, failureText(requestId));
  }
}

function renderHere(outcome: Outcome, interaction: Interaction, isPrivate: boolean): DiscordReply {
  if (!isPrivate) return renderOutcome(outcome, { audience: 'everyone' });
  const { shared, mayOpenThread, hint } = placeOf(interaction);
  return renderOutcome(outcome, { audience: 'asker', share: shared, thread: mayOpenThread, hint });
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
