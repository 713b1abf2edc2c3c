import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';

/** Names a process beyond its number, which the system gives away again once the process is gone. */
export type ProcessIdentity = {
  readonly pid: number;
  readonly host: string;
  /** Clock ticks from boot to its start, where `/proc` tells; else empty. */
  readonly start: string;
};

export function thisProcess(): ProcessIdentity {
  return { pid: process.pid, host: hostname(), start: startOf(process.pid) };
}

/** Whether that process still runs. One on another host counts as running: nobody here can tell. */
export function isRunning({ pid, host, start }: ProcessIdentity): boolean {
  if (host !== hostname()) return true;
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: it runs and belongs to somebody else.
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  return start === startOf(pid);
}

function startOf(pid: number): string {
  try {
    // Field 22; the second field is a name in parentheses that may hold anything.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
    return fields[0] === 'Z' ? 'gone' : (fields[19] ?? '');
  } catch {
    return '';
  }
}
