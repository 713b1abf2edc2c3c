/** A text, or how it is made of the record's id: rows by the ten thousand are not kept as strings. */
export type Text = string | ((id: number) => string);

export type Account = {
  readonly login: string;
  readonly id: number;
  readonly type: 'User' | 'Bot' | 'Organization';
};

export type Reactions = Partial<
  Record<'+1' | '-1' | 'laugh' | 'confused' | 'heart' | 'hooray' | 'eyes' | 'rocket', number>
>;

export type StateReason = 'completed' | 'reopened' | 'not_planned' | 'duplicate';

export type Association =
  | 'COLLABORATOR'
  | 'CONTRIBUTOR'
  | 'FIRST_TIMER'
  | 'FIRST_TIME_CONTRIBUTOR'
  | 'MANNEQUIN'
  | 'MEMBER'
  | 'NONE'
  | 'OWNER';

export type StoredIssue = {
  readonly id: number;
  readonly number: number;
  title: Text;
  body: Text | null;
  /** Null when the account was deleted. */
  user: Account | null;
  association: Association;
  labels: readonly string[];
  readonly pull: boolean;
  state: 'open' | 'closed';
  stateReason: StateReason | null;
  locked: boolean;
  /** Seconds since 1970, as are all times here: GitHub tells no finer ones. */
  readonly createdAt: number;
  updatedAt: number;
  closedAt: number | null;
  comments: number;
  reactions: Reactions;
  /** The number of the pull request that closed it. */
  closedBy: number | null;
};

export type StoredComment = {
  readonly id: number;
  issue: number;
  body: Text;
  user: Account | null;
  association: Association;
  readonly createdAt: number;
  updatedAt: number;
  reactions: Reactions;
  minimized: string | null;
};

/** A comment of a discussion's first level. */
export type DiscussionComment = StoredComment & {
  readonly replies: StoredComment[];
  deletedAt: number | null;
};

export type StoredDiscussion = {
  readonly id: number;
  readonly number: number;
  title: string;
  body: string;
  user: Account | null;
  association: Association;
  category: string;
  labels: readonly string[];
  readonly createdAt: number;
  updatedAt: number;
  closedAt: number | null;
  locked: boolean;
  answer: number | null;
  answerChosenAt: number | null;
  /** The first level; `replies` is the only other one. */
  readonly comments: DiscussionComment[];
};

/** Where something that was here is now. */
export type Moved = { readonly repositoryId: number; readonly number: number };

export type StoredRepository = {
  readonly id: number;
  owner: Account;
  name: string;
  private: boolean;
  deleted: boolean;
  /** Blocked for legal reasons. */
  blocked: boolean;
  hasIssues: boolean;
  hasDiscussions: boolean;
  readonly createdAt: number;
  readonly issues: Map<number, StoredIssue>;
  readonly comments: Map<number, StoredComment>;
  readonly discussions: Map<number, StoredDiscussion>;
  readonly deletedIssues: Set<number>;
  readonly moved: Map<number, Moved>;
  /** Issues that became discussions, and the discussions' numbers. */
  readonly converted: Map<number, number>;
  nextNumber: number;
  /** Grows with every change, so that sorted lists are made anew only after one. */
  version: number;
};

export function textOf(text: Text, id: number): string {
  return typeof text === 'string' ? text : text(id);
}

/** Everything that there is, apart from who may see it. */
export class World {
  readonly repositories = new Map<number, StoredRepository>();
  readonly #names = new Map<string, number>();
  readonly #accounts = new Map<string, Account>();
  readonly #now: () => number;
  #lastId = 1000;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** GitHub's clock, in whole seconds. */
  seconds(): number {
    return Math.floor(this.#now() / 1000);
  }

  nextId(): number {
    this.#lastId += 1;
    return this.#lastId;
  }

  account(login: string, type: Account['type'] = 'User'): Account {
    const key = login.toLowerCase();
    const known = this.#accounts.get(key);
    if (known) return known;
    const account = { login, id: this.nextId(), type };
    this.#accounts.set(key, account);
    return account;
  }

  addRepository(owner: string, name: string, isPrivate: boolean): StoredRepository {
    const repository: StoredRepository = {
      id: this.nextId(),
      owner: this.account(owner, 'Organization'),
      name,
      private: isPrivate,
      deleted: false,
      blocked: false,
      hasIssues: true,
      hasDiscussions: true,
      createdAt: this.seconds(),
      issues: new Map(),
      comments: new Map(),
      discussions: new Map(),
      deletedIssues: new Set(),
      moved: new Map(),
      converted: new Map(),
      nextNumber: 1,
      version: 0,
    };
    this.repositories.set(repository.id, repository);
    this.nameRepository(repository);
    return repository;
  }

  /** Makes the repository's name lead to it. Names that it had go on doing so until another takes them. */
  nameRepository(repository: StoredRepository): void {
    this.#names.set(`${repository.owner.login}/${repository.name}`.toLowerCase(), repository.id);
  }

  /** By a name that it has or had, whatever its case. */
  repositoryNamed(owner: string, name: string): StoredRepository | undefined {
    const id = this.#names.get(`${owner}/${name}`.toLowerCase());
    return id === undefined ? undefined : this.repositories.get(id);
  }
}
