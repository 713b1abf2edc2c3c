import type { Access } from '../src/access.ts';
import type { Command, CommandContext, Notice } from '../src/command.ts';
import type { CommandName } from '../src/command-name.ts';
import { UserError } from '../src/errors.ts';
import type { Conversations } from '../src/help/conversations.ts';
import type { ChannelRules, SettingsSpot } from '../src/memory/channel-settings.ts';
import type { Memory } from '../src/memory/memory.ts';
import { channelNotice } from '../src/report/channel-notice.ts';
import type { Reports } from '../src/report/reports.ts';
import { type Sureness, silenceLine } from '../src/report/silence.ts';
import { readSettings } from './help-channel-settings.ts';

export type HelpChannelDependencies = {
  readonly memory: Pick<Memory, 'channels' | 'helpOutcomes' | 'helpTroubles'>;
  readonly standing: Conversations['standing'];
  readonly sees: Access['sees'];
  /** Whether the bot can read and post in a channel. */
  readonly access: Conversations['access'];
  readonly reports: Pick<Reports, 'of'>;
  /** How sure the bot can be of what it finds at the moment. */
  readonly status: () => Sureness;
  /** Whether messages that do not address the bot are read at all. */
  readonly readsMessages: boolean;
  /** How long people have to answer first, where nothing else is set. */
  readonly waitMs: number;
  readonly commandName: CommandName;
};

/** `/help-channel`: how the bot behaves in a channel, for managers. Shows it, and changes it. */
export function createHelpChannelCommand(dependencies: HelpChannelDependencies): Command {
  const { memory, standing, reports } = dependencies;
  return {
    name: 'help-channel',
    description: 'How the bot behaves in this channel: automatic replies and asked ones (managers)',
    inputs: [
      {
        kind: 'text',
        name: 'settings',
        description: 'Such as: shadow wait=60s, or report. server in front: everywhere here. Empty: show what holds',
        required: false,
        maxLength: 500,
        keepsMentions: true,
      },
    ],
    audience: () => 'asker',
    async run({ settings = '' }, context, signal) {
      const change = readSettings(settings);
      const here = spotOf(context);
      const spot = { ...here, channel: change.channel ?? here.channel };
      if ((await standing({ ...context, channel: spot.channel }, signal)) !== 'manager') {
        throw new UserError('Only managers can set up a channel.');
      }
      const target: SettingsSpot = change.forServer ? { ...spot, channel: undefined } : spot;
      if (change.report) return channelNotice({ reports, outcomes: memory.helpOutcomes }, spot, context.place);
      await check(change.rules, change.forServer, target, context, dependencies);
      if (Object.keys(change.rules).length > 0) memory.channels.set(target, change.rules, context.user);
      // Set anew, trouble is told anew.
      if (change.rules.mode !== undefined) memory.helpTroubles.over(spot);
      for (const person of change.shutOut) memory.channels.shutOut(spot, `${spot.platform}:${person}`, true);
      for (const person of change.letIn) memory.channels.shutOut(spot, `${spot.platform}:${person}`, false);
      const done = [
        ...change.shutOut.map(
          (person) => `${person} is shut out of this server: they get no answers, asked or automatic.`,
        ),
        ...change.letIn.map((person) => `${person} is let in again.`),
      ];
      return describe(target, dependencies, [...done, ...(await faults(target, dependencies, signal))]);
    },
  };
}

/** A thread has the settings of its channel. */
function spotOf({ platform, server, channel, place }: CommandContext): SettingsSpot & { readonly channel: string } {
  if ((platform !== 'discord' && platform !== 'slack') || server === undefined || channel === undefined) {
    throw new UserError('This works in a channel of a server or workspace.');
  }
  return { platform, server, channel: place.parent ?? channel };
}

/** What cannot work is refused before it is set. */
async function check(
  rules: ChannelRules,
  forServer: boolean,
  target: SettingsSpot,
  { place }: CommandContext,
  { memory, sees, readsMessages, commandName }: HelpChannelDependencies,
): Promise<void> {
  if (forServer && rules.mode !== undefined) {
    throw new UserError('A mode is set channel by channel: use this in the channel, without "server".');
  }
  const next = { ...memory.channels.rulesOf(target), ...rules };
  const mode = next.mode ?? 'off';
  if (mode !== 'off' && !readsMessages) {
    throw new UserError('Whoever runs the bot has to set READ_MESSAGES=on first: now it reads only what addresses it.');
  }
  if (mode === 'suggest' && target.platform === 'discord' && next.helpersChannel === undefined) {
    throw new UserError(
      'Suggestions need a channel for helpers: on Discord the bot can show a message to one person only when they press ' +
        'something. Name it: suggest helpers-channel=ID.',
    );
  }
  const visible = await sees(place);
  const unknown = rules.sources?.find((source) => !visible.includes(source));
  if (unknown === undefined) return;
  throw new UserError(`${unknown} is no source that may answer here: see ${commandName(target.platform, 'sources')}.`);
}

/** What keeps the bot from doing there what is set now. */
async function faults(
  { channel, ...server }: SettingsSpot,
  { memory, access }: HelpChannelDependencies,
  signal: AbortSignal,
): Promise<readonly string[]> {
  if (channel === undefined || (memory.channels.rulesOf({ ...server, channel }).mode ?? 'off') === 'off') return [];
  const { ok, detail } = await access({ ...server, channel }, signal);
  return ok ? [] : [`It does not work yet: ${detail}.`];
}

function describe(
  target: SettingsSpot,
  { memory, waitMs, status }: HelpChannelDependencies,
  done: readonly string[],
): Notice {
  const rules = memory.channels.rulesOf(target);
  const mode = rules.mode ?? 'off';
  const automatic = [
    `Waits ${seconds(rules.waitMs ?? waitMs)} for people to answer.`,
    rules.band === 'fair' ? 'Speaks when its best hit is strong or fair.' : 'Speaks when its best hit is strong.',
    rules.newcomersOnly && 'Answers only people who are new to the channel.',
    silenceLine(rules, status()),
  ];
  const lines = [
    ...done,
    ...(mode === 'off' ? [] : automatic),
    `Asked answers: ${rules.answers ?? 'public'}${rules.perHour === undefined ? '' : `, ${rules.perHour} an hour`}.`,
    rules.sources && rules.sources.length > 0 && `Answers from: ${rules.sources.join(', ')}.`,
    rules.buttons === false && 'No buttons below answers.',
    rules.archiveAfterMinutes && `Threads are archived after ${rules.archiveAfterMinutes} minutes.`,
    rules.helpersChannel && `Helpers’ channel: ${rules.helpersChannel}.`,
    rules.helpersRole && `Helpers: ${rules.helpersRole}.`,
  ];
  const text = target.channel === undefined ? 'Everywhere in this server:' : `Automatic replies: ${MODE_TEXT[mode]}.`;
  return { kind: 'notice', text, lines: lines.filter((line): line is string => typeof line === 'string') };
}

const MODE_TEXT = {
  off: 'off',
  shadow: 'shadow: nothing is posted, what would have been is counted',
  suggest: 'suggested, to the asker on Slack, to helpers on Discord',
  auto: 'posted in a thread on the message',
} as const;

function seconds(ms: number): string {
  return `${ms / 1000} s`;
}
