import { FakeDiscussions } from './github-discussions.ts';
import { authorOf, type Happening, type NewComment, type NewIssue, secondsOf, touch } from './github-happening.ts';
import type { FakeWebhook } from './github-webhooks.ts';
import {
  type Reactions,
  type StateReason,
  type StoredComment,
  type StoredIssue,
  type StoredRepository,
  textOf,
  type World,
} from './github-world.ts';

/** What a repository needs of the server that it is on. */
export type RepoHost = {
  readonly world: World;
  readonly tell: (happening: Happening) => void;
  readonly addHook: (repository: StoredRepository, url: string, secret: string) => FakeWebhook;
};

/** What the people of a repository do to its issues, on GitHub's pages. Every change moves the times that it moves there. */
export class FakeRepo {
  readonly stored: StoredRepository;
  readonly discussions: FakeDiscussions;
  readonly world: World;
  readonly #host: RepoHost;

  constructor(host: RepoHost, stored: StoredRepository) {
    this.world = host.world;
    this.#host = host;
    this.stored = stored;
    this.discussions = new FakeDiscussions(host.world, stored, host.tell);
  }

  get id(): number {
    return this.stored.id;
  }

  get fullName(): string {
    return `${this.stored.owner.login}/${this.stored.name}`;
  }

  issue(number: number): StoredIssue {
    const issue = this.stored.issues.get(number);
    if (!issue) throw new Error(`${this.fullName} has no issue ${number}`);
    return issue;
  }

  commentOf(id: number): StoredComment {
    const comment = this.stored.comments.get(id);
    if (!comment) throw new Error(`${this.fullName} has no comment ${id}`);
    return comment;
  }

  createIssue(options: NewIssue): number {
    const createdAt = secondsOf(this.world, options.createdAt);
    const issue: StoredIssue = {
      id: this.world.nextId(),
      number: this.stored.nextNumber++,
      title: options.title,
      body: options.body === undefined ? 'How can I do it?' : options.body,
      user: authorOf(this.world, options),
      association: options.association ?? 'NONE',
      labels: options.labels ?? [],
      pull: options.pull ?? false,
      state: 'open',
      stateReason: null,
      locked: false,
      createdAt,
      updatedAt: options.updatedAt ? secondsOf(this.world, options.updatedAt) : createdAt,
      closedAt: null,
      comments: 0,
      reactions: options.reactions ?? {},
      closedBy: null,
    };
    this.stored.issues.set(issue.number, issue);
    this.#changed('issues', 'opened', { issue });
    if (options.state !== 'closed') return issue.number;
    Object.assign(issue, { state: 'closed', stateReason: options.stateReason ?? 'completed', closedAt: createdAt });
    this.#changed('issues', 'closed', { issue });
    return issue.number;
  }

  /** Returns the comment's id. The issue is updated with it, as on GitHub. */
  comment(number: number, options: NewComment): number {
    const issue = this.issue(number);
    const createdAt = secondsOf(this.world, options.createdAt);
    const comment: StoredComment = {
      id: this.world.nextId(),
      issue: number,
      body: options.body,
      user: authorOf(this.world, options),
      association: options.association ?? 'NONE',
      createdAt,
      updatedAt: options.updatedAt ? secondsOf(this.world, options.updatedAt) : createdAt,
      reactions: options.reactions ?? {},
      minimized: null,
    };
    this.stored.comments.set(comment.id, comment);
    issue.comments += 1;
    issue.updatedAt = Math.max(issue.updatedAt, createdAt);
    this.#changed('issue_comment', 'created', { issue, comment });
    return comment.id;
  }

  editIssue(number: number, { title, body }: { readonly title?: string; readonly body?: string | null }): void {
    const issue = this.issue(number);
    const changes = {
      ...(title !== undefined && { title: { from: textOf(issue.title, issue.id) } }),
      ...(body !== undefined && { body: { from: textOf(issue.body ?? '', issue.id) } }),
    };
    if (title !== undefined) issue.title = title;
    if (body !== undefined) issue.body = body;
    touch(this.world, issue);
    this.#changed('issues', 'edited', { issue, changes });
  }

  label(number: number, labels: readonly string[]): void {
    const issue = this.issue(number);
    const added = labels.filter((label) => !issue.labels.includes(label));
    const removed = issue.labels.filter((label) => !labels.includes(label));
    issue.labels = labels;
    touch(this.world, issue);
    for (const label of added) this.#changed('issues', 'labeled', { issue, label });
    for (const label of removed) this.#changed('issues', 'unlabeled', { issue, label });
  }

  editComment(id: number, body: string): void {
    const comment = this.commentOf(id);
    const issue = this.issue(comment.issue);
    const changes = { body: { from: textOf(comment.body, id) } };
    comment.body = body;
    touch(this.world, comment);
    this.#changed('issue_comment', 'edited', { issue, comment, changes });
  }

  /** Leaves no trace in any list; the issue's count falls, its time stays. */
  deleteComment(id: number): void {
    const comment = this.commentOf(id);
    const issue = this.issue(comment.issue);
    this.stored.comments.delete(id);
    issue.comments -= 1;
    this.#changed('issue_comment', 'deleted', { issue, comment });
  }

  /** Takes its comments with it, none of which is told of by itself. */
  deleteIssue(number: number): void {
    const issue = this.issue(number);
    this.#remove(issue);
    this.stored.deletedIssues.add(number);
    this.#changed('issues', 'deleted', { issue });
  }

  close(number: number, reason: StateReason = 'completed', { by }: { readonly by?: number } = {}): void {
    const issue = this.issue(number);
    Object.assign(issue, { state: 'closed', stateReason: reason, closedBy: by ?? null });
    touch(this.world, issue);
    issue.closedAt = issue.updatedAt;
    this.#changed('issues', 'closed', { issue });
  }

  reopen(number: number): void {
    const issue = this.issue(number);
    Object.assign(issue, { state: 'open', stateReason: 'reopened', closedAt: null, closedBy: null });
    touch(this.world, issue);
    this.#changed('issues', 'reopened', { issue });
  }

  lock(number: number, locked = true): void {
    const issue = this.issue(number);
    issue.locked = locked;
    touch(this.world, issue);
    this.#changed('issues', locked ? 'locked' : 'unlocked', { issue });
  }

  /** Hides a comment, or shows it again with null: moves no time and no webhook tells of it. */
  minimize(id: number, reason: string | null = 'outdated'): void {
    this.commentOf(id).minimized = reason;
    this.stored.version += 1;
  }

  /** Reactions move no time either. */
  react(target: { readonly issue: number } | { readonly comment: number }, reaction: keyof Reactions, count = 1): void {
    const record = 'issue' in target ? this.issue(target.issue) : this.commentOf(target.comment);
    record.reactions = { ...record.reactions, [reaction]: (record.reactions[reaction] ?? 0) + count };
    this.stored.version += 1;
  }

  /** The account behind an issue or a comment is deleted. */
  forgetAuthor(login: string): void {
    for (const record of [...this.stored.issues.values(), ...this.stored.comments.values()])
      if (record.user?.login === login) record.user = null;
    this.stored.version += 1;
  }

  /**
   * Moves an issue. It gets a new id and number there; its comments keep ids and times, so that only the issue itself
   * shows up in the other repository's changes.
   */
  transferTo(target: FakeRepo, number: number): number {
    const issue = this.issue(number);
    const comments = this.#remove(issue);
    const moved: StoredIssue = { ...issue, id: this.world.nextId(), number: target.stored.nextNumber++ };
    touch(this.world, moved);
    target.stored.issues.set(moved.number, moved);
    for (const comment of comments) {
      comment.issue = moved.number;
      target.stored.comments.set(comment.id, comment);
    }
    this.stored.moved.set(number, { repositoryId: target.id, number: moved.number });
    this.#changed('issues', 'transferred', { issue, movedTo: { repository: target.stored, issue: moved } });
    target.#changed('issues', 'opened', { issue: moved, movedFrom: { repository: this.stored, issue } });
    return moved.number;
  }

  /**
   * Its comments become comments of a new discussion and are no longer comments of an issue. The issue itself stays
   * behind, closed and locked; long ago it was deleted instead (`leaves: 'nothing'`).
   */
  convertToDiscussion(number: number, { leaves = 'closed' }: { readonly leaves?: 'closed' | 'nothing' } = {}): number {
    const issue = this.issue(number);
    const comments = this.#remove(issue);
    const title = textOf(issue.title, issue.id);
    const body = textOf(issue.body ?? '', issue.id);
    const author = issue.user?.login ?? null;
    const discussion = this.discussions.create({ title, body, author }, { converting: true });
    for (const one of comments) {
      const copy = { ...one, id: this.world.nextId(), replies: [], deletedAt: null };
      this.discussions.get(discussion).comments.push(copy);
    }
    this.stored.converted.set(number, discussion);
    this.stored.version += 1;
    if (leaves === 'nothing') {
      this.stored.deletedIssues.add(number);
      return discussion;
    }
    Object.assign(issue, { state: 'closed', stateReason: 'completed', locked: true, comments: 0 });
    touch(this.world, issue);
    issue.closedAt = issue.updatedAt;
    this.stored.issues.set(number, issue);
    return discussion;
  }

  /** Follows the repository by a hook of its own, which is told everything but the repository's deletion. */
  webhooks(url: string, secret: string): FakeWebhook {
    return this.#host.addHook(this.stored, url, secret);
  }

  /** The old name goes on leading here. */
  rename(name: string): void {
    const from = this.stored.name;
    this.stored.name = name;
    this.world.nameRepository(this.stored);
    this.#changed('repository', 'renamed', { changes: { repository: { name: { from } } } });
  }

  /** To another owner; the old name goes on leading here. */
  moveTo(owner: string): void {
    const from = this.stored.owner;
    this.stored.owner = this.world.account(owner, 'Organization');
    this.world.nameRepository(this.stored);
    this.#changed('repository', 'transferred', { previousOwner: from });
  }

  makePrivate(): void {
    this.stored.private = true;
    this.#changed('repository', 'privatized', {});
  }

  makePublic(): void {
    this.stored.private = false;
    this.#changed('repository', 'publicized', {});
  }

  delete(): void {
    this.stored.deleted = true;
    this.#changed('repository', 'deleted', {});
  }

  /** Taken down for legal reasons: no webhook, 451 from then on. */
  block(): void {
    this.stored.blocked = true;
  }

  #remove(issue: StoredIssue): StoredComment[] {
    const comments = [...this.stored.comments.values()].filter((comment) => comment.issue === issue.number);
    for (const comment of comments) this.stored.comments.delete(comment.id);
    this.stored.issues.delete(issue.number);
    return comments;
  }

  #changed(event: Happening['event'], action: string, details: Partial<Happening>): void {
    this.stored.version += 1;
    this.#host.tell({ ...details, event, action, repository: this.stored });
  }
}
