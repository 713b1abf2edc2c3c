import { OperatorError } from '../errors.ts';
import type { RepositoryApi } from '../github/github.ts';
import type { Logger } from '../log.ts';
import { type GithubIssue, isFields, isText } from './github-rows.ts';
import type { SyncState } from './sync-state.ts';

export type ClosingPullsOptions = {
  readonly api: RepositoryApi;
  readonly repository: () => SyncState['repository'];
  readonly log: Logger;
  readonly signal?: AbortSignal | undefined;
};

/** While less than this part of the hourly points is left, they are left to what cannot do without. */
const RESERVED = 0.2;

/** Tells which pull request closed an issue: REST does not, GraphQL does. */
export interface ClosingPulls {
  /**
   * The issues with the pull request that closed each, where one did; for one request and one point a page of issues.
   * Where GitHub does not tell (it tells nobody without credentials), the issues come as they are.
   */
  added(issues: readonly GithubIssue[]): Promise<readonly GithubIssue[]>;
}

export function createClosingPulls({ api, repository, log, signal }: ClosingPullsOptions): ClosingPulls {
  let refused = false;

  const isScarce = () => {
    const { points } = api;
    return points !== undefined && points.left < points.limit * RESERVED && Date.now() < Date.parse(points.resetsAt);
  };

  async function ask(numbers: readonly number[]): Promise<Readonly<Record<string, unknown>> | undefined> {
    const [owner, name] = repository().name.split('/');
    const asked = numbers.map((number) => `i${number}: issue(number: ${number}) { ...closed }`).join('\n');
    const text = `query ClosedBy($owner: String!, $name: String!) {
  repository(owner: $owner, name: $name) { databaseId ${asked} }
}
fragment closed on Issue { closedByPullRequestsReferences(first: 5, includeClosedPrs: true) { nodes { url merged } } }`;
    const data = await api.query(text, { owner, name }, { signal });
    const found = data?.repository;
    return isFields(found) && found.databaseId === repository().id ? found : undefined;
  }

  return {
    async added(issues) {
      const closed = new Set(issues.filter(({ state, stateReason }) => state === 'closed' && isDone(stateReason)));
      if (closed.size === 0 || refused || isScarce()) return issues;
      try {
        const found = await ask([...closed].map(({ number }) => number));
        if (!found) return issues;
        return issues.map((issue) =>
          closed.has(issue) ? { ...issue, closedBy: mergedOf(found[`i${issue.number}`]) ?? null } : issue,
        );
      } catch (error) {
        signal?.throwIfAborted();
        if (!(error instanceof OperatorError)) throw error;
        refused = true;
        log.debug('GitHub does not tell which pull requests closed issues', { error });
        return issues;
      }
    },
  };
}

function isDone(stateReason: string | undefined): boolean {
  return stateReason !== 'not_planned' && stateReason !== 'duplicate';
}

/** The last one that was merged. */
function mergedOf(issue: unknown): string | undefined {
  const references = isFields(issue) ? issue.closedByPullRequestsReferences : undefined;
  const nodes: readonly unknown[] = isFields(references) && Array.isArray(references.nodes) ? references.nodes : [];
  const pulls = nodes.filter(isFields).filter(({ merged, url }) => merged === true && isText(url));
  return pulls.at(-1)?.url as string | undefined;
}
