/**
 * Two audiences, two texts. A `UserError` is said to whoever asked; an `OperatorError` is said to whoever runs the
 * bot (terminal, log, doctor). Every other error is a bug or a broken dependency: the log has it whole, and the asker
 * gets one calm sentence with a request id.
 */
export class UserError extends Error {
  override readonly name: string = 'UserError';
}

/** The asker must wait: their own limit, or a full queue. `retryAfterMs` is when it is worth trying again. */
export class BusyError extends UserError {
  override readonly name = 'BusyError';
  readonly retryAfterMs: number;

  constructor(retryAfterMs: number) {
    super(`Busy right now, try again in ${Math.max(1, Math.ceil(retryAfterMs / 1000))} s.`);
    this.retryAfterMs = retryAfterMs;
  }
}

/**
 * Something the operator can mend. The message says what was expected, what came, and what to do, in that order.
 */
export class OperatorError extends Error {
  override readonly name: string = 'OperatorError';
}

/** Something outside does not answer, which may pass by itself: whoever can wait tries again. */
export class UnavailableError extends OperatorError {
  override readonly name: string = 'UnavailableError';
}

/** Every fault of the configuration at once, so that it is mended in one go. */
export class ConfigError extends OperatorError {
  override readonly name = 'ConfigError';
  readonly faults: readonly string[];

  constructor(faults: readonly string[]) {
    super(
      `The configuration has ${faults.length === 1 ? 'a fault' : `${faults.length} faults`}:\n${faults.map((fault) => `  ${fault}`).join('\n')}`,
    );
    this.faults = faults;
  }
}

/** What was thrown, as an `Error`. */
export function toError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}

/** One line for a log or a terminal: the message and, in brackets, those of its causes that it does not quote itself. */
export function describeError(thrown: unknown): string {
  const error = toError(thrown);
  const head = error.message || error.name;
  const causes: string[] = [];
  for (let cause = error.cause; cause !== undefined && causes.length < 4; cause = toError(cause).cause) {
    const { message } = toError(cause);
    if (![head, ...causes].some((told) => told.includes(message))) causes.push(message);
  }
  const told = causes.map((text, place) => (place < causes.length - 1 ? text.replace(/\.$/, '') : text));
  return told.length > 0 ? `${head} (${told.join(': ')})` : head;
}

/** True for what an aborted `AbortSignal` throws, a time-out included. */
export function isAbort(thrown: unknown): boolean {
  return thrown instanceof Error && (thrown.name === 'AbortError' || thrown.name === 'TimeoutError');
}
