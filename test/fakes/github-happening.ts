import type {
  Account,
  Association,
  DiscussionComment,
  Reactions,
  StateReason,
  StoredComment,
  StoredDiscussion,
  StoredIssue,
  StoredRepository,
  Text,
  World,
} from './github-world.ts';

export type NewIssue = {
  readonly title: Text;
  readonly body?: Text | null;
  /** A login; null is an account that was deleted. */
  readonly author?: string | null;
  readonly bot?: boolean;
  readonly association?: Association;
  readonly labels?: readonly string[];
  readonly pull?: boolean;
  readonly state?: 'open' | 'closed';
  readonly stateReason?: StateReason;
  readonly reactions?: Reactions;
  /** By default now; `updatedAt` by default the same. */
  readonly createdAt?: Date;
  readonly updatedAt?: Date;
};

export type NewComment = Pick<NewIssue, 'author' | 'bot' | 'association' | 'reactions' | 'createdAt' | 'updatedAt'> & {
  readonly body: Text;
};

/** Something that happened and that webhooks may tell of. */
export type Happening = {
  readonly event: 'issues' | 'issue_comment' | 'repository' | 'discussion' | 'discussion_comment';
  readonly action: string;
  readonly repository: StoredRepository;
  readonly issue?: StoredIssue;
  readonly comment?: StoredComment;
  readonly discussion?: StoredDiscussion;
  readonly discussionComment?: DiscussionComment | StoredComment;
  /** The comment that a reply belongs to. */
  readonly parent?: DiscussionComment;
  /** What was there before, as GitHub tells it. */
  readonly changes?: Record<string, unknown>;
  readonly previousOwner?: Account;
  /** Where a transferred issue is now, or where it came from. */
  readonly movedTo?: { readonly repository: StoredRepository; readonly issue: StoredIssue };
  readonly movedFrom?: { readonly repository: StoredRepository; readonly issue: StoredIssue };
  readonly discussionMovedTo?: { readonly repository: StoredRepository; readonly discussion: StoredDiscussion };
  readonly previousCategory?: string;
  readonly label?: string;
  /** While an issue is turned into this discussion. */
  readonly converting?: boolean;
};

export function authorOf(
  world: World,
  { author = 'ada', bot = false }: Pick<NewIssue, 'author' | 'bot'>,
): Account | null {
  return author === null ? null : world.account(author, bot ? 'Bot' : 'User');
}

export function secondsOf(world: World, date: Date | undefined): number {
  return date ? Math.floor(date.getTime() / 1000) : world.seconds();
}

export function touch(world: World, record: { updatedAt: number }): void {
  record.updatedAt = Math.max(record.updatedAt, world.seconds());
}
