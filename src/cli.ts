#!/usr/bin/env node
import { config as readEnvFile } from 'dotenv';
import { ConfigError, describeError, OperatorError, UserError } from './errors.ts';
import { HelpAsked } from './terminal/read-arguments.ts';

/** What can be typed after `npm run`, and the file that does it: loaded only when it is asked for. */
const COMMANDS: Readonly<Record<string, () => Promise<{ run(args: readonly string[]): Promise<number> }>>> = {
  start: () => import('./terminal/start.ts'),
  ask: () => import('./terminal/ask.ts'),
  index: () => import('./terminal/index-command.ts'),
  sync: () => import('./terminal/sync.ts'),
  model: () => import('./terminal/model.ts'),
  sources: () => import('./terminal/sources.ts'),
  eval: () => import('./terminal/eval.ts'),
  report: () => import('./terminal/report.ts'),
  backup: () => import('./terminal/backup.ts'),
  doctor: () => import('./terminal/doctor.ts'),
  'slack:manifest': () => import('./terminal/slack-manifest.ts'),
  'discord:invite': () => import('./terminal/discord-invite.ts'),
  'verify:seed': () => import('./terminal/verify-seed.ts'),
};

/** ONNX Runtime 1.30 reads the command line by recursion, and takes the process down where it is much longer. */
const LONGEST_COMMAND_LINE = 10_000;

async function main([name = 'start', ...args]: readonly string[]): Promise<number> {
  readEnvFile({ quiet: true });
  const commands = `Commands: ${Object.keys(COMMANDS).join(', ')}.`;
  if (name === '--help' || name === '-h') throw new HelpAsked(commands);
  const load = COMMANDS[name];
  if (!load) throw new OperatorError(`There is no command ${name}. ${commands}`);
  const length = Buffer.byteLength(args.join(' '));
  if (length > LONGEST_COMMAND_LINE) {
    throw new OperatorError(
      `What was typed is ${length} bytes long: expected at most ${LONGEST_COMMAND_LINE}. The local page of a running bot takes longer questions.`,
    );
  }
  return (await load()).run(args);
}

/** What the operator can mend is one sentence; anything else is a bug, and its trace helps to find it. */
function explain(error: unknown): string {
  if (error instanceof UserError) return error.message;
  if (error instanceof OperatorError) return describeError(error);
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

/** A setting that is missing may stand there under a name that is none. */
async function misspelled(): Promise<readonly string[]> {
  const { settingsSpelling } = await import('./terminal/spelling.ts');
  const findings = await settingsSpelling().run(new AbortController().signal);
  return findings.map(({ message, mend }) => `  ${message}. ${mend}`);
}

// Whoever reads may stop before the end: `npm run ask … | head`.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (error instanceof HelpAsked) console.log(error.message);
  else {
    const hints = error instanceof ConfigError ? await misspelled() : [];
    console.error([explain(error), ...hints].join('\n'));
    process.exitCode = 1;
  }
}
