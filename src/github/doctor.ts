import type { Check, Finding } from '../check.ts';
import { describeError } from '../errors.ts';
import type { Github } from './github.ts';

export type GithubCheckOptions = {
  readonly github: Github;
  /** `OWNER/NAME` of each that is to be followed. */
  readonly repositories: readonly string[];
  /** Whether PRIVATE_SOURCES says where this one may answer, should it be private. */
  readonly isAllowed: (name: string) => boolean;
  /** Whether discussions are read as well. */
  readonly discussions?: boolean | undefined;
  /** Whether there is a token or an App. */
  readonly hasCredentials: boolean;
};

/** Whether the repositories, their issues and discussions may be read, and what is left of the hourly budget. */
export function githubCheck(options: GithubCheckOptions): Check {
  return {
    name: 'GitHub',
    fast: false,
    async run(signal) {
      const findings: Finding[] = [];
      for (const name of options.repositories) findings.push(await look(name, options, signal));
      if (!options.hasCredentials) findings.push(WITHOUT_CREDENTIALS);
      return findings;
    },
  };
}

const WITHOUT_CREDENTIALS: Finding = {
  level: 'warning',
  message: 'without credentials GitHub takes 60 requests an hour, 6,000 comments at most',
  mend: 'Set GITHUB_TOKEN to a fine-grained token that reads public repositories, or GITHUB_APP_ID and its key.',
};

const DISCUSSIONS = `query Discussions($owner: String!, $name: String!) {
  repository(owner: $owner, name: $name) { discussions(first: 1) { totalCount } }
}`;

async function look(
  name: string,
  { github, isAllowed, discussions, hasCredentials }: GithubCheckOptions,
  signal: AbortSignal,
): Promise<Finding> {
  try {
    const api = github.repository(name);
    const { data } = await api.get(`/repos/${name}`, { signal });
    const isPrivate = (data as { private?: unknown }).private !== false;
    if (isPrivate && !isAllowed(name)) {
      return {
        level: 'fault',
        message: `${name} is private, and nobody said where it may answer`,
        mend: `Name the places, as in PRIVATE_SOURCES=github:${name}=discord:SERVER,slack:TEAM, or take it out of SOURCES.`,
      };
    }
    await api.get(`/repos/${name}/issues?state=all&per_page=1`, { signal });
    const wanted = discussions && hasCredentials;
    if (wanted) await api.query(DISCUSSIONS, { owner: name.split('/')[0], name: name.split('/')[1] }, { signal });
    const { budget } = api;
    const left = budget
      ? `; ${budget.left.toLocaleString('en-US')} of ${budget.limit.toLocaleString('en-US')} requests left this hour`
      : '';
    return {
      level: 'ok',
      message: `${name}${isPrivate ? ' (private)' : ''} and its ${wanted ? 'issues and discussions' : 'issues'} can be read${left}`,
    };
  } catch (error) {
    signal.throwIfAborted();
    return {
      level: 'fault',
      message: describeError(error),
      mend: `A token needs the repository permissions Issues: read${discussions ? ', Discussions: read' : ''} and Metadata: read; an App must be installed there.`,
    };
  }
}
