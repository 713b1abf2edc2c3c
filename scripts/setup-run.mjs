// @ts-check
// Running other programs: bounded in time, ended with all their children, and told about in one voice.
import { spawn } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/**
 * @typedef {object} RunOptions
 * @property {string} [cwd]
 * @property {Readonly<Record<string, string>>} [env] added to the environment
 * @property {boolean} [show] print what it prints, on stderr
 * @property {RegExp} [hide] but not these lines
 * @property {boolean} [shell]
 * @property {number} [timeoutMs] end it, and every process it started, after this long
 * @property {{readonly pattern: RegExp, readonly withinMs: number}} [firstSign] end it unless it prints this by then
 *
 * @typedef {object} RunResult
 * @property {boolean} ok it ended by itself with status 0
 * @property {boolean} missing there is no such program
 * @property {boolean} timedOut
 * @property {string} output the end of stdout and stderr
 */

/** The repository, wherever the set-up was started. */
export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');

/** What a person has to mend; the message is one sentence that says what to install or do. */
export class SetupError extends Error {}

/** @param {string} message */
export function say(message) {
  process.stderr.write(`[setup ${process.uptime().toFixed(1)}s] ${message}\n`);
}

const KEPT_CHARACTERS = 65_536;
const windows = process.platform === 'win32';
/** @type {Set<import('node:child_process').ChildProcess>} */
const running = new Set();
/** @type {((pids: readonly number[]) => void) | undefined} */
let onChange;

/** Tells which processes run for us, whenever that changes. @param {typeof onChange} listener */
export function watchChildren(listener) {
  onChange = listener;
}

function childrenChanged() {
  onChange?.([...running].flatMap(({ pid }) => (pid === undefined ? [] : [pid])));
}

/**
 * Never rejects: a program that fails, hangs or is missing is an answer.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {RunOptions} [options]
 * @returns {Promise<RunResult>}
 */
export function run(command, args, options = {}) {
  const { cwd = root, env = {}, show = false, hide, shell = false, timeoutMs, firstSign } = options;
  exitOnSignals();
  return new Promise((resolve) => {
    // A group of its own on POSIX, so that a time-out ends grandchildren too: they would keep the pipes open.
    const child = spawn(command, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: !windows,
      windowsHide: true,
      shell,
    });
    let output = '';
    /** @type {NodeJS.Timeout[]} */
    const timers = [];
    /** @param {Partial<RunResult>} result */
    const finish = (result) => {
      for (const timer of timers) clearTimeout(timer);
      running.delete(child);
      childrenChanged();
      resolve({ ok: false, missing: false, timedOut: false, output, ...result });
    };
    const giveUp = () => {
      endGroup(child);
      finish({ timedOut: true });
    };
    running.add(child);
    childrenChanged();
    if (timeoutMs !== undefined) timers.push(setTimeout(giveUp, timeoutMs));
    const silence = firstSign && setTimeout(giveUp, firstSign.withinMs);
    if (silence) timers.push(silence);
    for (const stream of [child.stdout, child.stderr]) {
      const lines = createInterface({ input: stream });
      lines.on('line', (line) => {
        output = `${output}${line}\n`.slice(-KEPT_CHARACTERS);
        if (show && !hide?.test(line)) process.stderr.write(`${line}\n`);
        if (firstSign?.pattern.test(line)) clearTimeout(silence);
      });
    }
    child.on('error', (error) =>
      finish({ missing: 'code' in error && error.code === 'ENOENT', output: error.message }),
    );
    child.on('close', (code) => finish({ ok: code === 0 }));
  });
}

/**
 * Says now and then that a long step still runs.
 *
 * @template T
 * @param {string} step
 * @param {Promise<T>} work
 */
export async function announce(step, work) {
  say(step);
  const timer = setInterval(() => say(`${step}: still at it`), 30_000);
  try {
    return await work;
  } finally {
    clearInterval(timer);
  }
}

/** @param {string} output @returns {string} the lines that name the trouble, at most three */
export function gist(output) {
  const lines = output.split('\n').filter((line) => line.trim() !== '');
  const telling = lines.filter((line) => /error|fatal|cannot|unable|failed|E:/i.test(line));
  return (telling.length > 0 ? telling.slice(0, 3) : lines.slice(-3)).map((line) => `  ${line.trim()}`).join('\n');
}

/** @param {import('node:child_process').ChildProcess} child */
function endGroup(child) {
  child.stdout?.destroy();
  child.stderr?.destroy();
  if (child.pid === undefined) return;
  try {
    if (windows) spawn('taskkill', ['/pid', String(child.pid), '/T', '/F'], { stdio: 'ignore', windowsHide: true });
    else process.kill(-child.pid, 'SIGKILL');
  } catch {
    // Gone already.
  }
}

let listening = false;
/** Ends everything that was started, rather than leave it behind. */
export function exitOnSignals() {
  if (listening) return;
  listening = true;
  process.on('exit', () => {
    for (const child of running) endGroup(child);
  });
  const signals = /** @type {const} */ ({ SIGHUP: 1, SIGINT: 2, SIGTERM: 15 });
  for (const [signal, number] of Object.entries(signals)) process.on(signal, () => process.exit(128 + number));
}
