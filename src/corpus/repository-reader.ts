import { MissingError } from '../github/errors.ts';
import type { RepositoryApi } from '../github/github.ts';
import { type ListedPage, listAll, listSince, type Mark } from './github.ts';
import { type GithubComment, type GithubIssue, toGithubComment, toGithubIssue } from './github-rows.ts';
import type { SyncState } from './sync-state.ts';

export type RepositoryReaderOptions = {
  readonly api: RepositoryApi;
  /** Asked before each request: a repository that was renamed is read under its new name. */
  readonly repository: () => SyncState['repository'];
  /** Comments and issues that went while pages that still hold them are on their way. */
  readonly isGone: (what: { readonly comment: string } | { readonly issue: number }) => boolean;
  readonly signal?: AbortSignal | undefined;
};

/** Reads a repository's issues and their comments; pull requests, and what is gone by now, are left out. */
export interface RepositoryReader {
  /** Pages of rows as GitHub tells them, as `listSince` gives them. */
  list(kind: 'issues' | 'issues/comments', since: string | null, mark?: Mark | undefined): AsyncIterable<ListedPage>;
  issuesOf(rows: readonly unknown[]): readonly GithubIssue[];
  commentsOf(rows: readonly unknown[]): readonly GithubComment[];
  /** All comments of these issues. */
  commentsOfIssues(numbers: readonly number[]): Promise<readonly GithubComment[]>;
  /** Without those that are gone, or in another repository by now. */
  issues(numbers: readonly number[]): Promise<readonly GithubIssue[]>;
}

export function createRepositoryReader({ api, repository, isGone, signal }: RepositoryReaderOptions): RepositoryReader {
  const base = () => `/repositories/${repository().id}`;

  function commentsOf(rows: readonly unknown[]): readonly GithubComment[] {
    const comments = rows.map(toGithubComment).filter((comment) => comment !== undefined);
    return comments.filter(({ onPullRequest, key }) => !onPullRequest && !isGone({ comment: key }));
  }

  /** A request for an issue that was transferred is led to where it is now. */
  async function readIssue(number: number): Promise<GithubIssue | undefined> {
    try {
      const { data } = await api.get(`${base()}/issues/${number}`, { signal });
      const issue = toGithubIssue(data);
      const here = issue?.number === number && issue.repository.toLowerCase() === repository().name.toLowerCase();
      return here && !issue.isPullRequest ? issue : undefined;
    } catch (error) {
      if (error instanceof MissingError) return undefined;
      throw error;
    }
  }

  return {
    list: (kind, since, mark) => listSince(api, `${base()}/${kind}`, { since, mark, signal }),
    issuesOf(rows) {
      const issues = rows.map(toGithubIssue).filter((issue) => issue !== undefined);
      return issues.filter(({ isPullRequest, number }) => !isPullRequest && !isGone({ issue: number }));
    },
    commentsOf,
    async commentsOfIssues(numbers) {
      const comments: GithubComment[] = [];
      for (const number of numbers) {
        const pages = listAll(api, `${base()}/issues/${number}/comments`, signal);
        for await (const rows of pages) comments.push(...commentsOf(rows));
      }
      return comments;
    },
    async issues(numbers) {
      const found: GithubIssue[] = [];
      for (const number of numbers) {
        const issue = await readIssue(number);
        if (issue) found.push(issue);
      }
      return found;
    },
  };
}
