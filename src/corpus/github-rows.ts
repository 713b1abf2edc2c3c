import type { FeedComment, FeedIssue } from './store.ts';

/** An issue, pull request or discussion as GitHub's API and its webhooks tell it. */
export type GithubIssue = FeedIssue & {
  readonly isPullRequest: boolean;
  readonly isDiscussion: boolean;
  readonly createdAt: string;
  /** In webhooks it may be of the moment before. */
  readonly commentCount: number;
  /** `OWNER/NAME` of the repository it is in. */
  readonly repository: string;
};

export type GithubComment = FeedComment & {
  readonly onPullRequest: boolean;
  /** Hidden by a maintainer: as spam, off-topic, outdated, resolved. */
  readonly minimized: boolean;
  readonly byBot: boolean;
};

type Fields = Readonly<Record<string, unknown>>;

/** Undefined for what is no issue. */
export function toGithubIssue(value: unknown): GithubIssue | undefined {
  if (!isFields(value)) return undefined;
  const { number, html_url: url, title, updated_at: updatedAt, created_at: createdAt } = value;
  if (!isNumber(number) || !isText(url) || !isText(title) || !isText(updatedAt) || !isText(createdAt)) return undefined;
  return {
    number,
    url,
    title,
    body: textOf(value.body) ?? '',
    state: textOf(value.state) ?? 'open',
    stateReason: textOf(value.state_reason),
    author: isFields(value.user) ? textOf(value.user.login) : undefined,
    closedAt: textOf(value.closed_at),
    labels: labelsOf(value.labels),
    createdAt,
    updatedAt,
    isPullRequest: isFields(value.pull_request) || url.includes('/pull/'),
    isDiscussion: false,
    commentCount: isNumber(value.comments) ? value.comments : 0,
    repository: repositoryOfUrl(textOf(value.repository_url) ?? textOf(value.url) ?? ''),
  };
}

/** Undefined for what is no comment of an issue. */
export function toGithubComment(value: unknown): GithubComment | undefined {
  if (!isFields(value)) return undefined;
  const { id, html_url: url, created_at: createdAt, updated_at: updatedAt, user } = value;
  const issueNumber = Number(/\/issues\/(\d+)$/.exec(textOf(value.issue_url) ?? '')?.[1]);
  if (!isNumber(id) || !isText(url) || !isText(createdAt) || !isText(updatedAt) || !isNumber(issueNumber))
    return undefined;
  const reactions = isFields(value.reactions) ? value.reactions.total_count : 0;
  return {
    key: String(id),
    issueNumber,
    text: textOf(value.body) ?? '',
    url,
    // Null for an account that is gone.
    author: isFields(user) ? textOf(user.login) : undefined,
    authorAssociation: textOf(value.author_association),
    reactions: isNumber(reactions) ? reactions : 0,
    createdAt,
    updatedAt,
    onPullRequest: url.includes('/pull/'),
    minimized: isFields(value.minimized),
    byBot: isFields(user) && user.type === 'Bot',
  };
}

export type GithubRepository = {
  readonly id: number;
  /** `OWNER/NAME` as it is now. */
  readonly name: string;
  readonly isPrivate: boolean;
};

export function toGithubRepository(value: unknown): GithubRepository | undefined {
  if (!isFields(value) || !isNumber(value.id) || !isText(value.full_name)) return undefined;
  return { id: value.id, name: value.full_name, isPrivate: value.private !== false };
}

/** `OWNER/NAME` from `https://api.github.com/repos/OWNER/NAME/…`. */
function repositoryOfUrl(url: string): string {
  return /\/repos\/([^/]+\/[^/]+)/.exec(url)?.[1] ?? '';
}

export function labelsOf(labels: unknown): readonly string[] {
  if (!Array.isArray(labels)) return [];
  const names = labels.map((label: unknown) => textOf(isFields(label) ? label.name : label));
  return names.filter((name): name is string => name !== undefined);
}

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isNumber(value: unknown): value is number {
  return Number.isSafeInteger(value);
}

export function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

export function textOf(value: unknown): string | undefined {
  return isText(value) ? value : undefined;
}
