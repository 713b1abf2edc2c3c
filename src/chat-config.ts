import type { SlackNames } from './command-name.ts';
import type { SettingsReader } from './settings-reader.ts';

/** What holds on every chat platform. */
export type ChatConfig = {
  /**
   * Whether messages that do not address the bot are read: for follow-ups and help channels. Needs the message-content
   * intent on Discord, `channels:history` and `groups:history` on Slack.
   */
  readonly readsMessages: boolean;
  /** On a message, one of these has the bot answer it: the emoji itself on Discord, its name on Slack. None: nothing does. */
  readonly triggerEmoji: readonly string[];
  /** Who is a manager everywhere, by id. */
  readonly managers: readonly string[];
  /** Bots through which people write, by id. */
  readonly bridges: readonly string[];
};
export type DiscordConfig = {
  readonly token: string;
  readonly apiUrl: string;
  /** The servers that the bot is open to, by id; none: all. */
  readonly allowedServers?: readonly string[];
};
export type SlackConfig = {
  readonly botToken: string;
  /** `xapp-…`: Socket Mode. Absent: signed HTTP on the public listener. */
  readonly appToken: string | undefined;
  readonly signingSecret: string | undefined;
  readonly apiUrl: string;
  /** By our command name, what it is called in the workspace, without the slash: Slack does not namespace commands. */
  readonly commandNames: SlackNames;
  /** The workspaces that the bot is open to, by id; none: all. */
  readonly allowedWorkspaces: readonly string[];
  /** Channels that are shared with other organisations and in which the bot may answer all the same, by id. */
  readonly sharedChannels: readonly string[];
  /** The emoji that marks what is solved, by its name; absent: nothing is marked. */
  readonly solvedEmoji: string | undefined;
};

export function readChat(read: SettingsReader): ChatConfig {
  const readsMessages = read.choice('READ_MESSAGES', ['off', 'on']) === 'on';
  const triggerEmoji = read.list('TRIGGER_EMOJI').map((emoji) => emoji.replace(/^:|:$/g, ''));
  if (triggerEmoji.length > 0 && !readsMessages) {
    read.fault('TRIGGER_EMOJI needs READ_MESSAGES=on: the message that an emoji is put on has to be read.');
  }
  return {
    readsMessages,
    triggerEmoji,
    managers: read.ids('MANAGERS', 'discord', 'slackPerson'),
    bridges: read.ids('BRIDGES', 'discord', 'slackPerson'),
  };
}

/** `/ask-privacy` and its like follow the name of `/ask`, and all of them have to fit. */
const LONGEST_ASK = 23;

export function readCommandNames(read: SettingsReader): SlackConfig['commandNames'] {
  return {
    ask: read.slackCommand('SLACK_ASK_COMMAND', 'ask', LONGEST_ASK),
    sources: read.slackCommand('SLACK_SOURCES_COMMAND', 'sources'),
    'help-channel': read.slackCommand('SLACK_HELP_CHANNEL_COMMAND', 'help-channel'),
  };
}

export function readDiscord(read: SettingsReader): DiscordConfig | undefined {
  const token = read.text('DISCORD_TOKEN');
  const apiUrl = read.url('DISCORD_API_URL', 'https://discord.com/api');
  const allowedServers = read.ids('ALLOWED_SERVERS', 'discord');
  return token ? { token, apiUrl, allowedServers } : undefined;
}

export function readSlack(read: SettingsReader, commandNames: SlackConfig['commandNames']): SlackConfig | undefined {
  const botToken = read.text('SLACK_BOT_TOKEN');
  const appToken = read.text('SLACK_APP_TOKEN');
  const signingSecret = read.text('SLACK_SIGNING_SECRET');
  const apiUrl = read.url('SLACK_API_URL', 'https://slack.com/api');
  const allowedWorkspaces = read.ids('ALLOWED_WORKSPACES', 'slackWorkspace');
  const sharedChannels = read.ids('SLACK_SHARED_CHANNELS', 'slackChannel');
  const solvedEmoji = readSolvedEmoji(read);
  if (botToken && !botToken.startsWith('xoxb-'))
    read.fault('SLACK_BOT_TOKEN is not a bot token: it starts with xoxb- (OAuth & Permissions).');
  if (appToken && !appToken.startsWith('xapp-'))
    read.fault('SLACK_APP_TOKEN is not an app-level token: it starts with xapp- (Basic Information).');
  if (!botToken) {
    if (appToken || signingSecret)
      read.fault('SLACK_BOT_TOKEN is missing: SLACK_APP_TOKEN or SLACK_SIGNING_SECRET alone is not enough.');
    return undefined;
  }
  if (!appToken && !signingSecret) {
    read.fault(
      'SLACK_APP_TOKEN (Socket Mode) or SLACK_SIGNING_SECRET (HTTP) is missing: Slack needs one of them beside SLACK_BOT_TOKEN.',
    );
  }
  if (!appToken && signingSecret && !read.text('PUBLIC_PORT')) {
    read.fault('PUBLIC_PORT is missing: without SLACK_APP_TOKEN, Slack sends its requests there.');
  }
  return {
    botToken,
    appToken,
    signingSecret,
    apiUrl,
    commandNames,
    allowedWorkspaces,
    sharedChannels,
    solvedEmoji,
  };
}

export function readSolvedEmoji(read: SettingsReader): string | undefined {
  return read.text('SLACK_SOLVED_EMOJI')?.replace(/^:|:$/g, '') || undefined;
}
