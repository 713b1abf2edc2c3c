import { UserError } from './errors.ts';

/**
 * What a question is narrowed to. People write it as words of their question, on every platform alike:
 *
 *     How do I cache? source:acme/app state:closed label:bug label:"good first issue" since:2024 author:octocat
 *
 * `since` takes a year, a month, a day (`2024`, `2024-03`, `2024-03-05`), or how long ago: `30d`, `6w`, `3m`, `2y`.
 */
export type Narrowing = {
  /** As they were written: `github:acme/app`, or as much of it as names one source. */
  readonly sources?: readonly string[] | undefined;
  readonly state?: 'open' | 'closed' | undefined;
  /** The issue has all of these. */
  readonly labels?: readonly string[] | undefined;
  /** ISO 8601: `2024`, `2024-03` or `2024-03-05`. */
  readonly since?: string | undefined;
  /** A login, without `@`. */
  readonly author?: string | undefined;
};

export type NarrowedText = {
  /** What is left without the words. */
  readonly text: string;
  readonly narrowing: Narrowing;
};

/** Code keeps its words: `source:` stands in many a configuration file. */
const CODE = /(```[\s\S]*?```|`[^`\n]*`)/;
const WORD = /(?<!\S)(source|state|label|since|author):(?:["“]([^"“”\n]*)["”]|([^\s"“”]+))(?!\S)/giu;

/**
 * Takes the words out of a text.
 *
 * @throws UserError when one says nothing that can be meant
 */
export function readNarrowing(text: string, now: Date = new Date()): NarrowedText {
  const found: { name: string; value: string }[] = [];
  const rest = text
    .split(CODE)
    .map((part, index) =>
      index % 2 === 1
        ? part
        : part.replace(WORD, (_word, name: string, quoted: string | undefined, plain: string | undefined) => {
            found.push({ name: name.toLowerCase(), value: (quoted ?? plain ?? '').trim() });
            return '';
          }),
    )
    .join('');
  const valuesOf = (name: string) => found.filter((word) => word.name === name).map(({ value }) => value);
  const [state, since, author] = ['state', 'since', 'author'].map((name) => single(name, valuesOf(name)));
  return {
    text: found.length > 0 ? rest.replace(/[ \t]{2,}/g, ' ').trim() : text,
    narrowing: compact({
      sources: valuesOf('source'),
      state: state === undefined ? undefined : readState(state),
      labels: valuesOf('label'),
      since: since === undefined ? undefined : readSince(since, now),
      author: author?.replace(/^@/, ''),
    }),
  };
}

/**
 * The same of a question, which has words of its own beside.
 *
 * @throws UserError when it has not, or when one of the words says nothing that can be meant
 */
export function readNarrowedQuestion(question: string): NarrowedText {
  const found = readNarrowing(question);
  if (found.text === question || /[\p{L}\p{N}]/u.test(found.text)) return found;
  throw new UserError(
    'There is no question beside the words that narrow it. Ask one, for example: How do I cache? state:closed',
  );
}

/** `source acme/app, state closed, label bug, since 2024, by octocat`; empty when nothing is narrowed. */
export function describeNarrowing({ sources = [], state, labels = [], since, author }: Narrowing): string {
  const parts = [
    ...sources.map((source) => `source ${source}`),
    state && `state ${state}`,
    ...labels.map((label) => `label ${label}`),
    since && `since ${since}`,
    author && `by ${author}`,
  ];
  return parts.filter(Boolean).join(', ');
}

/** What `over` says, and of the rest what `under` says. */
export function mergeNarrowing(under: Narrowing, over: Narrowing): Narrowing {
  return { ...under, ...compact(over) };
}

/** @throws UserError for anything but the two states that issues have */
export function readState(text: string): 'open' | 'closed' {
  const state = text.toLowerCase();
  if (state === 'open' || state === 'closed') return state;
  throw new UserError(`state:${text} is neither state:open nor state:closed.`);
}

const UNIT_DAYS: Readonly<Record<string, number>> = { d: 1, w: 7, m: 30.44, y: 365.25 };

/** @throws UserError for what is neither a date nor a time ago */
export function readSince(text: string, now: Date = new Date()): string {
  const [, amount, unit = ''] = /^(\d{1,4})([dwmy])$/i.exec(text) ?? [];
  if (amount !== undefined) {
    const days = Number(amount) * (UNIT_DAYS[unit.toLowerCase()] ?? 0);
    const time = now.getTime() - days * 86_400_000;
    // Nothing is older than computers.
    return new Date(Math.max(0, time)).toISOString().slice(0, 10);
  }
  const [, year, month = '01', day = '01'] = /^((?:19|20)\d\d)(?:-(\d\d))?(?:-(\d\d))?$/.exec(text) ?? [];
  const date = new Date(`${year}-${month}-${day}T00:00:00Z`);
  const isDate = year !== undefined && !Number.isNaN(date.getTime()) && date.getUTCDate() === Number(day);
  if (isDate) return text;
  throw new UserError(
    `since:${text} is no date: write since:2024, since:2024-03 or since:2024-03-05, or how long ago, as in since:30d, since:6m or since:2y.`,
  );
}

function single(name: string, values: readonly string[]): string | undefined {
  if (values.length > 1) throw new UserError(`${name}: stands there ${values.length} times; once is enough.`);
  return values[0];
}

/** Without what says nothing. */
function compact(narrowing: Narrowing): Narrowing {
  return Object.fromEntries(
    Object.entries(narrowing).filter(([, value]) => value !== undefined && value !== '' && value.length > 0),
  );
}
