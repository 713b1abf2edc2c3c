import { ConfigError } from './errors.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

const UNIT_MS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const SHORTEST_MS = 10_000;

const ID_FORMS = {
  discord: { pattern: /^\d+$/, expected: 'ids of Discord, such as 80351110224678912' },
  slackPerson: { pattern: /^[UWB][A-Z0-9]+$/, expected: 'ids of Slack, such as U02ABCDEF' },
  slackWorkspace: { pattern: /^[TE][A-Z0-9]+$/, expected: 'ids of Slack workspaces, such as T02ABCDEF' },
  slackChannel: { pattern: /^[CG][A-Z0-9]+$/, expected: 'ids of Slack channels, such as C02ABCDEF' },
} as const;

/** Settings by their names, each checked; faults are gathered, so that all of them are told at once. */
export class SettingsReader {
  readonly #environment: Environment;
  readonly #faults: string[] = [];

  constructor(environment: Environment) {
    this.#environment = environment;
  }

  /** The trimmed value; an empty one counts as not set. */
  text(name: string): string | undefined {
    return this.#environment[name]?.trim() || undefined;
  }

  list(name: string): readonly string[] {
    return (this.text(name) ?? '')
      .split(',')
      .map((part) => part.trim())
      .filter(Boolean);
  }

  /** Ids, each of one of these forms. */
  ids(name: string, ...forms: readonly (keyof typeof ID_FORMS)[]): readonly string[] {
    const ids = this.list(name);
    const wrong = ids.filter((id) => !forms.some((form) => ID_FORMS[form].pattern.test(id)));
    if (wrong.length > 0) {
      const expected = forms.map((form) => ID_FORMS[form].expected).join(' or ');
      this.fault(`${name} has ${wrong.map((id) => JSON.stringify(id)).join(', ')}: expected ${expected}.`);
    }
    return ids;
  }

  /** One of `values`, the first by default. */
  choice<const Value extends string>(name: string, values: readonly [Value, ...Value[]]): Value {
    const text = this.text(name);
    if (text === undefined) return values[0];
    const value = values.find((candidate) => candidate === text.toLowerCase());
    if (!value) this.fault(`${name} is ${JSON.stringify(text)}: expected ${values.join(', ')}.`);
    return value ?? values[0];
  }

  integer(name: string, fallback: number, lowest: number, highest: number): number {
    return this.optionalInteger(name, lowest, highest) ?? fallback;
  }

  optionalInteger(name: string, lowest: number, highest: number): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= lowest && value <= highest) return value;
    this.fault(`${name} is ${JSON.stringify(text)}: expected a whole number from ${lowest} to ${highest}.`);
    return undefined;
  }

  /** In milliseconds, of `30s`, `5m`, `2h`, `1d`. `besides` tells, in the fault, what else the setting takes. */
  duration(name: string, fallback: string, besides = ''): number {
    const [, amount, unit = ''] = /^(\d{1,4})\s*([smhd])$/i.exec(this.text(name) ?? fallback) ?? [];
    const milliseconds = Number(amount) * (UNIT_MS[unit.toLowerCase()] ?? Number.NaN);
    if (milliseconds >= SHORTEST_MS) return milliseconds;
    this.fault(
      `${name} is ${JSON.stringify(this.text(name))}: expected a time of at least 10s, such as 5m, 2h or 1d${besides}.`,
    );
    return SHORTEST_MS;
  }

  /** Without a slash at the end: the clients add their own. */
  url(name: string, fallback: string): string {
    const text = this.text(name);
    if (text === undefined) return fallback;
    if (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)) return text.replace(/\/+$/, '');
    this.fault(`${name} is ${JSON.stringify(text)}: expected an address that starts with http:// or https://.`);
    return fallback;
  }

  slackCommand(name: string, fallback: string, longest = 31): string {
    const command = (this.text(name) ?? fallback).replace(/^\//, '');
    if (!/^[a-z0-9_-]+$/.test(command) || command.length > longest) {
      this.fault(
        `${name} is ${JSON.stringify(command)}: expected up to ${longest} lower-case letters, digits, - or _.`,
      );
    }
    return command;
  }

  fault(message: string): void {
    this.#faults.push(message);
  }

  /** @throws ConfigError with every fault there was */
  finish(): void {
    if (this.#faults.length > 0) throw new ConfigError(this.#faults);
  }
}
