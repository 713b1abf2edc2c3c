import { mkdirSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** What a figure was measured on: a number without it says nothing. */
export type Machine = {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGb: number;
  readonly os: string;
  readonly node: string;
  /** Runnable processes per core when the run began: well above what the bench itself uses means a noisy machine. */
  readonly load: number;
};

export function describeMachine(): Machine {
  const cores = os.availableParallelism();
  return {
    cpu: os.cpus()[0]?.model.trim() ?? os.arch(),
    cores,
    memoryGb: round(os.totalmem() / 2 ** 30, 1),
    os: `${os.type()} ${os.release()} ${os.arch()}`,
    node: process.version,
    load: round((os.loadavg()[0] ?? 0) / cores, 2),
  };
}

export type Timing = { readonly p50Ms: number; readonly p99Ms: number; readonly bestMs: number; readonly runs: number };

export function timingOf(timesMs: readonly number[]): Timing {
  const sorted = [...timesMs].sort((a, b) => a - b);
  const at = (share: number) => round(sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0, 3);
  return { p50Ms: at(0.5), p99Ms: at(0.99), bestMs: at(0), runs: sorted.length };
}

/**
 * Times several works in turns, one run of each a round, so that whatever else the machine does hits all of them
 * alike. The first rounds warm up and do not count.
 */
export async function timeInTurns<Name extends string>(
  works: Readonly<Record<Name, (round: number) => unknown>>,
  { rounds, warmUp = 3 }: { readonly rounds: number; readonly warmUp?: number },
): Promise<Readonly<Record<Name, Timing>>> {
  const names = Object.keys(works) as Name[];
  const times = new Map<Name, number[]>(names.map((name) => [name, []]));
  for (let run = -warmUp; run < rounds; run++) {
    for (const name of names) {
      const startedAt = performance.now();
      await works[name](run + warmUp);
      if (run >= 0) times.get(name)?.push(performance.now() - startedAt);
    }
  }
  return Object.fromEntries(names.map((name) => [name, timingOf(times.get(name) ?? [])])) as Record<Name, Timing>;
}

/** How long one work took, in milliseconds, with what it gave. */
export async function timeOnce<Result>(work: () => Result | Promise<Result>): Promise<[Result, number]> {
  const startedAt = performance.now();
  const result = await work();
  return [result, round(performance.now() - startedAt, 1)];
}

export type Row = Readonly<Record<string, string | number>>;

/** Prints a table on stdout, with the machine above it, and keeps both as `bench/results/NAME.json`. */
export function report(name: string, rows: readonly Row[], machine: Machine = describeMachine()): void {
  const { cpu, cores, memoryGb, os: system, node, load } = machine;
  console.log(`${name}: ${cpu}, ${cores} cores, ${memoryGb} GB, ${system}, Node ${node}, load ${load} a core\n`);
  console.log(renderTable(rows));
  const folder = fileURLToPath(new URL('results', import.meta.url));
  mkdirSync(folder, { recursive: true });
  const file = path.join(folder, `${name}.json`);
  writeFileSync(
    file,
    `${JSON.stringify({ name, measuredAt: new Date().toISOString(), machine, rows }, undefined, 2)}\n`,
  );
  console.log(`\nkept in ${path.relative(process.cwd(), file)}`);
}

export function renderTable(rows: readonly Row[]): string {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const lines = [columns, ...rows.map((row) => columns.map((column) => String(row[column] ?? '')))];
  const widths = columns.map((_, place) => Math.max(...lines.map((line) => (line[place] as string).length)));
  return lines
    .map((line) =>
      line
        .map((cell, place) => cell.padStart(widths[place] as number))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

export function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
