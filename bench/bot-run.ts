import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { readConfig } from '../src/config.ts';
import { silentLogger } from '../src/log.ts';
import { type Bot, startBot } from '../src/main.ts';
import type { Progress } from '../src/progress.ts';
import { round, type Timing, timingOf } from './harness.ts';

export type BotFigures = {
  readonly comments: number;
  readonly commentsPerSecond: number;
  /** Questions, end to end: the wait for a turn, embedding, search, the comments themselves. */
  readonly idle: Timing;
  readonly indexing: Timing;
  /** Of the main thread, while a corpus is indexed and nobody asks. */
  readonly loopP99Ms: number;
  readonly loopMaxMs: number;
  readonly rssMb: number;
};

const QUESTIONS = [
  'How can I load a dataset offline?',
  'Why is map so slow with many processes?',
  'How do I stream a large file without downloading it first?',
  'What does this checksum error mean?',
];
const WARM_UP = 10;
const IDLE_QUESTIONS = 200;
const PAUSE_MS = 100;

type Environment = Readonly<Record<string, string>>;

/** A bot indexes the first file while nobody asks, and is asked then; the next start indexes the second, being asked. */
export async function runBot(
  environment: Environment,
  [first, second]: readonly [string, string],
): Promise<BotFigures> {
  const quiet = await indexAlone({ ...environment, SOURCES: first });
  const busy = await indexWhileAsked({ ...environment, SOURCES: `${first},${second}` });
  return { ...quiet, ...busy };
}

async function indexAlone(environment: Environment) {
  const loop = monitorEventLoopDelay({ resolution: 5 });
  const { bot, indexing } = await start(environment);
  await until(indexing.begun);
  loop.enable();
  await until(() => bot.retriever.status().mode === 'semantic');
  loop.disable();
  const times: number[] = [];
  for (let turn = 0; turn < WARM_UP + IDLE_QUESTIONS; turn++) times.push(await timedQuestion(bot, turn));
  await bot.close();
  return {
    commentsPerSecond: indexing.perSecond(),
    idle: timingOf(times.slice(WARM_UP)),
    loopP99Ms: round(loop.percentile(99) / 1e6, 1),
    loopMaxMs: round(loop.max / 1e6, 1),
  };
}

async function indexWhileAsked(environment: Environment) {
  const { bot, indexing } = await start(environment);
  await until(indexing.begun);
  const times: number[] = [];
  for (let turn = 0; bot.retriever.status().progress !== undefined; turn++) {
    times.push(await timedQuestion(bot, turn));
    await sleep(PAUSE_MS);
  }
  const rssMb = round(process.memoryUsage().rss / 1e6, 0);
  const comments = bot.retriever.status().rows;
  await bot.close();
  return { indexing: timingOf(times), rssMb, comments };
}

async function start(environment: Environment): Promise<{ bot: Bot; indexing: ReturnType<typeof watchIndexing> }> {
  const indexing = watchIndexing();
  const { signal } = new AbortController();
  const bot = await startBot(readConfig(environment), { log: silentLogger, signal, onProgress: indexing.onProgress });
  return { bot, indexing };
}

function watchIndexing() {
  let first: { readonly done: number; readonly at: number } | undefined;
  let last = first;
  return {
    onProgress({ what, done }: Progress) {
      if (what !== 'indexing') return;
      last = { done, at: performance.now() };
      first ??= last;
    },
    begun: () => first !== undefined,
    perSecond: () => (first && last ? (1000 * (last.done - first.done)) / (last.at - first.at) : 0),
  };
}

async function timedQuestion(bot: Bot, turn: number): Promise<number> {
  const startedAt = performance.now();
  const { mode } = await bot.retriever.ask(`${QUESTIONS[turn % QUESTIONS.length]} ${turn}`, { sees: 'all' });
  if (mode !== 'semantic') throw new Error('a question was answered by keyword: there is nothing to compare');
  return performance.now() - startedAt;
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await sleep(5);
}
