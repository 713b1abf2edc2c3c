import { type APIApplication, Routes } from 'discord.js';
import type { DiscordConfig } from '../config.ts';
import { describeError, OperatorError } from '../errors.ts';
import { createRest, isUnauthorized } from './rest.ts';
import { TOKEN_REFUSED } from './trouble.ts';

/**
 * The id of the application that the token belongs to.
 *
 * @throws OperatorError when Discord refuses the token or does not answer
 */
export async function readApplicationId({ apiUrl, token }: DiscordConfig): Promise<string> {
  try {
    const application = (await createRest(apiUrl, token).get(Routes.currentApplication())) as APIApplication;
    return application.id;
  } catch (error) {
    if (isUnauthorized(error)) throw new OperatorError(TOKEN_REFUSED, { cause: error });
    throw new OperatorError(
      `Discord does not answer at ${apiUrl} (${describeError(error)}). Check the network, the proxy, or DISCORD_API_URL.`,
      { cause: error },
    );
  }
}
