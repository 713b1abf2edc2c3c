import { DiscordjsError, DiscordjsErrorCodes } from 'discord.js';
import { describeError, isAbort, OperatorError, UnavailableError } from '../errors.ts';
import { isUnauthorized } from './api.ts';

export const RENEW_TOKEN = 'Copy a new token from the Developer Portal (Bot, Reset Token) into DISCORD_TOKEN.';
export const TOKEN_REFUSED = `Discord refuses the token. ${RENEW_TOKEN}`;

/** Why the bot could not connect, for the operator. */
export function loginError(error: unknown, apiUrl: string, timeoutMs: number): OperatorError {
  if (error instanceof OperatorError) return error;
  const options = { cause: error };
  const isTokenInvalid = error instanceof DiscordjsError && error.code === DiscordjsErrorCodes.TokenInvalid;
  if (isTokenInvalid || isUnauthorized(error)) return new OperatorError(TOKEN_REFUSED, options);
  if (isAbort(error)) {
    return new UnavailableError(
      `Discord did not answer within ${Math.max(1, Math.round(timeoutMs / 1000))} s at ${apiUrl} or its gateway. Check the network, the proxy, or DISCORD_API_URL.`,
      options,
    );
  }
  const reason = describeError(error);
  if (/sessions remaining/i.test(reason)) {
    return new UnavailableError(
      `Discord allows no further connection for now (${reason}). Start the bot again later.`,
      options,
    );
  }
  return new UnavailableError(
    `Discord could not be reached at ${apiUrl}: ${reason}. Check the network, the proxy, or DISCORD_API_URL.`,
    options,
  );
}
