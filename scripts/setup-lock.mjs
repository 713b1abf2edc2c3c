// @ts-check
// One set-up at a time in one folder: `npm start` and `npm test` in two terminals must not install over each other.
import { mkdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { exitOnSignals, root, say, watchChildren } from './setup-run.mjs';

// Not in node_modules, which `npm ci` empties.
const LOCK = path.join(root, '.cache/setup-lock');
const OWNER = path.join(LOCK, 'owner.json');
const BEAT_MS = 5000;
/** The owner may live on another host or in another container, where its process id says nothing. */
const SILENT_MS = 60_000;
/** What a killed set-up had started goes on for a moment, until it notices that nobody reads its output. */
const ORPHANS_MS = 20_000;

/** @typedef {{readonly pid: number, readonly host: string, readonly token: string, readonly children: readonly number[]}} Owner */

/** @param {() => Promise<void>} work */
export async function withLock(work) {
  const me = { pid: process.pid, host: hostname(), token: `${process.pid}-${Date.now()}`, children: [] };
  await take(me);
  const release = () => readOwner(OWNER)?.token === me.token && clear(`${LOCK}-done-${me.token}`);
  process.on('exit', release);
  watchChildren((children) => {
    if (readOwner(OWNER)?.token === me.token) writeOwner(OWNER, { ...me, children });
  });
  const beat = setInterval(() => keep(me), BEAT_MS);
  try {
    await work();
  } finally {
    clearInterval(beat);
    release();
    process.off('exit', release);
  }
}

/** @param {Owner} me */
async function take(me) {
  // A folder with its owner in it appears at once, and does not go over another one that is not empty.
  const mine = `${LOCK}-${me.token}`;
  const discard = () => rmSync(mine, { recursive: true, force: true });
  exitOnSignals();
  process.on('exit', discard);
  mkdirSync(mine, { recursive: true });
  writeOwner(path.join(mine, 'owner.json'), me);
  try {
    for (let told = false; !claim(mine); told = true) {
      const owner = readOwner(OWNER);
      if (owner && gone(owner)) await evict(owner);
      else if (!told) say(`waiting for another set-up (process ${owner?.pid ?? '?'}) to finish`);
      await delay(200);
    }
  } finally {
    discard();
    process.off('exit', discard);
  }
}

/** @param {string} mine */
function claim(mine) {
  try {
    renameSync(mine, LOCK);
    return true;
  } catch (error) {
    const { code } = /** @type {NodeJS.ErrnoException} */ (error);
    if (code === 'ENOTEMPTY' || code === 'EEXIST' || code === 'EPERM') return false;
    throw error;
  }
}

/** @param {Owner} owner */
function gone({ pid, host }) {
  const silentMs = Date.now() - (statSync(OWNER, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
  return silentMs > SILENT_MS || (host === hostname() && !alive(pid));
}

/** @param {number} pid */
function alive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === 'EPERM';
  }
}

/** Clears a dead owner's lock away, and nobody else's: only one may be at it. @param {Owner} dead */
async function evict(dead) {
  if (dead.host === hostname()) await ended(dead.children);
  const guard = path.join(LOCK, 'evicting');
  try {
    mkdirSync(guard);
  } catch {
    // Somebody else is at it, or was and died.
    const begunMs = statSync(guard, { throwIfNoEntry: false })?.mtimeMs ?? Date.now();
    if (Date.now() - begunMs > BEAT_MS) rmSync(guard, { recursive: true, force: true });
    return;
  }
  if (readOwner(OWNER)?.token !== dead.token) return rmSync(guard, { recursive: true, force: true });
  clear(`${LOCK}-dead-${process.pid}`);
  say(`taking over from process ${dead.pid}, which did not finish its set-up`);
}

/**
 * Takes the lock away in one step. Emptied in its place it would be free, and another set-up's, before it is gone: what
 * is removed last would be that one's.
 *
 * @param {string} away
 */
function clear(away) {
  renameSync(LOCK, away);
  rmSync(away, { recursive: true, force: true });
}

/** Waits, since ending them by number could hit somebody else's. @param {readonly number[]} pids */
async function ended(pids) {
  const deadline = Date.now() + ORPHANS_MS;
  while (pids.some(alive) && Date.now() < deadline) await delay(100);
}

/** @param {Owner} me */
function keep(me) {
  if (readOwner(OWNER)?.token === me.token) {
    utimesSync(OWNER, new Date(), new Date());
    return;
  }
  say('Another set-up took over while this one was suspended: run the same command again.');
  process.exit(1);
}

/** @param {string} file @returns {Owner | undefined} */
function readOwner(file) {
  try {
    return { children: [], ...JSON.parse(readFileSync(file, 'utf8')) };
  } catch {
    return undefined;
  }
}

/** @param {string} file @param {Owner} owner */
function writeOwner(file, owner) {
  writeFileSync(`${file}.new`, JSON.stringify(owner));
  renameSync(`${file}.new`, file);
}
