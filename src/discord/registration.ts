import {
  type APIApplicationCommandBasicOption,
  ApplicationCommandOptionType,
  ApplicationCommandType,
  ApplicationIntegrationType,
  InteractionContextType,
  type REST,
  type RESTPostAPIChatInputApplicationCommandsJSONBody,
  type RESTPostAPIContextMenuApplicationCommandsJSONBody,
  Routes,
} from 'discord.js';
import type { Command, CommandInput, MessageAction } from '../command.ts';
import { LIMITS } from './limits.ts';

/** For servers, direct messages, and people who installed the bot for themselves. */
const EVERYWHERE = {
  integration_types: [ApplicationIntegrationType.GuildInstall, ApplicationIntegrationType.UserInstall],
  contexts: [InteractionContextType.Guild, InteractionContextType.BotDM, InteractionContextType.PrivateChannel],
};

/** What is registered: commands, and what stands in the menu of messages. */
export type Registered = { readonly commands: readonly Command[]; readonly actions: readonly MessageAction[] };

/** A command as Discord keeps it. */
export function toRegistration(command: Command): RESTPostAPIChatInputApplicationCommandsJSONBody {
  return {
    type: ApplicationCommandType.ChatInput,
    name: command.name,
    description: command.description,
    options: command.inputs.map(toOption),
    ...EVERYWHERE,
  };
}

function toMenuEntry({ label }: MessageAction): RESTPostAPIContextMenuApplicationCommandsJSONBody {
  return { type: ApplicationCommandType.Message, name: label, ...EVERYWHERE };
}

function toRegistrations({ commands, actions }: Registered) {
  return [...commands.map(toRegistration), ...actions.map(toMenuEntry)];
}

function toOption(input: CommandInput): APIApplicationCommandBasicOption {
  const { name, description } = input;
  if (input.kind === 'text') {
    return {
      type: ApplicationCommandOptionType.String,
      name,
      description,
      required: input.required,
      max_length: Math.min(input.maxLength, LIMITS.optionText),
      ...(input.suggests && { autocomplete: true }),
    };
  }
  return {
    type: ApplicationCommandOptionType.String,
    name,
    description,
    required: false,
    choices: input.choices.map(({ value, label }) => ({ name: label, value })),
  };
}

/** Whether Discord already has exactly these commands. What it adds by itself (ids, versions, defaults) is no difference. */
export function sameRegistration(wanted: Registered, registered: unknown): boolean {
  if (!Array.isArray(registered)) return false;
  const ours = toRegistrations(wanted).map(canonical).sort();
  const theirs = registered.map(canonical).sort();
  return JSON.stringify(ours) === JSON.stringify(theirs);
}

function canonical(command: unknown): string {
  const { type, name, description, options, integration_types, contexts } = toRecord(command);
  return JSON.stringify([
    type ?? ApplicationCommandType.ChatInput,
    name,
    description ?? '',
    toArray(options).map((option) => {
      const { type, name, description, required, max_length, min_length, choices, autocomplete } = toRecord(option);
      const pairs = toArray(choices).map((choice) => [toRecord(choice).name, toRecord(choice).value]);
      return [type, name, description, required ?? false, max_length, min_length, pairs, autocomplete ?? false];
    }),
    [...toArray(integration_types)].sort(),
    [...toArray(contexts)].sort(),
  ]);
}

function toRecord(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function toArray(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** Registers the commands where Discord has others; true when something was to be done. */
export async function registerCommands(
  rest: REST,
  applicationId: string,
  wanted: Registered,
  signal: AbortSignal,
): Promise<boolean> {
  const route = Routes.applicationCommands(applicationId);
  if (sameRegistration(wanted, await rest.get(route, { signal }))) return false;
  await rest.put(route, { body: toRegistrations(wanted), signal });
  return true;
}
