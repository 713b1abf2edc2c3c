import {
  type APIApplicationCommandBasicOption,
  ApplicationCommandOptionType,
  ApplicationCommandType,
  ApplicationIntegrationType,
  InteractionContextType,
  type REST,
  type RESTPostAPIChatInputApplicationCommandsJSONBody,
  Routes,
} from 'discord.js';
import type { Command, CommandInput } from '../command.ts';
import { LIMITS } from './limits.ts';

/** A command as Discord keeps it; for servers, direct messages, and people who installed the bot for themselves. */
export function toRegistration(command: Command): RESTPostAPIChatInputApplicationCommandsJSONBody {
  return {
    type: ApplicationCommandType.ChatInput,
    name: command.name,
    description: command.description,
    options: command.inputs.map(toOption),
    integration_types: [ApplicationIntegrationType.GuildInstall, ApplicationIntegrationType.UserInstall],
    contexts: [InteractionContextType.Guild, InteractionContextType.BotDM, InteractionContextType.PrivateChannel],
  };
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
export function sameRegistration(commands: readonly Command[], registered: unknown): boolean {
  if (!Array.isArray(registered)) return false;
  const ours = commands.map((command) => canonical(toRegistration(command))).sort();
  const theirs = registered.map(canonical).sort();
  return JSON.stringify(ours) === JSON.stringify(theirs);
}

function canonical(command: unknown): string {
  const { type, name, description, options, integration_types, contexts } = toRecord(command);
  return JSON.stringify([
    type ?? ApplicationCommandType.ChatInput,
    name,
    description,
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
  commands: readonly Command[],
  signal: AbortSignal,
): Promise<boolean> {
  const route = Routes.applicationCommands(applicationId);
  if (sameRegistration(commands, await rest.get(route, { signal }))) return false;
  await rest.put(route, { body: commands.map(toRegistration), signal });
  return true;
}
