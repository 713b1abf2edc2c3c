import type {
  ButtonInteraction,
  ChatInputCommandInteraction,
  Interaction,
  StringSelectMenuInteraction,
} from 'discord.js';
import type { Command, CommandContext, CommandInput, CommandValues, Notice } from '../command.ts';
import { failureText } from '../reply-text.ts';
import { newRequestId } from '../request-id.ts';
import type { Answer } from '../retrieval/answer.ts';
import type { Acknowledgement } from './api.ts';
import { parsePress } from './buttons.ts';
import { type Desk, runCommand, type Sentence, STOPPING, sentence } from './desk.ts';
import { withoutMarkup } from './messages.ts';
import { placeOf } from './place.ts';
import { answerPress } from './presses.ts';
import { type DiscordReply, renderAnswer, renderNotice, renderText } from './reply.ts';

/** Answers one interaction, once. Never rejects: whoever pressed or asked gets an answer or a reason, the log the rest. */
export async function handleInteraction(desk: Desk, interaction: Interaction): Promise<void> {
  if (!interaction.isChatInputCommand() && !interaction.isButton() && !interaction.isStringSelectMenu()) return;
  if (!desk.seen.add(interaction.id)) return;
  const requestId = newRequestId();
  try {
    if (interaction.isChatInputCommand()) await answerCommand(desk, interaction, requestId);
    else await answerComponent(desk, interaction, requestId);
  } catch (error) {
    desk.onError(error);
    desk.log.error('An interaction could not be answered', { requestId, error });
  }
}

async function answerCommand(desk: Desk, interaction: ChatInputCommandInteraction, requestId: string): Promise<void> {
  const command = desk.commands.find(({ name }) => name === interaction.commandName);
  const values = command ? readValues(command, interaction) : {};
  const isPrivate = !command || isForAsker(desk, command, values);
  if (!(await acknowledge(desk, interaction, isPrivate ? 'private reply' : 'public reply', requestId))) return;
  if (!command) return say(desk, interaction, 'This command is no longer served. Restart Discord to renew its list.');

  const result = desk.isClosing()
    ? sentence(STOPPING)
    : await runCommand(desk, command, values, contextOf(interaction, requestId));
  await deliver(desk, interaction, renderResult(result, interaction, isPrivate), requestId);
}

function readValues({ inputs }: Command, { options }: ChatInputCommandInteraction): CommandValues {
  const read = (input: CommandInput) => {
    const value = options.getString(input.name) ?? undefined;
    return input.kind === 'text' && value !== undefined ? withoutMarkup(value) : value;
  };
  return Object.fromEntries(inputs.map((input) => [input.name, read(input)]));
}

/** Private where it cannot be told. */
function isForAsker({ log }: Desk, command: Command, values: CommandValues): boolean {
  try {
    return command.audience(values) === 'asker';
  } catch (error) {
    log.error('A command could not say who sees its answer', { command: command.name, error });
    return true;
  }
}

async function answerComponent(
  desk: Desk,
  interaction: ButtonInteraction | StringSelectMenuInteraction,
  requestId: string,
): Promise<void> {
  const press = parsePress(interaction.customId);
  const plan = press && answerPress(desk, interaction, press);
  if (!(await acknowledge(desk, interaction, plan?.how ?? 'private reply', requestId))) return;
  if (!plan) return say(desk, interaction, 'This button belongs to an older version of the bot. Please ask again.');
  const tell = (reason: string) =>
    // Under an update the message that was pressed stays as it is, and the reason stands beside it.
    plan.how === 'update'
      ? desk.api.followUp(interaction, renderText(reason), 'asker')
      : desk.api.edit(interaction, renderText(reason));
  try {
    const reply = desk.isClosing() ? sentence(STOPPING) : await plan.run();
    if (reply === undefined) return;
    await ('kind' in reply ? tell(reply.text) : desk.api.edit(interaction, reply));
  } catch (error) {
    desk.onError(error);
    desk.log.error('A button could not be answered', { requestId, action: press?.action, error });
    await tell(failureText(requestId));
  }
}

async function acknowledge(
  desk: Desk,
  interaction: Interaction,
  how: Acknowledgement,
  requestId: string,
): Promise<boolean> {
  try {
    const inTime = await desk.api.acknowledge(interaction, how);
    if (!inTime) desk.log.warn('Discord had already given up on an interaction', { requestId });
    return inTime;
  } catch (error) {
    // Nobody saw anything yet, so a second delivery is welcome.
    desk.seen.forget(interaction.id);
    throw error;
  }
}

async function say(desk: Desk, interaction: Interaction, reason: string): Promise<void> {
  await desk.api.edit(interaction, renderText(reason));
}

/** The answer, or at least a sentence where Discord refuses it. */
async function deliver(desk: Desk, interaction: Interaction, reply: DiscordReply, requestId: string): Promise<void> {
  try {
    await desk.api.edit(interaction, reply);
  } catch (error) {
    desk.onError(error);
    desk.log.error('An answer could not be shown', { requestId, error });
    await say(desk, interaction, failureText(requestId));
  }
}

function renderResult(result: Answer | Notice | Sentence, interaction: Interaction, isPrivate: boolean): DiscordReply {
  if (result.kind === 'sentence') return renderText(result.text);
  if (result.kind === 'notice') return renderNotice(result);
  if (!isPrivate) return renderAnswer(result, { audience: 'everyone' });
  const { shared, mayOpenThread, hint } = placeOf(interaction);
  return renderAnswer(result, { audience: 'asker', share: shared, thread: mayOpenThread, hint });
}

function contextOf(interaction: Interaction, requestId: string): CommandContext {
  return {
    platform: 'discord',
    user: interaction.user.id,
    server: interaction.guildId ?? undefined,
    channel: interaction.channelId ?? undefined,
    requestId,
  };
}
