import type { Command } from '../command.ts';
import type { SlackConfig } from '../config.ts';
import { OperatorError } from '../errors.ts';
import { excerpt } from '../reply-text.ts';
import { slackName } from './commands.ts';
import { askedCommand } from './events.ts';
import { EVENTS_PATH } from './http.ts';

/** Whether a channel is shared with others, and who is a guest or an admin. */
const WHEREABOUTS = ['channels:read', 'groups:read', 'users:read'];

/** What the app must be allowed, each with its reason in the README. */
export function neededScopes(commands: readonly Command[]): readonly string[] {
  return [
    'commands',
    'chat:write',
    ...WHEREABOUTS,
    ...(askedCommand(commands) ? ['app_mentions:read', 'im:history'] : []),
  ];
}

/** What Slack is to tell the bot of. */
export function neededEvents(commands: readonly Command[]): readonly string[] {
  return askedCommand(commands) ? ['app_mention', 'message.im'] : [];
}

export type ManifestOptions = {
  readonly commands: readonly Command[];
  /** `https://bot.example.org`: HTTP mode, where Slack must know the address. Absent: Socket Mode. */
  readonly publicUrl?: string | undefined;
};

/** Of the settings; before there is any token, nothing but names is known. */
export type ManifestSettings = Partial<Pick<SlackConfig, 'commandNames' | 'appToken' | 'signingSecret'>>;

/**
 * The app as Slack is to create it ("From a manifest"), asking for what the settings switch on and no more.
 *
 * @throws OperatorError when the settings say HTTP mode and the address is not known
 */
export function slackManifest(settings: ManifestSettings | undefined, { commands, publicUrl }: ManifestOptions) {
  const socketMode = settings?.appToken !== undefined || (settings?.signingSecret === undefined && !publicUrl);
  if (!socketMode && !publicUrl) {
    throw new OperatorError(
      'Without SLACK_APP_TOKEN Slack sends its requests to an address that the manifest must name: add --url https://YOUR-HOST, the address at which PUBLIC_PORT is reached.',
    );
  }
  const url = socketMode ? {} : { url: `${publicUrl?.replace(/\/+$/, '')}${EVENTS_PATH}` };
  const requestUrl = url.url ? { request_url: url.url } : {};
  const events = neededEvents(commands);
  return {
    display_information: {
      name: 'Precedent',
      description: 'Answers questions with the GitHub issue comments that already answered them',
      background_color: '#24292f',
    },
    features: {
      app_home: { home_tab_enabled: false, messages_tab_enabled: true, messages_tab_read_only_enabled: false },
      bot_user: { display_name: 'precedent', always_online: true },
      slash_commands: commands.map((command) => ({
        command: `/${slackName(command, settings?.commandNames ?? {})}`,
        description: excerpt(command.description, 140),
        ...usageHint(command),
        should_escape: false,
        ...url,
      })),
    },
    oauth_config: { scopes: { bot: [...neededScopes(commands)] } },
    settings: {
      ...(events.length > 0 && { event_subscriptions: { ...requestUrl, bot_events: [...events] } }),
      interactivity: { is_enabled: true, ...requestUrl },
      org_deploy_enabled: false,
      socket_mode_enabled: socketMode,
      token_rotation_enabled: false,
    },
  };
}

function usageHint({ inputs }: Command): { usage_hint?: string } {
  const first = inputs.find(({ kind }) => kind === 'text');
  return first ? { usage_hint: `[${first.name}]` } : {};
}
