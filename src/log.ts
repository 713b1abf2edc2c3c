import { describeError } from './errors.ts';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';
export type LogFormat = 'text' | 'json';
/** Values beside the message. Never a question, a token or the text of a chat message. */
export type LogFields = Readonly<Record<string, unknown>>;

export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}

export type LoggerOptions = {
  readonly level?: LogLevel;
  readonly format?: LogFormat;
  /** Values that must never be printed: tokens, as configured. Each is replaced by `***` wherever it turns up. */
  readonly secrets?: readonly string[];
  readonly write?: (line: string) => void;
  readonly now?: () => Date;
};

const SEVERITY: Readonly<Record<LogLevel, number>> = { debug: 10, info: 20, warn: 30, error: 40 };

/** One line per event, on stderr: stdout belongs to what a command prints. */
export function createLogger({
  level = 'info',
  format = 'text',
  secrets = [],
  write = (line) => process.stderr.write(`${line}\n`),
  now = () => new Date(),
}: LoggerOptions = {}): Logger {
  const hidden = secrets.filter((secret) => secret.length > 0);
  const redact = (line: string) => hidden.reduce((text, secret) => text.replaceAll(secret, '***'), line);
  const render = format === 'json' ? renderJson : renderText;
  const logAt =
    (severity: LogLevel) =>
    (message: string, fields: LogFields = {}) => {
      if (SEVERITY[severity] >= SEVERITY[level]) write(redact(render(now(), severity, message, fields)));
    };
  return { debug: logAt('debug'), info: logAt('info'), warn: logAt('warn'), error: logAt('error') };
}

/** Swallows everything: for tests, and for commands whose output must stay clean. */
export const silentLogger: Logger = { debug() {}, info() {}, warn() {}, error() {} };

function renderJson(time: Date, level: LogLevel, message: string, fields: LogFields): string {
  return JSON.stringify({ time: time.toISOString(), level, message, ...fields }, (_key, value) =>
    value instanceof Error ? { name: value.name, message: describeError(value), stack: value.stack } : value,
  );
}

function renderText(time: Date, level: LogLevel, message: string, fields: LogFields): string {
  const values = Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${key}=${renderValue(value)}`);
  const head = `${time.toISOString()} ${level.toUpperCase().padEnd(5)} ${message}`;
  const stack = Object.values(fields).find((value) => value instanceof Error && value.stack !== undefined);
  const line = [head, ...values].join(' ');
  return stack instanceof Error && level === 'error' ? `${line}\n${stack.stack}` : line;
}

function renderValue(value: unknown): string {
  if (value instanceof Error) return JSON.stringify(describeError(value));
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return typeof value === 'string' && /[\s"=]/.test(text) ? JSON.stringify(text) : text;
}
