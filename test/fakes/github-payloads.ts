import type { Happening } from './github-happening.ts';
import {
  commentJson,
  fullName,
  isoTime,
  issueJson,
  type Json,
  labelJson,
  nodeId,
  reactionsJson,
  repositoryJson,
  type Shape,
  userJson,
} from './github-shapes.ts';
import {
  type Account,
  type DiscussionComment,
  type StoredComment,
  type StoredDiscussion,
  type StoredIssue,
  type StoredRepository,
  textOf,
} from './github-world.ts';

/** What REST tells and webhooks do not. */
const NOT_IN_WEBHOOKS = new Set([
  'user_view_type',
  'sub_issues_summary',
  'issue_dependencies_summary',
  'pinned_comment',
  'pin',
  'minimized',
]);
/** Who stands for accounts that are gone. */
const GHOST: Account = { login: 'ghost', id: 10137, type: 'User' };
const SENDER: Account = { login: 'maintainer', id: 900, type: 'User' };

/** A webhook's body, without `installation`. */
export function payloadOf(shape: Shape, happening: Happening): Json {
  const { repository, action, issue, comment, discussion, label } = happening;
  const sender =
    (action === 'opened' || action === 'created' ? (comment ?? issue ?? discussion)?.user : null) ?? SENDER;
  const changes = changesOf(shape, happening);
  return inWebhooks({
    action,
    ...(issue && { issue: issueOf(shape, repository, issue) }),
    ...(comment && { comment: { ...commentJson(shape, repository, comment), user: userOf(shape, comment.user) } }),
    ...(discussion && { discussion: discussionOf(shape, happening, discussion) }),
    ...discussionCommentOf(shape, happening),
    ...(label && { label: labelJson(shape, repository, label) }),
    ...(changes && { changes }),
    repository: repositoryOf(shape, repository),
    organization: organizationOf(shape, repository.owner),
    sender: userJson(shape, sender),
  });
}

export function pingOf(shape: Shape, repository: StoredRepository, hook: { id: number; url: string }): Json {
  const url = `${shape.apiUrl}/repos/${fullName(repository)}/hooks/${hook.id}`;
  const time = isoTime(repository.createdAt);
  return inWebhooks({
    zen: 'Keep it logically awesome.',
    hook_id: hook.id,
    hook: {
      type: 'Repository',
      id: hook.id,
      name: 'web',
      active: true,
      events: ['*'],
      config: { content_type: 'json', insecure_ssl: '0', secret: '********', url: hook.url },
      updated_at: time,
      created_at: time,
      url,
      test_url: `${url}/test`,
      ping_url: `${url}/pings`,
      deliveries_url: `${url}/deliveries`,
      last_response: { code: null, status: 'unused', message: null },
    },
    repository: repositoryOf(shape, repository),
    sender: userJson(shape, SENDER),
  });
}

/** `installation_repositories`, when an App loses or gets repositories. */
export function installedRepositoriesOf(
  shape: Shape,
  action: 'added' | 'removed',
  installation: Json,
  repositories: readonly StoredRepository[],
): Json {
  const named = repositories.map((repository) => ({
    id: repository.id,
    node_id: nodeId('R', repository.id),
    name: repository.name,
    full_name: fullName(repository),
    private: repository.private,
  }));
  return inWebhooks({
    action,
    installation,
    repository_selection: 'selected',
    repositories_added: action === 'added' ? named : [],
    repositories_removed: action === 'removed' ? named : [],
    requester: null,
    sender: userJson(shape, SENDER),
  });
}

function changesOf(shape: Shape, happening: Happening): Json | undefined {
  const {
    repository: here,
    changes,
    movedTo,
    movedFrom,
    discussionMovedTo,
    previousCategory,
    previousOwner,
  } = happening;
  if (discussionMovedTo) {
    const { repository, discussion } = discussionMovedTo;
    const there = discussionOf(shape, { ...happening, repository }, discussion);
    return { new_discussion: there, new_repository: repositoryOf(shape, repository) };
  }
  if (movedTo) {
    const { repository, issue } = movedTo;
    return { new_issue: issueOf(shape, repository, issue), new_repository: repositoryOf(shape, repository) };
  }
  if (movedFrom) {
    const { repository, issue } = movedFrom;
    return { old_issue: issueOf(shape, repository, issue), old_repository: repositoryOf(shape, repository) };
  }
  if (previousCategory) return { category: { from: categoryOf(here, previousCategory) } };
  if (previousOwner) return { owner: { from: { user: userJson(shape, previousOwner) } } };
  return changes;
}

function issueOf(shape: Shape, repository: StoredRepository, issue: StoredIssue): Json {
  return { ...issueJson(shape, repository, issue), user: userOf(shape, issue.user) };
}

function repositoryOf(shape: Shape, repository: StoredRepository): Json {
  return { ...repositoryJson(shape, repository), custom_properties: {} };
}

function userOf(shape: Shape, account: Account | null): Json {
  return userJson(shape, account ?? GHOST);
}

function organizationOf({ apiUrl }: Shape, { login, id }: Account): Json {
  const url = `${apiUrl}/orgs/${login}`;
  return {
    login,
    id,
    node_id: nodeId('O', id),
    url,
    repos_url: `${url}/repos`,
    events_url: `${url}/events`,
    hooks_url: `${url}/hooks`,
    issues_url: `${url}/issues`,
    members_url: `${url}/members{/member}`,
    public_members_url: `${url}/public_members{/member}`,
    avatar_url: `https://avatars.githubusercontent.com/u/${id}?v=4`,
    description: null,
  };
}

function categoryOf({ id, createdAt }: StoredRepository, name: string): Json {
  const time = isoTime(createdAt);
  return {
    id: 1,
    node_id: nodeId('DIC', 1),
    repository_id: id,
    emoji: ':speech_balloon:',
    name,
    description: name,
    created_at: time,
    updated_at: time,
    slug: name === 'Q&A' ? 'q-a' : name.toLowerCase(),
    is_answerable: name === 'Q&A',
  };
}

function discussionOf(shape: Shape, { repository, converting }: Happening, discussion: StoredDiscussion): Json {
  const { id, number, category, answer, answerChosenAt } = discussion;
  const api = `${shape.apiUrl}/repos/${fullName(repository)}`;
  const html = `${shape.htmlUrl}/${fullName(repository)}/discussions/${number}`;
  return {
    repository_url: api,
    category: categoryOf(repository, category),
    answer_html_url: answer === null ? null : `${html}#discussioncomment-${answer}`,
    answer_chosen_at: answerChosenAt === null ? null : isoTime(answerChosenAt),
    answer_chosen_by: answer === null ? null : userJson(shape, SENDER),
    html_url: html,
    id,
    node_id: nodeId('D', id),
    number,
    title: discussion.title,
    user: userOf(shape, discussion.user),
    state: converting ? 'converting' : discussion.locked ? 'locked' : 'open',
    locked: discussion.locked,
    comments: discussion.comments.reduce((sum, { replies }) => sum + 1 + replies.length, 0),
    created_at: isoTime(discussion.createdAt),
    updated_at: isoTime(discussion.updatedAt),
    author_association: discussion.association,
    active_lock_reason: null,
    body: discussion.body,
    reactions: reactionsJson(`${api}/discussions/${number}`, {}),
  };
}

function discussionCommentOf(shape: Shape, happening: Happening): Json {
  const { event, action, repository, discussion, discussionComment, parent } = happening;
  if (!discussion || !discussionComment) return {};
  const key = event === 'discussion_comment' ? 'comment' : action === 'answered' ? 'answer' : 'old_answer';
  const { reactions, ...comment } = commentOf(shape, repository, discussion, discussionComment, parent);
  return { [key]: key === 'comment' ? { ...comment, reactions } : comment };
}

function commentOf(
  shape: Shape,
  repository: StoredRepository,
  discussion: StoredDiscussion,
  comment: StoredComment | DiscussionComment,
  parent: DiscussionComment | undefined,
): Json {
  const api = `${shape.apiUrl}/repos/${fullName(repository)}`;
  const html = `${shape.htmlUrl}/${fullName(repository)}/discussions/${discussion.number}`;
  return {
    id: comment.id,
    node_id: nodeId('DC', comment.id),
    html_url: `${html}#discussioncomment-${comment.id}`,
    parent_id: parent?.id ?? null,
    child_comment_count: 'replies' in comment ? comment.replies.length : 0,
    repository_url: fullName(repository),
    discussion_id: discussion.id,
    author_association: comment.association,
    user: userOf(shape, comment.user),
    created_at: isoTime(comment.createdAt),
    updated_at: isoTime(comment.updatedAt),
    body: textOf(comment.body, comment.id),
    reactions: reactionsJson(`${api}/discussions/comments/${comment.id}`, comment.reactions),
  };
}

function inWebhooks<T>(value: T): T {
  if (Array.isArray(value)) return value.map(inWebhooks) as T;
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value).filter(([key]) => !NOT_IN_WEBHOOKS.has(key));
  return Object.fromEntries(kept.map(([key, one]) => [key, inWebhooks(one)])) as T;
}
