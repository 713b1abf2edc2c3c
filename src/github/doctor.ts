import type { Check, Finding } from '../check.ts';
import { describeError } from '../errors.ts';
import { MissingError, RefusedAppError } from './errors.ts';
import { faultOf } from './faults.ts';
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
    return { level: 'fault', ...explained(error, { name, permissions: permissionsFor(discussions), hasCredentials }) };
  }
}

function permissionsFor(discussions: boolean | undefined): string {
  return `Issues: read${discussions ? ', Discussions: read' : ''} and Metadata: read`;
}

type Asked = { readonly name: string; readonly permissions: string; readonly hasCredentials: boolean };

/** What a refusal means to whoever set up the credentials. */
function explained(error: unknown, { name, permissions, hasCredentials }: Asked): Pick<Finding, 'message' | 'mend'> {
  const status = error instanceof MissingError ? error.status : faultOf((error as Error).cause ?? {}).status;
  if (status === 401 && !(error instanceof RefusedAppError)) {
    return {
      message: `GitHub does not take the token for ${name} (401): it is mistyped, has expired or was revoked`,
      mend: `Make a new one with the repository permissions ${permissions}, and set GITHUB_TOKEN.`,
    };
  }
  if (status === 403) {
    return {
      message: `the credentials may see ${name} but not read all that is needed (403)`,
      mend: `Give the token, or the App, the repository permissions ${permissions}; of an App they hold once its owner accepts them.`,
    };
  }
  if (error instanceof MissingError) {
    return {
      message: hasCredentials
        ? `${name} is not on GitHub, or is private and the credentials may not see it (${status})`
        : `${name} is not on GitHub, or is private, which nobody sees without credentials (${status})`,
      mend: `Check the name; for a private one choose it under Repository access of the token, with ${permissions}, or install the App there.`,
    };
  }
  return { message: describeError(error) };
}
