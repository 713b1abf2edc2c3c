import { webApi } from '@slack/bolt';
import type { SlackConfig } from '../config.ts';
import { OperatorError, toError } from '../errors.ts';
import type { Logger } from '../log.ts';
import { boltLogger } from './bolt-logger.ts';

/**
 * Slack's Web API without repeats: what may be repeated is decided where it is known what a repeat does
 * (`posting.ts`), since Slack's own client would send a slow message again and people would see it twice.
 */
export function createSlackClient(
  { botToken, apiUrl }: Pick<SlackConfig, 'botToken' | 'apiUrl'>,
  { timeoutMs, log }: { timeoutMs: number; log: Logger },
): webApi.WebClient {
  return new webApi.WebClient(botToken, {
    slackApiUrl: apiUrl,
    timeout: timeoutMs,
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    logger: boltLogger(log, { level: 'debug' }),
  });
}

/** What a failed call means for whoever made it. */
export type Failure =
  /** Slack understood and said no: nothing happened. */
  | { readonly kind: 'refused'; readonly code: string }
  /** Too many calls: nothing happened, and it may be tried again then. */
  | { readonly kind: 'later'; readonly afterMs: number }
  /** It never reached Slack. */
  | { readonly kind: 'unsent' }
  /** No answer, or an answer that leaves it open whether it was done. */
  | { readonly kind: 'unknown' };

/** Slack's own words for "some of it may have been done". */
const UNSURE = new Set(['internal_error', 'fatal_error', 'request_timeout', 'service_unavailable']);
const UNREACHABLE = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);

export function judge(error: unknown): Failure {
  if (error instanceof webApi.WebAPIRateLimitedError) return { kind: 'later', afterMs: error.retryAfter * 1000 };
  if (error instanceof webApi.WebAPIPlatformError) {
    const code = error.data.error;
    if (code === 'ratelimited' || code === 'rate_limited') return { kind: 'later', afterMs: 1000 };
    return UNSURE.has(code) ? { kind: 'unknown' } : { kind: 'refused', code };
  }
  return isUnreachable(error) ? { kind: 'unsent' } : { kind: 'unknown' };
}

/** The code of a refusal, undefined for every other failure. */
export function refusalCode(error: unknown): string | undefined {
  const failure = judge(error);
  return failure.kind === 'refused' ? failure.code : undefined;
}

function isUnreachable(error: unknown): boolean {
  let cause: unknown = error;
  for (let depth = 0; cause instanceof Error && depth < 5; depth++) {
    if ('code' in cause && UNREACHABLE.has(String(cause.code))) return true;
    cause = cause.cause;
  }
  return false;
}

const TOKEN_FAULTS: Readonly<Record<string, string>> = {
  invalid_auth: 'does not know it',
  not_authed: 'does not know it',
  token_revoked: 'says that it was revoked',
  token_expired: 'says that it has expired',
  account_inactive: 'says that the app was removed from the workspace',
  not_allowed_token_type: 'says that it is a token of another type',
};

/** The app may be gone from the workspace, which nobody tells a bot that was down; or the token was only renewed. */
const MAY_BE_REMOVED = new Set(['account_inactive', 'token_revoked']);
const WHAT_IS_KEPT =
  'If the app is to stay removed: what is kept of that workspace is not deleted by itself, but for answers after ANSWER_DAYS. ' +
  'Stop the bot and delete memory.sqlite* in DATA_DIR, which also hold what is kept of Discord (docs/privacy.md).';

/** What the operator must mend about a token, when that is why the call failed; undefined otherwise. */
export function tokenFault(setting: 'SLACK_BOT_TOKEN' | 'SLACK_APP_TOKEN', error: unknown): OperatorError | undefined {
  const code = refusalCode(error) ?? '';
  const reason = TOKEN_FAULTS[code];
  if (!reason) return undefined;
  const where =
    setting === 'SLACK_BOT_TOKEN'
      ? 'OAuth & Permissions, Bot User OAuth Token; install the app again if there is none'
      : 'Basic Information, App-Level Tokens, with the scope connections:write';
  const mend = `${setting} is not accepted: Slack ${reason}. Copy it again from the app's settings (${where}).`;
  const isOfWorkspace = setting === 'SLACK_BOT_TOKEN' && MAY_BE_REMOVED.has(code);
  return new OperatorError(isOfWorkspace ? `${mend} ${WHAT_IS_KEPT}` : mend, { cause: toError(error) });
}
