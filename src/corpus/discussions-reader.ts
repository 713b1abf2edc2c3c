import { OperatorError, UnavailableError } from '../errors.ts';
import { MissingError, WallError } from '../github/errors.ts';
import { COMMENT_FIELDS, DISCUSSION_FIELDS, readDiscussion, readDiscussionComment } from './github-discussions.ts';
import { type GithubComment, type GithubIssue, isFields, isNumber, isText, textOf } from './github-rows.ts';
import type { RepositoryReaderOptions } from './repository-reader.ts';
import { later } from './sync-state.ts';

export type DiscussionsPage = {
  readonly discussions: readonly GithubIssue[];
  /** All comments and replies of these discussions. */
  readonly comments: readonly GithubComment[];
  /** The last of the page in the order of the reading: where `all` goes on. */
  readonly after: string | null;
  /** When the newest of them was changed; null where the page is empty. */
  readonly newest: string | null;
};

/** Reads a repository's discussions over GraphQL, each with all its comments. */
export interface DiscussionsReader {
  /** Rejects when they may not be read: to be known before much else is. */
  probe(): Promise<void>;
  /** All of them, the one that was changed longest ago first; what changes meanwhile comes (again) at the end. */
  all(after: string | null): AsyncIterable<DiscussionsPage>;
  /** Those that were changed since a moment, the newest first: nothing is told before the last page was read. */
  changedSince(since: string): AsyncIterable<DiscussionsPage>;
}

/** GitHub's clocks and replicas are not all of the same second. */
const OVERLAP_MS = 5_000;
/** A point of the hourly budget is a hundred lists, whatever is in them: with these sizes it reads five discussions. */
const DISCUSSIONS_AT_ONCE = 25;
const COMMENTS_AT_ONCE = 15;
const REPLIES_AT_ONCE = 10;
const PAGE = 100;

const PAGE_INFO = 'pageInfo { hasNextPage endCursor }';
const ASKED = '$owner: String!, $name: String!';
const REPOSITORY = 'repository(owner: $owner, name: $name) { databaseId';
const COMMENTS = `${PAGE_INFO} nodes {
  id ...comment replies(first: ${REPLIES_AT_ONCE}) { ${PAGE_INFO} nodes { ...comment } }
}`;
const CHANGED = `query Changed(${ASKED}, $direction: OrderDirection!, $count: Int!, $after: String) { ${REPOSITORY}
  discussions(first: $count, after: $after, orderBy: { field: UPDATED_AT, direction: $direction }) {
    ${PAGE_INFO} nodes { number updatedAt }
  } } }`;
const MORE_COMMENTS = `query MoreComments(${ASKED}, $number: Int!, $after: String) { ${REPOSITORY}
  discussion(number: $number) { comments(first: ${PAGE}, after: $after) { ${COMMENTS} } } } }
${COMMENT_FIELDS}`;
const MORE_REPLIES = `query MoreReplies($id: ID!, $after: String) {
  node(id: $id) { ... on DiscussionComment { replies(first: ${PAGE}, after: $after) { ${PAGE_INFO} nodes { ...comment } } } } }
${COMMENT_FIELDS}`;

export const WITHOUT_CREDENTIALS =
  'GitHub tells discussions to nobody without credentials. Set GITHUB_TOKEN or a GitHub App, or leave discussions out.';

type Fields = Readonly<Record<string, unknown>>;
type Listed = { readonly nodes: readonly unknown[]; readonly next: string | null };

export function createDiscussionsReader({
  api,
  repository,
  isGone,
  signal,
}: RepositoryReaderOptions): DiscussionsReader {
  async function query(text: string, variables: Fields): Promise<Fields> {
    const data = await api.query(text, variables, { signal });
    if (!data) throw new OperatorError(WITHOUT_CREDENTIALS);
    return data;
  }

  /** By its name, which another repository may have taken meanwhile. */
  async function ask(text: string, variables: Fields): Promise<Fields> {
    const { id, name: fullName } = repository();
    const [owner, name] = fullName.split('/');
    const { repository: found } = await query(text, { owner, name, ...variables });
    if (isFields(found) && found.databaseId === id) return found;
    throw new UnavailableError(`${fullName} has another name by now. The next sync follows it.`);
  }

  /** Numbers, and when each was changed. */
  async function* numbers(direction: 'ASC' | 'DESC', count: number, from: string | null) {
    for (let after = from; ; ) {
      const { discussions } = await ask(CHANGED, { direction, count, after }).catch((error: unknown) => {
        // Kept from another day, and no longer good.
        if (!(error instanceof WallError) || after === null || after !== from) throw error;
        return ask(CHANGED, { direction, count, after: null });
      });
      const { nodes, next } = listOf(discussions);
      const rows = nodes
        .filter(isFields)
        .flatMap(({ number, updatedAt }) => (isNumber(number) && isText(updatedAt) ? [{ number, updatedAt }] : []));
      yield { rows, after: endOf(discussions) ?? after };
      if (next === null) return;
      after = next;
    }
  }

  /** The comments of a page of them, with their replies; of those the first are there already. */
  async function commentsIn(nodes: readonly unknown[], discussion: number): Promise<readonly GithubComment[]> {
    const comments: unknown[] = [];
    for (const node of nodes.filter(isFields)) {
      const replies = listOf(node.replies);
      comments.push(node, ...replies.nodes);
      for (let { next } = replies; next !== null; ) {
        const { node: again } = await query(MORE_REPLIES, { id: node.id, after: next }).catch(nothingIfGone);
        const more = listOf(isFields(again) ? again.replies : undefined);
        comments.push(...more.nodes);
        next = more.next;
      }
    }
    return comments
      .map((comment) => readDiscussionComment(comment, discussion))
      .filter((comment) => comment !== undefined)
      .filter(({ key }) => !isGone({ comment: key }));
  }

  async function commentsOf(number: number, first: unknown): Promise<readonly GithubComment[]> {
    const page = listOf(first);
    const comments = [...(await commentsIn(page.nodes, number))];
    for (let { next } = page; next !== null; ) {
      const { discussion } = await ask(MORE_COMMENTS, { number, after: next });
      const more = listOf(isFields(discussion) ? discussion.comments : undefined);
      comments.push(...(await commentsIn(more.nodes, number)));
      next = more.next;
    }
    return comments;
  }

  async function readAtOnce(wanted: readonly number[]): Promise<Pick<DiscussionsPage, 'discussions' | 'comments'>> {
    const fields = `...discussion comments(first: ${COMMENTS_AT_ONCE}) { ${COMMENTS} }`;
    const asked = wanted.map((number) => `d${number}: discussion(number: ${number}) { ${fields} }`).join('\n');
    const text = `query Discussions(${ASKED}) { ${REPOSITORY} ${asked} } }\n${DISCUSSION_FIELDS}\n${COMMENT_FIELDS}`;
    const found = await ask(text, {});
    const discussions: GithubIssue[] = [];
    const comments: GithubComment[] = [];
    for (const number of wanted) {
      const value = found[`d${number}`];
      const discussion = readDiscussion(value, repository().name);
      if (!isFields(value) || discussion?.number !== number || isGone({ issue: number })) continue;
      comments.push(...(await commentsOf(number, value.comments)));
      discussions.push(discussion);
    }
    return { discussions, comments };
  }

  /** Those of these numbers that are (still) there. What is too much for GitHub at once is asked for in halves. */
  async function read(wanted: readonly number[]): Promise<Pick<DiscussionsPage, 'discussions' | 'comments'>> {
    try {
      return await readAtOnce(wanted);
    } catch (error) {
      signal?.throwIfAborted();
      if (!(error instanceof UnavailableError) || wanted.length < 2) throw error;
      const half = wanted.length >> 1;
      const [first, second] = [await read(wanted.slice(0, half)), await read(wanted.slice(half))];
      return {
        discussions: [...first.discussions, ...second.discussions],
        comments: [...first.comments, ...second.comments],
      };
    }
  }

  return {
    async probe() {
      await ask(CHANGED, { direction: 'ASC', count: 1 });
    },

    async *all(from) {
      for await (const { rows, after } of numbers('ASC', DISCUSSIONS_AT_ONCE, from)) {
        const page = rows.length > 0 ? await read(rows.map(({ number }) => number)) : EMPTY;
        yield { ...page, after, newest: newestOf(rows) };
      }
    },

    async *changedSince(since) {
      const from = new Date(Date.parse(since) - OVERLAP_MS).toISOString().replace('.000Z', 'Z');
      for await (const { rows, after } of numbers('DESC', PAGE, null)) {
        const changed = rows.filter(({ updatedAt }) => updatedAt >= from);
        for (let at = 0; at < changed.length; at += DISCUSSIONS_AT_ONCE) {
          const some = changed.slice(at, at + DISCUSSIONS_AT_ONCE);
          yield { ...(await read(some.map(({ number }) => number))), after, newest: newestOf(some) };
        }
        if (changed.length < rows.length) return;
      }
    },
  };
}

function nothingIfGone(error: unknown): Fields {
  if (error instanceof MissingError) return {};
  throw error;
}

const EMPTY = { discussions: [], comments: [] };

function newestOf(rows: readonly { readonly updatedAt: string }[]): string | null {
  return rows.reduce<string | null>((newest, { updatedAt }) => later(newest, updatedAt), null);
}

/** A page of a connection; an empty one where there is none (any more). */
function listOf(connection: unknown): Listed {
  if (!isFields(connection) || !Array.isArray(connection.nodes)) return { nodes: [], next: null };
  const isMore = isFields(connection.pageInfo) && connection.pageInfo.hasNextPage === true;
  return { nodes: connection.nodes, next: isMore ? (endOf(connection) ?? null) : null };
}

function endOf(connection: unknown): string | undefined {
  if (!isFields(connection) || !isFields(connection.pageInfo)) return undefined;
  return textOf(connection.pageInfo.endCursor);
}
