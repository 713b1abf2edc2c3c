import type { FakeRepo } from './github-repo.ts';
import type { Account } from './github-world.ts';

export type BulkOptions = {
  readonly issues: number;
  /** Spread over the issues, some of which get many and some none. */
  readonly comments: number;
  /** Of every ten issues this many are pull requests. */
  readonly pullsOfTen?: number;
  /** When the first was written; the rest follow over `days`. */
  readonly from?: Date;
  readonly days?: number;
  readonly authors?: number;
};

const WORDS =
  'load dataset offline cache token error fails when using several workers after the update because path is missing try setting option first then run again it works for me on linux with version two but not inside container please share full log and small example'.split(
    ' ',
  );
const BODY_WORDS = 24;

/**
 * Fills a repository with issues and comments that are told when they are asked for: only ids, numbers and times are
 * kept. The same call gives the same texts. Webhooks are told nothing.
 */
export function fillRepo(
  { stored, world }: FakeRepo,
  {
    issues,
    comments,
    pullsOfTen = 3,
    from = new Date('2021-01-01T00:00:00Z'),
    days = 1500,
    authors = 500,
  }: BulkOptions,
): void {
  const start = Math.floor(from.getTime() / 1000);
  const step = (days * 86_400) / Math.max(1, issues + comments);
  const people: Account[] = Array.from({ length: authors }, (_, at) =>
    world.account(at % 20 === 19 ? `helper-${at}[bot]` : `person-${at}`, at % 20 === 19 ? 'Bot' : 'User'),
  );
  const personOf = (id: number) => people[id % people.length] ?? null;
  const first = stored.nextNumber;
  for (let at = 0; at < issues; at += 1) {
    const id = world.nextId();
    const createdAt = Math.floor(start + at * step);
    const closed = at % 3 > 0;
    stored.issues.set(first + at, {
      id,
      number: first + at,
      title: titleOf,
      body: at % 40 === 39 ? null : bodyOf,
      user: personOf(id),
      association: 'NONE',
      labels: at % 5 === 0 ? ['bug'] : [],
      pull: at % 10 < pullsOfTen,
      state: closed ? 'closed' : 'open',
      stateReason: closed ? 'completed' : null,
      locked: false,
      createdAt,
      updatedAt: createdAt,
      closedAt: closed ? createdAt : null,
      comments: 0,
      reactions: {},
      closedBy: null,
    });
  }
  stored.nextNumber += issues;
  for (let at = 0; at < comments; at += 1) {
    const id = world.nextId();
    // A square spreads them unevenly: some issues get many, some none.
    const issue = stored.issues.get(first + (Math.floor(((at * at) % 99_991) * 31 + at * 7) % issues));
    if (!issue) continue;
    const createdAt = Math.max(issue.createdAt, Math.floor(start + (issues + at) * step));
    stored.comments.set(id, {
      id,
      issue: issue.number,
      body: bodyOf,
      user: personOf(id),
      association: id % 7 === 0 ? 'MEMBER' : 'NONE',
      createdAt,
      updatedAt: createdAt,
      reactions: {},
      minimized: null,
    });
    issue.comments += 1;
    issue.updatedAt = Math.max(issue.updatedAt, createdAt);
  }
  stored.version += 1;
}

function titleOf(id: number): string {
  return `${wordsOf(id, 6)} (${id})`;
}

function bodyOf(id: number): string {
  return `${wordsOf(id + 1, BODY_WORDS + (id % 60))}. ${id}`;
}

function wordsOf(seed: number, count: number): string {
  let state = (seed * 2_654_435_761) >>> 0;
  const words: (string | undefined)[] = [];
  for (let at = 0; at < count; at += 1) {
    state = (state * 1_664_525 + 1_013_904_223) >>> 0;
    words.push(WORDS[(state >>> 8) % WORDS.length]);
  }
  return words.join(' ');
}
