import { toDiscussion, toDiscussionComment } from './github-discussions.ts';
import {
  type GithubComment,
  type GithubIssue,
  isFields,
  textOf,
  toGithubComment,
  toGithubIssue,
  toGithubRepository,
} from './github-rows.ts';

/** What a webhook tells of issues and discussions, as far as the corpus is concerned. */
export type GithubEvent = {
  readonly repository: { readonly id: number; readonly name: string; readonly isPrivate: boolean };
  readonly happening:
    | {
        readonly kind: 'comment';
        readonly issue: GithubIssue;
        readonly comment: GithubComment;
        /** The text before, where it was edited. */
        readonly before?: string | undefined;
      }
    | { readonly kind: 'comment-gone'; readonly key: string }
    | { readonly kind: 'issue'; readonly issue: GithubIssue }
    | { readonly kind: 'issue-gone'; readonly number: number; readonly movedTo?: GithubEvent['repository'] | undefined }
    /** The repository itself changed: its next sync tells how. */
    | { readonly kind: 'repository' };
};

const REPOSITORY_ACTIONS = new Set([
  'renamed',
  'transferred',
  'privatized',
  'publicized',
  'deleted',
  'archived',
  'unarchived',
]);

/**
 * Reads a delivery. An empty list: it is of no concern here.
 *
 * @param name as in `X-GitHub-Event`
 */
export function readEvent(name: string, payload: unknown): readonly GithubEvent[] {
  if (!isFields(payload)) return [];
  const action = String(payload.action ?? '');
  if (name === 'installation' || name === 'installation_repositories') return ofInstallation(payload);
  const repository = repositoryOf(payload.repository);
  if (!repository) return [];
  const about = (happening: GithubEvent['happening']): readonly GithubEvent[] => [{ repository, happening }];
  if (name === 'repository') return REPOSITORY_ACTIONS.has(action) ? about({ kind: 'repository' }) : [];
  if (name === 'issue_comment') return ofComment(action, payload).flatMap(about);
  if (name === 'issues') return ofIssue(action, payload).flatMap(about);
  if (name === 'discussion') return ofDiscussion(action, payload).flatMap(about);
  if (name === 'discussion_comment') return ofDiscussionComment(action, payload).flatMap(about);
  return [];
}

type Payload = Readonly<Record<string, unknown>>;
type Happening = GithubEvent['happening'];

function ofComment(action: string, payload: Payload): readonly Happening[] {
  const comment = toGithubComment(payload.comment);
  const issue = toGithubIssue(payload.issue);
  if (!comment) return [];
  if (action === 'deleted') return [{ kind: 'comment-gone', key: comment.key }];
  if (!issue || issue.isPullRequest || comment.onPullRequest) return [];
  return action === 'created' || action === 'edited'
    ? [{ kind: 'comment', issue, comment, before: before(payload) }]
    : [];
}

function before({ changes }: Payload): string | undefined {
  const body = isFields(changes) ? changes.body : undefined;
  return isFields(body) ? textOf(body.from) : undefined;
}

function ofIssue(action: string, payload: Payload): readonly Happening[] {
  const issue = toGithubIssue(payload.issue);
  if (!issue || issue.isPullRequest) return [];
  const { number } = issue;
  if (action === 'deleted') return [{ kind: 'issue-gone', number }];
  const changes = isFields(payload.changes) ? payload.changes : {};
  if (action === 'transferred') {
    return [{ kind: 'issue-gone', number, movedTo: repositoryOf(changes.new_repository) }];
  }
  return [{ kind: 'issue', issue }];
}

function ofDiscussion(action: string, payload: Payload): readonly Happening[] {
  const discussion = toDiscussion(payload.discussion);
  if (!discussion) return [];
  const { number } = discussion;
  if (action === 'deleted') return [{ kind: 'issue-gone', number }];
  const changes = isFields(payload.changes) ? payload.changes : {};
  if (action === 'transferred') {
    return [{ kind: 'issue-gone', number, movedTo: repositoryOf(changes.new_repository) }];
  }
  // An issue turns into it: which one, and with which comments, is not told.
  const { state } = payload.discussion as Payload;
  if (state === 'converting') return [{ kind: 'repository' }];
  return [{ kind: 'issue', issue: discussion }];
}

function ofDiscussionComment(action: string, payload: Payload): readonly Happening[] {
  const issue = toDiscussion(payload.discussion);
  const comment = issue && toDiscussionComment(payload.comment, issue.number);
  if (!comment) return [];
  if (action === 'deleted') return [{ kind: 'comment-gone', key: comment.key }];
  return action === 'created' || action === 'edited'
    ? [{ kind: 'comment', issue, comment, before: before(payload) }]
    : [];
}

function ofInstallation(payload: Payload): readonly GithubEvent[] {
  const lists = [payload.repositories, payload.repositories_added, payload.repositories_removed];
  return lists
    .flatMap((list) => (Array.isArray(list) ? (list as readonly unknown[]) : []))
    .map(repositoryOf)
    .filter((repository) => repository !== undefined)
    .map((repository) => ({ repository, happening: { kind: 'repository' } }));
}

function repositoryOf(value: unknown): GithubEvent['repository'] | undefined {
  const repository = toGithubRepository(value);
  return repository && { id: repository.id, name: repository.name, isPrivate: repository.isPrivate };
}
