import { DiscordjsError, DiscordjsErrorCodes } from 'discord.js';
import { describeError, isAbort, OperatorError, UnavailableError } from '../errors.ts';
import { isUnauthorized } from './rest.ts';

export const RENEW_TOKEN = 'Copy a new token from the Developer Portal (Bot, Reset Token) into DISCORD_TOKEN.';
export const NO_TOKEN = 'DISCORD_TOKEN does not look like a bot token: expected three parts with dots between them';
export const COPY_TOKEN =
  'Copy the token from the Developer Portal, page Bot; not the client secret or the public key.';
export const TOKEN_REFUSED = `Discord refuses the token. ${RENEW_TOKEN}`;
export const SWITCH_CONTENT_ON =
  'Switch Message Content on in the Developer Portal (Bot, Privileged Gateway Intents) and start the bot again. An app that 10,000 people can see has to apply for it there.';
export const CONTENT_REFUSED = `Discord refuses the message-content intent, so only what addresses the bot is read. ${SWITCH_CONTENT_ON}`;

/** Three parts with dots between them; what is pasted by mistake (a client secret, a public key) has none. */
export function hasTokenShape(token: string): boolean {
  return /^[\w-]+\.[\w-]+\.[\w-]+$/.test(token);
}

/** What is said in servers that are not in `ALLOWED_SERVERS`. */
export const NOT_OPEN = 'This bot is not open to this server. Whoever runs it decides where it answers.';

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
