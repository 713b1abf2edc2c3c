import type { Check, Finding } from '../check.ts';
import { describeError } from '../errors.ts';
import type { Logger } from '../log.ts';
import { orAbort } from '../or-abort.ts';

export type CheckResult = { readonly name: string; readonly findings: readonly Finding[] };

export type RunOptions = {
  /** For each check; what takes longer is a fault of its own. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal | undefined;
};

export type DoctorOptions = RunOptions & {
  readonly checks: readonly Check[];
  /** One object instead of lines. */
  readonly json?: boolean;
  /** Values that must never be printed. */
  readonly secrets?: readonly string[];
  readonly write?: (text: string) => void;
};

/**
 * Looks at everything and prints what it found: a line for each finding, faults with what mends them.
 *
 * @returns the exit code: 1 when there is a fault, else 0; warnings are no faults
 */
export async function doctor({
  checks,
  json = false,
  secrets = [],
  write = (text) => process.stdout.write(text),
  ...options
}: DoctorOptions): Promise<0 | 1> {
  const results = await runChecks(checks, options);
  const report = json ? `${JSON.stringify(reportJson(results), null, 2)}\n` : renderReport(results);
  write(secrets.filter(Boolean).reduce((text, secret) => text.replaceAll(secret, '***'), report));
  return hasFault(results) ? 1 : 0;
}

/** Runs the checks at once; each ends in time, whatever it does. Results in the order of the checks. */
export function runChecks(
  checks: readonly Check[],
  { timeoutMs = 15_000, signal }: RunOptions = {},
): Promise<readonly CheckResult[]> {
  return Promise.all(
    checks.map(async (check) => ({ name: check.name, findings: await findingsOf(check, timeoutMs, signal) })),
  );
}

/** For the fast part at every start: faults and warnings as lines of the log. */
export function logFindings(results: readonly CheckResult[], log: Logger): void {
  for (const { name, findings } of results) {
    for (const finding of findings) {
      if (finding.level !== 'ok') log[finding.level === 'fault' ? 'error' : 'warn'](describe(name, finding));
    }
  }
}

export function hasFault(results: readonly CheckResult[]): boolean {
  return countOf(results, 'fault') > 0;
}

/** `fault    Slack scopes: chat:write is missing → Add it under OAuth & Permissions.` and so on, and a count. */
function renderReport(results: readonly CheckResult[]): string {
  const lines = results.flatMap(({ name, findings }) =>
    findings.map((finding) => `${finding.level.padEnd(8)} ${describe(name, finding)}\n`),
  );
  const counts = [
    count(countOf(results, 'fault'), 'fault'),
    count(countOf(results, 'warning'), 'warning'),
    `${countOf(results, 'ok')} ok`,
  ];
  return `${lines.join('')}\n${counts.join(', ')}\n`;
}

/** What `--json` prints. */
function reportJson(results: readonly CheckResult[]) {
  return { ok: !hasFault(results), checks: results };
}

async function findingsOf(
  check: Check,
  timeoutMs: number,
  outer: AbortSignal | undefined,
): Promise<readonly Finding[]> {
  outer?.throwIfAborted();
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(new Error(`no result within ${timeoutMs / 1000} s`)), timeoutMs);
  const signal = AbortSignal.any([late.signal, ...(outer ? [outer] : [])]);
  try {
    // A check may be deaf to its signal: the report is not.
    return await orAbort(() => check.run(signal), signal);
  } catch (error) {
    outer?.throwIfAborted();
    return [{ level: 'fault', message: describeError(late.signal.reason ?? error) }];
  } finally {
    clearTimeout(timer);
  }
}

function describe(name: string, { message, mend }: Finding): string {
  return `${name}: ${message}${mend === undefined ? '' : ` → ${mend}`}`.replace(/\s*\n\s*/g, ' ');
}

function countOf(results: readonly CheckResult[], level: Finding['level']): number {
  return results.flatMap(({ findings }) => findings).filter((finding) => finding.level === level).length;
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
