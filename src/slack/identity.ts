import type { webApi } from '@slack/bolt';
import { OperatorError } from '../errors.ts';
import { tokenFault } from './api.ts';

/** Who the bot is in the workspace. */
export type Identity = {
  readonly botId: string;
  readonly botUserId: string;
  /** What people type after `/invite @`. */
  readonly botName: string;
  readonly teamId: string;
  readonly teamName: string;
  /** Where the workspace is opened, with a slash at the end. */
  readonly url: string;
  /** What the token may do; undefined where a proxy swallowed the header that says so. */
  readonly scopes: readonly string[] | undefined;
};

/**
 * Asks Slack who the token belongs to. Bolt's own check accepts any token and fails later, at every single command.
 *
 * @throws OperatorError when the token is not accepted; whatever the client throws when Slack cannot be reached
 */
export async function identify(client: webApi.WebClient): Promise<Identity> {
  try {
    const { user_id, bot_id, user, team_id, team, url, response_metadata } = await client.auth.test();
    if (!user_id || !bot_id || !team_id) {
      throw new OperatorError(
        'SLACK_BOT_TOKEN is not a bot token: Slack names no bot for it. Copy the Bot User OAuth Token (xoxb-…) from OAuth & Permissions.',
      );
    }
    return {
      botId: bot_id,
      botUserId: user_id,
      botName: user ?? 'the bot',
      teamId: team_id,
      teamName: team ?? team_id,
      url: url ?? 'https://slack.com/',
      scopes: response_metadata?.scopes,
    };
  } catch (error) {
    throw tokenFault('SLACK_BOT_TOKEN', error) ?? error;
  }
}

/** Those of `needed` that the token lacks; none where that is not known. */
export function missingScopes({ scopes }: Identity, needed: readonly string[]): readonly string[] {
  return scopes ? needed.filter((scope) => !scopes.includes(scope)) : [];
}

/** @throws OperatorError naming every scope that is missing */
export function requireScopes(identity: Identity, needed: readonly string[]): void {
  const missing = missingScopes(identity, needed);
  if (missing.length === 0) return;
  throw new OperatorError(
    `The Slack app may do too little: it needs ${needed.join(', ')}, and ${missing.join(', ')} ${missing.length === 1 ? 'is' : 'are'} missing. ` +
      'Update the app with the manifest that `npm run slack:manifest` prints, then install it to the workspace again.',
  );
}
