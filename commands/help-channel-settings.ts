import { UserError } from '../src/errors.ts';
import type { ChannelRules, HelpMode } from '../src/memory/channel-settings.ts';

/** What a line of settings asks for: `shadow wait=30s sources=github:owner/repo`. */
export type SettingsChange = {
  readonly rules: ChannelRules;
  readonly forServer: boolean;
  /** Another channel of the server than the one it is typed in, by id. */
  readonly channel: string | undefined;
  /** People by id, to be shut out or let in again. */
  readonly shutOut: readonly string[];
  readonly letIn: readonly string[];
  readonly report: boolean;
};

export const MODES: readonly HelpMode[] = ['off', 'shadow', 'suggest', 'auto'];
const UNIT_MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3600_000 };
const LONGEST_MS = 24 * 3600_000;
const ARCHIVE_MINUTES = ['60', '1440', '4320', '10080'];

/** By the name people type: the rule that it sets, and how its value is read. */
const SETTINGS: Readonly<Record<string, { readonly key: keyof ChannelRules; read(value: string): unknown }>> = {
  mode: { key: 'mode', read: (value) => oneOf('mode', value, MODES) },
  wait: { key: 'waitMs', read: (value) => duration('wait', value) },
  cooldown: { key: 'channelCooldownMs', read: (value) => duration('cooldown', value) },
  'user-cooldown': { key: 'userCooldownMs', read: (value) => duration('user-cooldown', value) },
  band: { key: 'band', read: (value) => oneOf('band', value, ['strong', 'fair']) },
  sources: { key: 'sources', read: (value) => value.split(',').filter(Boolean) },
  buttons: { key: 'buttons', read: (value) => oneOf('buttons', value, ['on', 'off']) === 'on' },
  newcomers: { key: 'newcomersOnly', read: (value) => oneOf('newcomers', value, ['on', 'off']) === 'on' },
  archive: { key: 'archiveAfterMinutes', read: (value) => Number(oneOf('archive', value, ARCHIVE_MINUTES)) },
  'helpers-channel': { key: 'helpersChannel', read: (value) => id('helpers-channel', value) },
  helpers: { key: 'helpersRole', read: (value) => id('helpers', value) },
  answers: { key: 'answers', read: (value) => oneOf('answers', value, ['public', 'private', 'none']) },
  'per-hour': { key: 'perHour', read: (value) => count('per-hour', value) },
};

/** @throws UserError naming the first word that is no setting, or its value that is none; or where a report is to set something */
export function readSettings(line: string): SettingsChange {
  let rules: ChannelRules = {};
  let forServer = false;
  let report = false;
  let channel: string | undefined;
  const shutOut: string[] = [];
  const letIn: string[] = [];
  for (const word of line.trim().split(/\s+/).filter(Boolean)) {
    const [, name = '', value = ''] = /^([a-z-]+)=(.+)$/i.exec(word) ?? [];
    const setting = name.toLowerCase();
    if (MODES.includes(word.toLowerCase() as HelpMode)) rules = { ...rules, mode: word.toLowerCase() as HelpMode };
    else if (word.toLowerCase() === 'server') forServer = true;
    else if (word.toLowerCase() === 'report') report = true;
    else if (setting === 'channel') channel = id('channel', value);
    else if (setting === 'shut-out') shutOut.push(id('shut-out', value));
    else if (setting === 'let-in') letIn.push(id('let-in', value));
    else rules = { ...rules, ...ruleOf(word, setting, value) };
  }
  if (report && (forServer || [...Object.keys(rules), ...shutOut, ...letIn].length > 0)) {
    throw new UserError('report sets nothing: send it alone, or with channel=… alone, and the settings without it.');
  }
  return { rules, forServer, channel, shutOut, letIn, report };
}

/** `=default` takes a setting back, so that the server's or the bot's own holds. */
function ruleOf(word: string, name: string, value: string): ChannelRules {
  const setting = SETTINGS[name];
  if (setting) return { [setting.key]: value.toLowerCase() === 'default' ? undefined : setting.read(value) };
  const known = [
    ...MODES,
    ...Object.keys(SETTINGS).map((each) => `${each}=…`),
    'channel=…',
    'shut-out=…',
    'let-in=…',
    'server',
  ];
  throw new UserError(`${JSON.stringify(word)} is no setting: expected some of ${known.join(' ')} report.`);
}

function oneOf<const Value extends string>(name: string, value: string, values: readonly Value[]): Value {
  const found = values.find((each) => each === value.toLowerCase());
  if (found === undefined) throw new UserError(`${name} may be ${values.join(', ')}, not ${JSON.stringify(value)}.`);
  return found;
}

function duration(name: string, value: string): number {
  if (value === '0') return 0;
  const [, amount, unit = ''] = /^(\d{1,4})([smh])$/i.exec(value) ?? [];
  const milliseconds = Number(amount) * (UNIT_MS[unit.toLowerCase()] ?? Number.NaN);
  if (milliseconds <= LONGEST_MS) return milliseconds;
  throw new UserError(`${name} is a time of at most 24h, such as 0, 30s, 5m or 2h, not ${JSON.stringify(value)}.`);
}

function count(name: string, value: string): number {
  if (/^\d{1,4}$/.test(value)) return Number(value);
  throw new UserError(`${name} is a whole number up to 9999, not ${JSON.stringify(value)}.`);
}

/** A mention, or the bare id. */
function id(name: string, value: string): string {
  const [found] = /\d{15,20}|[A-Z][A-Z0-9]{5,20}/.exec(value) ?? [];
  if (found) return found;
  throw new UserError(`${name} takes an id or a mention, not ${JSON.stringify(value)}.`);
}
