import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export type IssueRow = {
  readonly html_url: string;
  readonly title: string;
  readonly body: string | null;
  readonly comments: readonly string[];
  readonly is_pull_request: boolean;
  readonly number: number;
};

export type IssueOptions = {
  /** What the issue and its comments are about, a word of their own. */
  readonly topic?: string;
  readonly repository?: string;
  readonly comments?: readonly string[];
  /** How many comments, where none are given. */
  readonly count?: number;
};

/** An issue whose comments pass the filters. Each holds a word of its own (`comment7x2`) and one of three (`group1`). */
export function anIssue(
  number: number,
  { topic = 'caching', repository = 'example/project', count = 2, comments }: IssueOptions = {},
): IssueRow {
  return {
    html_url: `https://github.com/${repository}/issues/${number}`,
    title: `A question about ${topic}, number ${number}`,
    body: `How does ${topic} work here?`,
    comments: comments ?? Array.from({ length: count }, (_, index) => aCommentText(topic, number, index)),
    is_pull_request: false,
    number,
  };
}

function aCommentText(topic: string, number: number, index: number): string {
  return `As comment${number}x${index} of group${number % 3} says, ${topic} works when you set the folder first, run it once with a network, and then start again without one.`;
}

/** `count` issues of two comments each. */
export function issues(count: number, options: IssueOptions = {}): readonly IssueRow[] {
  return Array.from({ length: count }, (_, index) => anIssue(index + 1, options));
}

export function jsonl(rows: readonly unknown[]): string {
  return rows.map((row) => `${JSON.stringify(row)}\n`).join('');
}

export async function writeRows(file: string, rows: readonly unknown[]): Promise<string> {
  await writeFile(file, jsonl(rows));
  return file;
}

/** Whoever makes it removes it. */
export function temporaryFolder(): Promise<string> {
  return mkdtemp(path.join(tmpdir(), 'precedent-'));
}

/** How long something may take on a busy machine before it counts as not coming. */
const PATIENCE_MS = 25_000;

/** @throws when it does not come, saying what was waited for */
export async function until(
  holds: () => boolean | Promise<boolean>,
  what: string | (() => string) = 'a condition',
): Promise<void> {
  const end = Date.now() + PATIENCE_MS;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error(`Waited in vain for ${typeof what === 'string' ? what : what()}`);
    await sleep(15);
  }
}
