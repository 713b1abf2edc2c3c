// The report of help channels out of a memory of many outcomes: how long it takes, and how long the main thread is held
// up by it. Takes the numbers of outcomes as arguments:
//   npx tsx bench/report.ts [OUTCOMES…]
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { createRandom } from '../src/evaluation/random.ts';
import { silentLogger as log } from '../src/log.ts';
import type { HelpDecision, HelpOutcomes } from '../src/memory/help-outcomes.ts';
import { openMemory } from '../src/memory/sqlite-memory.ts';
import { openReports } from '../src/report/reports.ts';
import { describeMachine, type Row, report, round, timeOnce, timingOf } from './harness.ts';

const CHANNELS = 50;
const DIMENSIONS = 768;
const ROUNDS = 5;
const DECISIONS: readonly HelpDecision[] = ['spoke', 'weak', 'held', 'answered', 'failed'];
const sizes = process.argv.length > 2 ? process.argv.slice(2).map(Number) : [1_000, 100_000];
if (sizes.some((size) => !Number.isSafeInteger(size) || size < 1)) throw new Error('outcomes are whole numbers from 1');

const machine = describeMachine();
const rows: Row[] = [];
for (const size of sizes) rows.push(await measure(size));
report('report', rows, machine);

async function measure(size: number): Promise<Row> {
  const directory = await mkdtemp(path.join(tmpdir(), 'precedent-bench-'));
  const file = path.join(directory, 'memory.sqlite');
  const memory = await openMemory(file, { comments: async () => [], sees: async () => [], keepDays: 365, log });
  const reports = openReports(file);
  try {
    fill(memory.helpOutcomes, size);
    // Starts the thread.
    await reports.of({ channel: 'none' });
    const delay = monitorEventLoopDelay({ resolution: 5 });
    delay.enable();
    const all = await repeated(() => reports.of());
    const one = await repeated(() => reports.of({ platform: 'discord', server: 'S', channel: 'C1' }));
    delay.disable();
    const [, countedHereMs] = await timeOnce(() => memory.helpOutcomes.counts());
    return {
      outcomes: size,
      channels: CHANNELS,
      'all p50 ms': all.p50Ms,
      'one channel p50 ms': one.p50Ms,
      'loop delay p99 ms': round(delay.percentile(99) / 1e6, 1),
      'loop delay max ms': round(delay.max / 1e6, 1),
      'counted on the main thread ms': countedHereMs,
    };
  } finally {
    await reports.close();
    await memory.close();
    await rm(directory, { recursive: true, force: true });
  }
}

async function repeated(work: () => Promise<unknown>) {
  const times: number[] = [];
  for (let turn = 0; turn < ROUNDS; turn++) times.push((await timeOnce(work))[1]);
  return timingOf(times);
}

function fill(outcomes: HelpOutcomes, size: number): void {
  const random = createRandom(1);
  for (let number = 0; number < size; number++) {
    const channel = `C${number % CHANNELS}`;
    outcomes.add({
      message: { platform: 'discord', server: 'S', channel, message: `${number}` },
      link: `https://discord.com/channels/1/2/${number}`,
      mode: number % 3 === 0 ? 'auto' : 'shadow',
      version: '1, precedent, model',
      decision: DECISIONS[number % DECISIONS.length] as HelpDecision,
      asker: `discord:${number % 977}`,
      issues: [`https://github.com/example/project/issues/${number}`],
      vector: Float32Array.from({ length: DIMENSIONS }, () => random() - 0.5),
      model: 'model',
    });
  }
}
