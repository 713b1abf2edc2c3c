import { type ParseArgsConfig, parseArgs } from 'node:util';
import { OperatorError } from '../errors.ts';

/** Thrown where `--help` was typed: its message is the whole answer. */
export class HelpAsked extends Error {}

/**
 * What was typed behind a command.
 *
 * @param usage said where something typed is not known: `npm run ask -- "QUESTION"`
 * @throws OperatorError in words for people
 * @throws HelpAsked on `--help`
 */
export function readArguments<const Wanted extends ParseArgsConfig>(
  args: readonly string[],
  usage: string,
  wanted: Wanted,
): ReturnType<typeof parseArgs<Wanted & { args: string[] }>> {
  if (args.some((arg) => arg === '--help' || arg === '-h')) throw new HelpAsked(`Usage: ${usage}`);
  try {
    return parseArgs({ ...wanted, args: [...args] });
  } catch (error) {
    const fault = faultOf(error);
    if (fault === undefined) throw error;
    throw new OperatorError(`${fault} Usage: ${usage}`);
  }
}

/** In the place of Node's own texts, which explain how a command line is written. */
function faultOf(error: unknown): string | undefined {
  if (!(error instanceof TypeError)) return undefined;
  const named = /'([^']*)'/.exec(error.message)?.[1] ?? 'something';
  const option = named.split(' ')[0];
  switch ((error as NodeJS.ErrnoException).code) {
    case 'ERR_PARSE_ARGS_UNKNOWN_OPTION':
      return `${option} is not known here.`;
    case 'ERR_PARSE_ARGS_UNEXPECTED_POSITIONAL':
      return `${JSON.stringify(named)} is not expected here.`;
    case 'ERR_PARSE_ARGS_INVALID_OPTION_VALUE':
      return error.message.includes('does not take') ? `${option} takes no value.` : `${option} needs a value.`;
    default:
      return undefined;
  }
}
