import { webApi } from '@slack/bolt';
import type { AccessRules } from '../access.ts';
import type { Check, Finding } from '../check.ts';
import type { Command } from '../command.ts';
import { slackCommandName } from '../command-name.ts';
import type { SlackConfig } from '../config.ts';
import { describeError, OperatorError } from '../errors.ts';
import { silentLogger } from '../log.ts';
import { orAbort } from '../or-abort.ts';
import { createSlackClient, refusalCode, tokenFault } from './api.ts';
import { boltLogger } from './bolt-logger.ts';
import { type Identity, identify, missingScopes } from './identity.ts';
import { neededScopes, type Reach } from './manifest.ts';

const CALL_TIMEOUT_MS = 8_000;
const REINSTALL =
  'Update the app with the manifest that `npm run slack:manifest` prints, then install it to the workspace again.';

export type SlackCheckOptions = {
  readonly config: SlackConfig;
  readonly commands: readonly Command[];
  readonly reach: Reach;
  readonly privateSources: AccessRules;
};

/** What `doctor` looks at on Slack. */
export function slackChecks({ config, commands, reach, privateSources }: SlackCheckOptions): Check[] {
  return [
    commandCheck(config, commands),
    sharedChannelsCheck(config, privateSources),
    tokenCheck(config, reach),
    ...appTokenChecks(config),
  ];
}

/** Slack tells no bot which commands are registered, so this looks at what can be wrong with their names. */
function commandCheck(config: SlackConfig, commands: readonly Command[]): Check {
  return {
    name: 'Slack commands',
    fast: true,
    async run() {
      const names = commands.map((command) => `/${slackCommandName(command.name, config.commandNames)}`);
      const twice = names.find((name, index) => names.indexOf(name) !== index);
      if (twice) {
        return [
          {
            level: 'fault',
            message: `two commands are called ${twice}`,
            mend: 'Give them different names with SLACK_ASK_COMMAND and SLACK_SOURCES_COMMAND.',
          },
        ];
      }
      return [{ level: 'ok', message: `${names.join(', ')} (the app in the workspace must have the same)` }];
    },
  };
}

/** Both settings together let private sources out of the house, which shall be no accident. */
function sharedChannelsCheck({ sharedChannels }: SlackConfig, privateSources: AccessRules): Check {
  return {
    name: 'Slack shared channels',
    fast: true,
    async run() {
      return [...privateSources].flatMap(([source, grants]) =>
        grants.flatMap(({ platform, channel }): Finding[] =>
          platform === 'slack' && channel !== undefined && sharedChannels.includes(channel)
            ? [
                {
                  level: 'warning',
                  message: `people of another organisation see ${source} in ${channel}: PRIVATE_SOURCES and SLACK_SHARED_CHANNELS both name that channel`,
                  mend: 'Take the channel out of one of the two, unless they may.',
                },
              ]
            : [],
        ),
      );
    },
  };
}

function tokenCheck(config: SlackConfig, reach: Reach): Check {
  return {
    name: 'Slack token',
    fast: false,
    async run(signal) {
      const client = createSlackClient(config, { timeoutMs: CALL_TIMEOUT_MS, log: silentLogger });
      try {
        const identity = await orAbort(() => identify(client), signal);
        const who: Finding = { level: 'ok', message: `@${identity.botName} in ${identity.teamName}` };
        return [who, scopeFinding(identity, neededScopes(reach))];
      } catch (error) {
        return [callFinding(error)];
      }
    },
  };
}

function scopeFinding(identity: Identity, needed: readonly string[]): Finding {
  if (!identity.scopes) {
    return {
      level: 'warning',
      message: 'Slack did not say which scopes are granted',
      mend: 'Look at OAuth & Permissions.',
    };
  }
  const missing = missingScopes(identity, needed);
  if (missing.length > 0) {
    return { level: 'fault', message: `missing scopes: ${missing.join(', ')}`, mend: REINSTALL };
  }
  const extra = identity.scopes.filter((scope) => !needed.includes(scope));
  if (extra.length > 0) {
    return { level: 'warning', message: `scopes that are not needed: ${extra.join(', ')}`, mend: REINSTALL };
  }
  return { level: 'ok', message: `scopes: ${needed.join(', ')}` };
}

function appTokenChecks({ appToken, apiUrl }: SlackConfig): Check[] {
  if (!appToken) return [];
  const run = async (signal: AbortSignal): Promise<readonly Finding[]> => {
    const client = new webApi.WebClient(appToken, {
      slackApiUrl: apiUrl,
      timeout: CALL_TIMEOUT_MS,
      retryConfig: { retries: 0 },
      rejectRateLimitedCalls: true,
      logger: boltLogger(silentLogger),
    });
    try {
      await orAbort(() => client.apps.connections.open({}), signal);
      return [{ level: 'ok', message: 'Socket Mode can be opened' }];
    } catch (error) {
      return [callFinding(tokenFault('SLACK_APP_TOKEN', error) ?? error)];
    }
  };
  return [{ name: 'Slack app token', fast: false, run }];
}

function callFinding(error: unknown): Finding {
  if (error instanceof OperatorError) return { level: 'fault', message: error.message };
  const code = refusalCode(error);
  if (code === 'missing_scope') {
    return {
      level: 'fault',
      message: 'SLACK_APP_TOKEN lacks the scope connections:write',
      mend: 'Make a new app-level token with it (Basic Information, App-Level Tokens).',
    };
  }
  if (code) return { level: 'fault', message: `Slack refused: ${code}`, mend: 'Look at the settings of the app.' };
  return {
    level: 'fault',
    message: `Slack cannot be reached: ${describeError(error)}`,
    mend: 'Check the network, the proxy and SLACK_API_URL.',
  };
}
