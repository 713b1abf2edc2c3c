import type { Command, MessageAction } from '../command.ts';
import { slackCommandName } from '../command-name.ts';
import type { ChatConfig, SlackConfig } from '../config.ts';
import { OperatorError } from '../errors.ts';
import { excerpt } from '../visible-text.ts';
import { EVENTS_PATH } from './http.ts';
import { callbackOf } from './shortcuts.ts';

/** What the settings switch on. */
export type Reach = {
  /** Messages that do not address the bot are read: for follow-ups and help channels. */
  readonly readsMessages: boolean;
  /** Emoji have the bot answer the message they are put on. */
  readonly triggerEmoji: readonly string[];
  /** Set on what is solved. */
  readonly solvedEmoji: string | undefined;
};

/** Nothing but what is addressed to the bot. */
const ONLY_ASKED: Reach = { readsMessages: false, triggerEmoji: [], solvedEmoji: undefined };

/** On Slack emoji have names; those of other platforms are none of its. */
export function reachOf(
  { readsMessages, triggerEmoji }: Pick<ChatConfig, 'readsMessages' | 'triggerEmoji'>,
  { solvedEmoji }: Pick<SlackConfig, 'solvedEmoji'>,
): Reach {
  const names = triggerEmoji.filter((emoji) => /^[\w+'-]+$/.test(emoji));
  return { readsMessages, triggerEmoji: names, solvedEmoji };
}

/** What the app must be allowed, each with its reason in the README. */
export function neededScopes({ readsMessages, triggerEmoji, solvedEmoji }: Reach): readonly string[] {
  return [
    'commands',
    'chat:write',
    // Whether a channel is shared with others, and who is a guest or an admin.
    ...['channels:read', 'groups:read', 'users:read'],
    ...['app_mentions:read', 'im:history'],
    ...(readsMessages ? ['channels:history', 'groups:history', 'usergroups:read'] : []),
    ...(triggerEmoji.length > 0 ? ['reactions:read'] : []),
    ...(solvedEmoji === undefined ? [] : ['reactions:write']),
  ];
}

/** By these a help channel comes to be one that can no longer be read or posted in, or is one again. */
export const ACCESS_EVENTS = [
  ...(['channel_archive', 'channel_unarchive', 'channel_deleted', 'channel_left'] as const),
  ...(['group_archive', 'group_unarchive', 'group_deleted', 'group_left'] as const),
];

/** What Slack is to tell the bot of. */
export function neededEvents({ readsMessages, triggerEmoji }: Reach): readonly string[] {
  return [
    'app_mention',
    'message.im',
    ...['app_uninstalled', 'tokens_revoked'],
    ...(readsMessages ? ['message.channels', 'message.groups', ...ACCESS_EVENTS] : []),
    ...(triggerEmoji.length > 0 ? ['reaction_added'] : []),
  ];
}

export type ManifestOptions = {
  readonly commands: readonly Command[];
  /** What stands in the menu of messages. */
  readonly actions?: readonly MessageAction[];
  readonly reach?: Reach;
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
export function slackManifest(
  settings: ManifestSettings | undefined,
  { commands, actions = [], reach = ONLY_ASKED, publicUrl }: ManifestOptions,
) {
  const socketMode = settings?.appToken !== undefined || (settings?.signingSecret === undefined && !publicUrl);
  if (!socketMode && !publicUrl) {
    throw new OperatorError(
      'Without SLACK_APP_TOKEN Slack sends its requests to an address that the manifest must name: add --url https://YOUR-HOST, the address at which PUBLIC_PORT is reached.',
    );
  }
  const url = socketMode ? {} : { url: `${publicUrl?.replace(/\/+$/, '')}${EVENTS_PATH}` };
  const requestUrl = url.url ? { request_url: url.url } : {};
  const events = neededEvents(reach);
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
        command: `/${slackCommandName(command.name, settings?.commandNames ?? {})}`,
        description: excerpt(command.description, 140),
        ...usageHint(command),
        should_escape: false,
        ...url,
      })),
      ...(actions.length > 0 && {
        shortcuts: actions.map((action) => ({
          name: action.label,
          type: 'message',
          callback_id: callbackOf(action),
          description: 'The comments that answer this message, for you alone',
        })),
      }),
    },
    oauth_config: { scopes: { bot: [...neededScopes(reach)] } },
    settings: {
      event_subscriptions: { ...requestUrl, bot_events: [...events] },
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
