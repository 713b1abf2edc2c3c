import {
  type APIApplication,
  type APIUser,
  ApplicationFlags,
  PermissionsBitField,
  type REST,
  type RESTGetAPICurrentUserGuildsResult,
  Routes,
} from 'discord.js';
import type { Check, Finding } from '../check.ts';
import type { ChatConfig, DiscordConfig } from '../config.ts';
import { describeError } from '../errors.ts';
import { INTENTS, inviteUrl, PERMISSIONS, REACTIONS_INTENT } from './invite.ts';
import { type Registered, sameRegistration } from './registration.ts';
import { createRest, isUnauthorized } from './rest.ts';
import { COPY_TOKEN, hasTokenShape, NO_TOKEN, RENEW_TOKEN, SWITCH_CONTENT_ON } from './trouble.ts';

type Look = (rest: REST, signal: AbortSignal) => Promise<readonly Finding[]>;
type DoctorOptions = Registered & {
  readonly config: DiscordConfig;
  readonly chat: Pick<ChatConfig, 'readsMessages' | 'triggerEmoji'>;
};

/** What `doctor` looks at on Discord: token, application, intents, permissions, registered commands. */
export function discordChecks({ config, chat, commands, actions }: DoctorOptions): readonly Check[] {
  const rest = createRest(config.apiUrl, config.token);
  const attempt = async (look: Look, signal: AbortSignal): Promise<readonly Finding[]> => {
    try {
      return await look(rest, signal);
    } catch (error) {
      return [finding(error, config.apiUrl)];
    }
  };
  let login: Promise<readonly Finding[]> | undefined;
  const logIn = (signal: AbortSignal) => {
    login ??= attempt(checkLogin, signal);
    return login;
  };
  const inside = (name: string, look: Look): Check => ({
    name,
    fast: false,
    run: async (signal) => {
      // What keeps the bot out is one fault, said by the login.
      const keptOut = (await logIn(signal)).some(({ level }) => level === 'fault');
      return keptOut ? [] : attempt(look, signal);
    },
  });
  return [
    { name: 'Discord token', fast: true, run: async () => [tokenShape(config.token)] },
    { name: 'Discord login', fast: false, run: logIn },
    inside('Discord application', checkApplication),
    inside('Discord intents', (client, signal) => checkIntents(client, chat, signal)),
    inside('Discord permissions', checkPermissions),
    inside('Discord commands', (client, signal) => checkCommands(client, { commands, actions }, signal)),
  ];
}

function finding(error: unknown, apiUrl: string): Finding {
  if (isUnauthorized(error)) return { level: 'fault', message: 'Discord refuses the token', mend: RENEW_TOKEN };
  return {
    level: 'fault',
    message: `Discord does not answer at ${apiUrl}: ${describeError(error)}`,
    mend: 'Check the network, the proxy, or DISCORD_API_URL.',
  };
}

function tokenShape(token: string): Finding {
  if (hasTokenShape(token)) return { level: 'ok', message: 'it has the shape of a bot token' };
  return { level: 'warning', message: NO_TOKEN, mend: COPY_TOKEN };
}

async function checkLogin(rest: REST, signal: AbortSignal): Promise<readonly Finding[]> {
  const user = (await rest.get(Routes.user(), { signal })) as APIUser;
  if (!user.bot) {
    return [{ level: 'fault', message: 'this token belongs to a person', mend: 'Use the token of a bot.' }];
  }
  return [{ level: 'ok', message: `the token belongs to ${user.username}` }];
}

async function checkApplication(rest: REST, signal: AbortSignal): Promise<readonly Finding[]> {
  const application = await getApplication(rest, signal);
  const findings: Finding[] = [];
  if (application.interactions_endpoint_url) {
    findings.push({
      level: 'fault',
      message: 'an Interactions Endpoint URL is set, so Discord sends commands and buttons there and not to this bot',
      mend: 'Empty that field in the Developer Portal, page General Information.',
    });
  }
  const installs = application.integration_types_config;
  if (installs && !('1' in installs)) {
    findings.push({
      level: 'warning',
      message: 'people cannot install the bot for themselves',
      mend: 'Switch User Install on in the Developer Portal, page Installation, if they should.',
    });
  }
  return findings.length > 0 ? findings : [{ level: 'ok', message: `the application is ${application.name}` }];
}

async function checkIntents(
  rest: REST,
  { readsMessages, triggerEmoji }: DoctorOptions['chat'],
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const flags = (await getApplication(rest, signal)).flags ?? 0;
  const isOn = (flags & (ApplicationFlags.GatewayMessageContent | ApplicationFlags.GatewayMessageContentLimited)) !== 0;
  const plain = [...INTENTS, ...(triggerEmoji.length > 0 ? [REACTIONS_INTENT] : [])].map(({ name }) => name).join(', ');
  if (!readsMessages) {
    const unused = isOn ? '; Message Content is switched on and not used (READ_MESSAGES=on)' : '';
    return [{ level: 'ok', message: `${plain}: none is privileged${unused}` }];
  }
  if (isOn) return [{ level: 'ok', message: `${plain}; Message Content, which is privileged and switched on` }];
  const message = 'READ_MESSAGES is on, and Message Content is switched off: only what addresses the bot is read';
  return [{ level: 'warning', message, mend: SWITCH_CONTENT_ON }];
}

async function checkPermissions(rest: REST, signal: AbortSignal): Promise<readonly Finding[]> {
  const guilds = (await rest.get(Routes.userGuilds(), { signal })) as RESTGetAPICurrentUserGuildsResult;
  const { id } = await getApplication(rest, signal);
  const findings = guilds.flatMap((guild): readonly Finding[] => {
    const has = new PermissionsBitField(BigInt(guild.permissions));
    const missing = PERMISSIONS.filter(({ flag }) => !has.has(flag));
    if (missing.length === 0) return [];
    return [
      {
        level: 'warning',
        message: `in ${guild.name} the bot has not: ${missing.map(({ name, reason }) => `${name} (${reason})`).join(', ')}`,
        mend: `Give its role these permissions there, or invite it again: ${inviteUrl(id)}`,
      },
    ];
  });
  if (findings.length > 0) return findings;
  if (guilds.length > 0) return [{ level: 'ok', message: `all that are needed, in ${guilds.length} server(s)` }];
  return [{ level: 'warning', message: 'the bot is in no server', mend: `Invite it: ${inviteUrl(id)}` }];
}

async function checkCommands(rest: REST, wanted: Registered, signal: AbortSignal): Promise<readonly Finding[]> {
  const { id } = await getApplication(rest, signal);
  const registered = await rest.get(Routes.applicationCommands(id), { signal });
  const { commands, actions } = wanted;
  const names = [...commands.map(({ name }) => `/${name}`), ...actions.map(({ label }) => label)].join(', ');
  if (sameRegistration(wanted, registered)) return [{ level: 'ok', message: `registered: ${names}` }];
  return [
    {
      level: 'warning',
      message: `Discord has other commands than ${names}`,
      mend: 'Start the bot: it registers its commands.',
    },
  ];
}

async function getApplication(rest: REST, signal: AbortSignal): Promise<APIApplication> {
  return (await rest.get(Routes.currentApplication(), { signal })) as APIApplication;
}
