import { type Logger as BoltLogger, LogLevel } from '@slack/bolt';
import { describeError } from '../errors.ts';
import type { Logger } from '../log.ts';

/**
 * Bolt's log lines in ours. Its debug and info lines carry whole payloads, questions among them, so they go nowhere.
 */
export function boltLogger(
  log: Logger,
  { level = 'warn', onWarning }: { level?: 'debug' | 'warn'; onWarning?: () => void } = {},
): BoltLogger {
  const report = (...parts: readonly unknown[]) => {
    log[level](`Slack client: ${parts.map(describePart).filter(Boolean).join(' ')}`);
    onWarning?.();
  };
  return {
    debug() {},
    info() {},
    warn: report,
    error: report,
    setLevel() {},
    getLevel: () => LogLevel.WARN,
    setName() {},
  };
}

function describePart(part: unknown): string {
  if (part instanceof Error) return describeError(part);
  return typeof part === 'string' ? part : '';
}
