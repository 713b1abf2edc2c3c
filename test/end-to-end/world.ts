import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, vi } from 'vitest';
import { type Config, readConfig } from '../../src/config.ts';
import { createLogger } from '../../src/log.ts';
import { type Bot, startBot } from '../../src/main.ts';
import type { Answer } from '../../src/retrieval/answer.ts';
import { compiled } from '../../src/worker/channel.ts';
import { afterEveryTest } from '../after-every-test.ts';
import { TINY_MODEL } from '../embedding/tiny-model.ts';
import { temporaryFolder, until } from '../fakes/issues.ts';

export type Environment = Readonly<Record<string, string>>;

const CLI = new URL('../../src/cli.ts', import.meta.url);
/** A place where nothing listens, so that nobody is asked by accident. */
const NOWHERE = 'http://127.0.0.1:9';

const open: (() => Promise<unknown>)[] = [];
/** Everything that was logged or printed on stderr, and what must not be in there. */
let said: string[] = [];
let hidden: string[] = [];

/** Closes what the test opened; then no log may hold a question or a secret. */
afterEveryTest(async () => {
  for (const close of open.splice(0).reverse()) await close();
  const lines = said.join('\n');
  const words = hidden;
  said = [];
  hidden = [];
  for (const word of words) expect(lines).not.toContain(word);
});

export function closeLater(close: () => Promise<unknown>): void {
  open.push(close);
}

/** Marks a text that must not turn up in any log of this test. */
export function isPrivate(text: string): string {
  hidden.push(text);
  return text;
}

export async function aFolder(): Promise<string> {
  const folder = await temporaryFolder();
  closeLater(() => rm(folder, { recursive: true, force: true, maxRetries: 3 }));
  return folder;
}

/** Settings of a bot on a folder of its own: the tiny model, no network, any free port. */
export async function settings(more: Environment = {}): Promise<Environment> {
  const folder = more.DATA_DIR ?? (await aFolder());
  return {
    DATA_DIR: folder,
    MODEL: TINY_MODEL,
    DEVICE: 'cpu',
    HF_ENDPOINT: NOWHERE,
    HF_HUB_CACHE: path.join(folder, 'hub'),
    PORT: '0',
    LOG_LEVEL: 'debug',
    ...more,
  };
}

/** Short waits for the Hub, which a test may have fall silent. */
export function configOf(environment: Environment, { tries = 2 } = {}): Config {
  const config = readConfig(environment);
  const impatient = { answerTimeoutMs: 300, stallTimeoutMs: 1_000, tries, retryDelayMs: 10 };
  return { ...config, hub: { ...config.hub, ...impatient } };
}

export type RunningBot = Bot & { readonly logged: readonly string[]; ask(question: string): Promise<Answer> };

const QUICK = { pollMs: 30, sampleAfterMs: 400, retryMs: [100] };

/** The whole bot in this process, closed after the test. Questions asked of it must not be logged. */
export async function aBot(
  environment: Environment,
  { tries, ...timing }: Partial<typeof QUICK> & { readonly tries?: number } = {},
): Promise<RunningBot> {
  const logged: string[] = [];
  const write = (line: string) => {
    logged.push(line);
    said.push(line);
  };
  const config = configOf(environment, { ...(tries !== undefined && { tries }) });
  for (const secret of config.secrets) isPrivate(secret);
  const log = createLogger({ ...config.log, secrets: config.secrets, write });
  const bot = await startBot(config, { log, signal: new AbortController().signal, timing: { ...QUICK, ...timing } });
  closeLater(() => bot.close());
  return { ...bot, logged, ask: (question) => bot.retriever.ask(isPrivate(question), { sees: 'all' }) };
}

type TerminalCommand = 'ask' | 'report' | 'index' | 'model' | 'sync' | 'sources' | 'doctor' | 'backup' | 'eval';

/** A command of the terminal in this process: quicker than one of its own, for all that needs no exit code. */
export async function terminal(
  command: TerminalCommand,
  args: readonly string[],
  environment: Environment,
): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }> {
  const file = command === 'index' ? 'index-command' : command;
  const { run } = (await import(`../../src/terminal/${file}.ts`)) as { run(args: readonly string[]): Promise<number> };
  const before = process.env;
  const { PATH, HOME } = before;
  const printed: string[] = [];
  const logged: string[] = [];
  const into = (lines: string[]) => (text: unknown) => lines.push(String(text)) > 0;
  const out = vi.spyOn(process.stdout, 'write').mockImplementation(into(printed));
  const err = vi.spyOn(process.stderr, 'write').mockImplementation(into(logged));
  try {
    process.env = { PATH, HOME, ...environment };
    const code = await run(args);
    return { code, stdout: printed.join(''), stderr: logged.join('') };
  } finally {
    process.env = before;
    out.mockRestore();
    err.mockRestore();
    said.push(...logged);
    for (const name of ['SIGINT', 'SIGTERM'] as const) process.removeAllListeners(name);
  }
}

export type Finished = { readonly code: number | null; readonly stdout: string; readonly stderr: string };
export type Running = {
  readonly child: ChildProcess;
  /** What it has printed so far. */
  output(): { readonly stdout: string; readonly stderr: string };
  /** Waits until stdout or stderr holds the text. */
  says(text: string | RegExp): Promise<void>;
  finished: Promise<Finished>;
};

/** A command in a process of its own, as `npm run` starts it. */
export function startTerminal(args: readonly string[], environment: Environment): Running {
  return startScript(CLI, args, environment);
}

export function runTerminal(args: readonly string[], environment: Environment): Promise<Finished> {
  return startTerminal(args, environment).finished;
}

export function startScript(script: URL, args: readonly string[], environment: Environment): Running {
  // From an empty environment, so that no setting of the machine shines through; in a folder without a .env.
  const { PATH = '', HOME = '', TMPDIR = tmpdir(), LD_LIBRARY_PATH } = process.env;
  const env = { PATH, HOME, TMPDIR, ...(LD_LIBRARY_PATH && { LD_LIBRARY_PATH }), ...environment };
  const child = spawn(process.execPath, ['--enable-source-maps', fileURLToPath(compiled(script)), ...args], {
    cwd: environment.DATA_DIR ?? tmpdir(),
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
    said.push(text);
  });
  const finished = once(child, 'close').then(([code]) => ({ code: code as number | null, stdout, stderr }));
  closeLater(async () => {
    child.kill('SIGKILL');
    await finished;
  });
  const output = () => ({ stdout, stderr });
  const holds = (text: string | RegExp) =>
    [stdout, stderr].some((part) => (typeof text === 'string' ? part.includes(text) : text.test(part)));
  return {
    child,
    output,
    finished,
    async says(text) {
      await until(
        () => holds(text) || child.exitCode !== null,
        () => `the process to say ${text}; it said:\n${stdout}\n${stderr}`,
      );
      if (!holds(text)) throw new Error(`The process ended without saying ${text}:\n${stdout}\n${stderr}`);
    },
  };
}

/** The files of a small model, by path: what a repository on the Hub has. */
export async function modelFiles(folder = TINY_MODEL): Promise<Record<string, Uint8Array>> {
  const names = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
  const files = await Promise.all(
    names.map(async ({ parentPath, name }) => {
      const file = path.join(parentPath, name);
      return [path.relative(folder, file), new Uint8Array(await readFile(file))] as const;
    }),
  );
  return Object.fromEntries(files.filter(([name]) => !name.endsWith('.safetensors')));
}
