import { randomUUID } from 'node:crypto';
import { link, mkdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { OperatorError } from './errors.ts';
import { isRunning, type ProcessIdentity, thisProcess } from './process-identity.ts';

const TOUCH_EVERY_MS = 15_000;
const STALE_AFTER_MS = 60_000;
const TAKEOVER_PAUSE_MS = 50;
const TAKEOVER_ATTEMPTS = 300;
const GUARD_STALE_AFTER_MS = 5_000;

/**
 * Makes this process the only bot on a data folder. A lock left behind by a process that is gone is taken over.
 *
 * @returns what gives the lock back
 * @throws OperatorError saying which process holds it
 */
export async function lockDataDir(dataDir: string): Promise<() => Promise<void>> {
  const file = path.join(dataDir, 'bot.lock');
  const mine = JSON.stringify(thisProcess());
  // A file that appears with its content: linking it into place fails when the lock exists, and is never half-written.
  const candidate = `${file}.${randomUUID()}`;
  await mkdir(dataDir, { recursive: true }).catch(refuseFolder(dataDir));
  await writeFile(candidate, mine).catch(refuseFolder(dataDir));
  try {
    for (let attempt = 0; attempt < TAKEOVER_ATTEMPTS; attempt++) {
      if (await linked(candidate, file)) return hold(file, mine);
      const owner = await livingOwner(file);
      if (owner) throw heldBy(owner, dataDir);
      await clearAway(file);
    }
    throw new OperatorError(
      `Another process keeps taking ${file}. Stop the other bot that uses ${dataDir}, then start again.`,
    );
  } finally {
    await rm(candidate, { force: true });
  }
}

/** The bot that runs on a data folder, if any. */
export async function runningBot(dataDir: string): Promise<ProcessIdentity | undefined> {
  return livingOwner(path.join(dataDir, 'bot.lock'));
}

/**
 * Removes a dead lock. One process at a time looks and removes: nobody can put a new lock in the place of the dead one
 * while that is there, so what is removed is what was looked at.
 */
async function clearAway(file: string): Promise<void> {
  const guard = `${file}.takeover`;
  try {
    await mkdir(guard);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    const madeAt = await stat(guard).then(({ mtimeMs }) => mtimeMs, Date.now);
    // Left by a process that was killed in between.
    if (Date.now() - madeAt > GUARD_STALE_AFTER_MS) await rm(guard, { recursive: true, force: true });
    await sleep(TAKEOVER_PAUSE_MS);
    return;
  }
  try {
    if (!(await livingOwner(file))) await rm(file, { force: true });
  } finally {
    await rm(guard, { recursive: true, force: true });
  }
}

async function linked(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/**
 * Who holds the lock, if that process still runs. Of another machine (or container, which is like one) nobody here can
 * tell, except by the lock's age: its owner touches it now and then.
 */
async function livingOwner(file: string): Promise<ProcessIdentity | undefined> {
  const owner = await ownerOf(file);
  if (!owner) return undefined;
  if (owner.host === thisProcess().host) return isRunning(owner) ? owner : undefined;
  const touchedAt = await stat(file).then(
    ({ mtimeMs }) => mtimeMs,
    () => 0,
  );
  return Date.now() - touchedAt < STALE_AFTER_MS ? owner : undefined;
}

/** Keeps the lock young, until it is given back. */
function hold(file: string, mine: string): () => Promise<void> {
  const touching = setInterval(() => void utimes(file, new Date(), new Date()).catch(() => {}), TOUCH_EVERY_MS);
  touching.unref();
  return async () => {
    clearInterval(touching);
    if ((await readFile(file, 'utf8').catch(() => '')) === mine) await rm(file, { force: true });
  };
}

async function ownerOf(file: string): Promise<ProcessIdentity | undefined> {
  try {
    const { pid, host, start } = JSON.parse(await readFile(file, 'utf8')) as Partial<ProcessIdentity>;
    return typeof pid === 'number' && typeof host === 'string' ? { pid, host, start: String(start ?? '') } : undefined;
  } catch {
    return undefined;
  }
}

function heldBy({ pid, host }: ProcessIdentity, dataDir: string): OperatorError {
  return new OperatorError(
    `Another bot already uses ${dataDir}: process ${pid} on ${host}. Stop it, or give this one another DATA_DIR. ` +
      `(If that bot is gone and ${host} was another machine or container, this works again after ${STALE_AFTER_MS / 1000} s.)`,
  );
}

function refuseFolder(dataDir: string) {
  return (cause: unknown): never => {
    throw new OperatorError(
      `DATA_DIR ${dataDir} cannot be written. Check that it exists, may be written, and that the disk is not full.`,
      { cause },
    );
  };
}
