import { authorOf, type Happening, type NewComment, secondsOf, touch } from './github-happening.ts';
import type { DiscussionComment, StoredComment, StoredDiscussion, StoredRepository, World } from './github-world.ts';

export type NewDiscussion = Pick<NewComment, 'author' | 'bot' | 'association' | 'createdAt'> & {
  readonly title: string;
  readonly body?: string;
  /** `Q&A` is the one whose discussions can be answered. */
  readonly category?: string;
  readonly labels?: readonly string[];
};

type Found = {
  readonly discussion: StoredDiscussion;
  readonly comment: DiscussionComment | StoredComment;
  readonly parent?: DiscussionComment;
};

/** What the people of a repository do in its discussions. */
export class FakeDiscussions {
  readonly #world: World;
  readonly #stored: StoredRepository;
  readonly #tell: (happening: Happening) => void;

  constructor(world: World, stored: StoredRepository, tell: (happening: Happening) => void) {
    this.#world = world;
    this.#stored = stored;
    this.#tell = tell;
  }

  get(number: number): StoredDiscussion {
    const discussion = this.#stored.discussions.get(number);
    if (!discussion) throw new Error(`${this.#stored.name} has no discussion ${number}`);
    return discussion;
  }

  create(options: NewDiscussion, { converting = false }: { readonly converting?: boolean } = {}): number {
    const createdAt = secondsOf(this.#world, options.createdAt);
    const discussion: StoredDiscussion = {
      id: this.#world.nextId(),
      number: this.#stored.nextNumber++,
      title: options.title,
      body: options.body ?? '',
      user: authorOf(this.#world, options),
      association: options.association ?? 'NONE',
      category: options.category ?? 'Q&A',
      labels: options.labels ?? [],
      createdAt,
      updatedAt: createdAt,
      closedAt: null,
      locked: false,
      answer: null,
      answerChosenAt: null,
      comments: [],
    };
    this.#stored.discussions.set(discussion.number, discussion);
    this.#changed('discussion', 'created', { discussion, converting });
    return discussion.number;
  }

  /** A comment, or with `replyTo` a reply to one; replies to replies there are none. */
  comment(number: number, options: NewComment & { readonly replyTo?: number }): number {
    const discussion = this.get(number);
    const createdAt = secondsOf(this.#world, options.createdAt);
    const comment: StoredComment = {
      id: this.#world.nextId(),
      issue: number,
      body: options.body,
      user: authorOf(this.#world, options),
      association: options.association ?? 'NONE',
      createdAt,
      updatedAt: createdAt,
      reactions: options.reactions ?? {},
      minimized: null,
    };
    const parent = discussion.comments.find(({ id }) => id === options.replyTo);
    if (options.replyTo !== undefined && !parent)
      throw new Error(`${options.replyTo} is no comment of the first level`);
    if (parent) parent.replies.push(comment);
    else discussion.comments.push({ ...comment, replies: [], deletedAt: null });
    discussion.updatedAt = Math.max(discussion.updatedAt, createdAt);
    this.#changed('discussion_comment', 'created', {
      discussion,
      discussionComment: comment,
      ...(parent && { parent }),
    });
    return comment.id;
  }

  edit(number: number, { title, body }: { readonly title?: string; readonly body?: string }): void {
    const discussion = this.get(number);
    const changes = {
      ...(title !== undefined && { title: { from: discussion.title } }),
      ...(body !== undefined && { body: { from: discussion.body } }),
    };
    discussion.title = title ?? discussion.title;
    discussion.body = body ?? discussion.body;
    touch(this.#world, discussion);
    this.#changed('discussion', 'edited', { discussion, changes });
  }

  editComment(id: number, body: string): void {
    const { discussion, comment, parent } = this.#find(id);
    const changes = { body: { from: String(comment.body) } };
    comment.body = body;
    touch(this.#world, comment);
    touch(this.#world, discussion);
    this.#changed('discussion_comment', 'edited', {
      discussion,
      discussionComment: comment,
      changes,
      ...(parent && { parent }),
    });
  }

  /** A comment with replies stays as an empty place that tells when it was deleted. */
  deleteComment(id: number): void {
    const { discussion, comment, parent } = this.#find(id);
    const list: StoredComment[] = parent ? parent.replies : discussion.comments;
    if ('replies' in comment && comment.replies.length > 0) {
      comment.body = '';
      comment.user = null;
      comment.deletedAt = this.#world.seconds();
    } else {
      list.splice(list.indexOf(comment), 1);
    }
    if (discussion.answer === id) Object.assign(discussion, { answer: null, answerChosenAt: null });
    this.#changed('discussion_comment', 'deleted', {
      discussion,
      discussionComment: comment,
      ...(parent && { parent }),
    });
  }

  /** Accepts a comment as the answer. */
  answer(number: number, id: number): void {
    const { discussion, comment } = this.#find(id);
    if (discussion.number !== number) throw new Error(`comment ${id} is not in discussion ${number}`);
    Object.assign(discussion, { answer: id, answerChosenAt: this.#world.seconds() });
    touch(this.#world, discussion);
    this.#changed('discussion', 'answered', { discussion, discussionComment: comment });
  }

  unanswer(number: number): void {
    const discussion = this.get(number);
    const { comment } = this.#find(discussion.answer ?? 0);
    Object.assign(discussion, { answer: null, answerChosenAt: null });
    touch(this.#world, discussion);
    this.#changed('discussion', 'unanswered', { discussion, discussionComment: comment });
  }

  minimize(id: number, reason: string | null = 'outdated'): void {
    this.#find(id).comment.minimized = reason;
  }

  lock(number: number, locked = true): void {
    const discussion = this.get(number);
    discussion.locked = locked;
    touch(this.#world, discussion);
    this.#changed('discussion', locked ? 'locked' : 'unlocked', { discussion });
  }

  /** Told of by nobody: the schemas of GitHub's webhooks know no event for it. */
  close(number: number): void {
    const discussion = this.get(number);
    touch(this.#world, discussion);
    discussion.closedAt = discussion.updatedAt;
    this.#stored.version += 1;
  }

  /** Into another category; an answer that was accepted is none where nothing can be answered. */
  recategorize(number: number, category: string): void {
    const discussion = this.get(number);
    const previousCategory = discussion.category;
    discussion.category = category;
    if (category !== 'Q&A') Object.assign(discussion, { answer: null, answerChosenAt: null });
    touch(this.#world, discussion);
    this.#changed('discussion', 'category_changed', { discussion, previousCategory });
  }

  /** It gets a new number there; its comments go with it. */
  transferTo(target: FakeDiscussions, number: number): number {
    const discussion = this.get(number);
    this.#stored.discussions.delete(number);
    const moved = { ...discussion, id: this.#world.nextId(), number: target.#stored.nextNumber++ };
    touch(this.#world, moved);
    target.#stored.discussions.set(moved.number, moved);
    this.#changed('discussion', 'transferred', {
      discussion,
      discussionMovedTo: { repository: target.#stored, discussion: moved },
    });
    return moved.number;
  }

  delete(number: number): void {
    const discussion = this.get(number);
    this.#stored.discussions.delete(number);
    this.#changed('discussion', 'deleted', { discussion });
  }

  #find(id: number): Found {
    for (const discussion of this.#stored.discussions.values()) {
      for (const parent of discussion.comments) {
        if (parent.id === id) return { discussion, comment: parent };
        const comment = parent.replies.find((reply) => reply.id === id);
        if (comment) return { discussion, comment, parent };
      }
    }
    throw new Error(`${this.#stored.name} has no discussion comment ${id}`);
  }

  #changed(event: 'discussion' | 'discussion_comment', action: string, details: Partial<Happening>): void {
    this.#stored.version += 1;
    this.#tell({ ...details, event, action, repository: this.#stored });
  }
}
