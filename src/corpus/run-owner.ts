import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { threadId } from 'node:worker_threads';
import { isRunning, type ProcessIdentity, thisProcess } from '../process-identity.ts';

/** Who works on a source's run. */
export type RunOwner = ProcessIdentity & {
  /** Of this one run: a process may have several. */
  readonly token: string;
  /** What the process was started as, for whoever waits: `npm run index`. */
  readonly name: string;
  /** Of its process; 0 is the main thread. */
  readonly thread: number;
};

/** On another machine nobody can look for the process: a run that nobody touched for so long has been left. */
const ABANDONED_MS = 5 * 60_000;

export function newOwner(name: string): RunOwner {
  return { ...thisProcess(), token: randomUUID(), name, thread: threadId };
}

export function isAlive(owner: RunOwner, touchedAtMs: number): boolean {
  if (owner.host !== hostname()) return Date.now() - touchedAtMs < ABANDONED_MS;
  return isRunning(owner) && !isFormerThread(owner);
}

/** A bot has one thread at a time that indexes: where another one asks, the owner's has failed, and its process lives. */
function isFormerThread({ pid, thread }: RunOwner): boolean {
  return pid === process.pid && thread > 0 && threadId > 0 && thread !== threadId;
}

/** `npm run index (process 4711 on myhost)` */
export function describeOwner({ name, pid, host }: RunOwner): string {
  return `${name} (process ${pid} on ${host})`;
}
