import {
  type GithubComment,
  type GithubIssue,
  isFields,
  isNumber,
  isText,
  labelsOf,
  textOf,
  toGithubIssue,
} from './github-rows.ts';

/** Rows of discussions, as webhooks and GraphQL tell them. Discussions and issues share one row of numbers. */

/** Issues' comments have ids of their own, which may be the same. */
export function discussionKey(id: number): string {
  return `d${id}`;
}

/** A discussion as a webhook tells it. Undefined for what is none. */
export function toDiscussion(value: unknown): GithubIssue | undefined {
  const issue = toGithubIssue(value);
  if (!issue || !isFields(value)) return undefined;
  const answer = /#discussioncomment-(\d+)$/.exec(textOf(value.answer_html_url) ?? '')?.[1];
  return {
    ...issue,
    // Besides there is `locked`, `converting`, `transferring`.
    state: value.state === 'closed' ? 'closed' : 'open',
    labels: Array.isArray(value.labels) ? issue.labels : undefined,
    answer: answer ? discussionKey(Number(answer)) : null,
    isDiscussion: true,
  };
}

/** A comment of a discussion, or a reply to one, as a webhook tells it. */
export function toDiscussionComment(value: unknown, discussion: number): GithubComment | undefined {
  if (!isFields(value)) return undefined;
  const { id, html_url: url, created_at: createdAt, updated_at: updatedAt, user } = value;
  if (!isNumber(id) || !isText(url) || !isText(createdAt) || !isText(updatedAt)) return undefined;
  return {
    key: discussionKey(id),
    issueNumber: discussion,
    text: textOf(value.body) ?? '',
    url,
    author: isFields(user) ? textOf(user.login) : undefined,
    authorAssociation: textOf(value.author_association),
    reactions: 0,
    createdAt,
    updatedAt,
    onPullRequest: false,
    minimized: false,
    byBot: isFields(user) && user.type === 'Bot',
  };
}

/** The fields that the two below read. */
export const DISCUSSION_FIELDS = `fragment discussion on Discussion {
  number title body url createdAt updatedAt closed closedAt stateReason author { login }
  answer { databaseId } labels(first: 20) { nodes { name } }
}`;
export const COMMENT_FIELDS = `fragment comment on DiscussionComment {
  databaseId body url createdAt updatedAt deletedAt isMinimized authorAssociation author { __typename login }
}`;

/** A discussion as GraphQL tells it. Undefined for what is none. */
export function readDiscussion(value: unknown, repository: string): GithubIssue | undefined {
  if (!isFields(value)) return undefined;
  const { number, title, url, createdAt, updatedAt, answer, labels } = value;
  if (!isNumber(number) || !isText(url) || !isText(title) || !isText(updatedAt) || !isText(createdAt)) return undefined;
  return {
    number,
    url,
    title,
    body: textOf(value.body) ?? '',
    state: value.closed === true ? 'closed' : 'open',
    stateReason: textOf(value.stateReason)?.toLowerCase(),
    author: isFields(value.author) ? textOf(value.author.login) : undefined,
    closedAt: textOf(value.closedAt),
    labels: labelsOf(isFields(labels) ? labels.nodes : []),
    answer: isFields(answer) && isNumber(answer.databaseId) ? discussionKey(answer.databaseId) : null,
    createdAt,
    updatedAt,
    isPullRequest: false,
    isDiscussion: true,
    // All its comments come with it, so that others which are kept are gone.
    commentCount: 0,
    repository,
  };
}

/** A comment or reply as GraphQL tells it. A deleted one that has replies stands there without a text. */
export function readDiscussionComment(value: unknown, discussion: number): GithubComment | undefined {
  if (!isFields(value)) return undefined;
  const { databaseId, url, createdAt, updatedAt, author, deletedAt } = value;
  if (!isNumber(databaseId) || !isText(url) || !isText(createdAt) || !isText(updatedAt)) return undefined;
  const byBot = isFields(author) && author.__typename === 'Bot';
  const login = isFields(author) ? textOf(author.login) : undefined;
  return {
    key: discussionKey(databaseId),
    issueNumber: discussion,
    text: isText(deletedAt) ? '' : (textOf(value.body) ?? ''),
    url,
    // GraphQL names bots without the ending that they have everywhere else.
    author: byBot && login ? `${login.replace(/\[bot\]$/, '')}[bot]` : login,
    authorAssociation: textOf(value.authorAssociation),
    reactions: 0,
    createdAt,
    updatedAt,
    onPullRequest: false,
    minimized: value.isMinimized === true,
    byBot,
  };
}
