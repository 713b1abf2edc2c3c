import { type APIApplication, Routes } from 'discord.js';
import type { DiscordConfig } from '../config.ts';
import { describeError, OperatorError } from '../errors.ts';
import { createRest, isUnauthorized } from './rest.ts';
import { COPY_TOKEN, hasTokenShape, NO_TOKEN, TOKEN_REFUSED } from './trouble.ts';

/**
 * The id of the application that the token belongs to. Where Discord does not answer it is read from the token,
 * whose first part is the bot's own id in base64: the same one, but for applications made before 2016.
 *
 * @param warn told why it is taken from the token
 * @throws OperatorError when Discord refuses the token, or does not answer and the token has no id
 */
export async function readApplicationId(
  { apiUrl, token }: DiscordConfig,
  warn: (text: string) => void,
): Promise<string> {
  try {
    const application = (await createRest(apiUrl, token).get(Routes.currentApplication())) as APIApplication;
    return application.id;
  } catch (error) {
    if (isUnauthorized(error)) throw new OperatorError(TOKEN_REFUSED, { cause: error });
    const silent = `Discord does not answer at ${apiUrl}`;
    const id = Buffer.from(token.split('.', 1)[0] ?? '', 'base64').toString('latin1');
    if (/^\d{17,20}$/.test(id)) {
      warn(`${silent}: the link is made of the id in DISCORD_TOKEN, which was not checked.`);
      return id;
    }
    if (!hasTokenShape(token)) throw new OperatorError(`${silent}, and ${NO_TOKEN}. ${COPY_TOKEN}`, { cause: error });
    throw new OperatorError(`${silent} (${describeError(error)}). Check the network, the proxy, or DISCORD_API_URL.`, {
      cause: error,
    });
  }
}
