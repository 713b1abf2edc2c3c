import { fullName, isoTime, nodeId } from './github-shapes.ts';
import {
  type Account,
  type DiscussionComment,
  type Reactions,
  type StoredComment,
  type StoredDiscussion,
  type StoredIssue,
  type StoredRepository,
  textOf,
} from './github-world.ts';

export type Args = Readonly<Record<string, unknown>>;

export type Connection = {
  readonly rows: readonly unknown[];
  /** By what it is sorted: a cursor stays good when rows come and go. */
  readonly orderOf: (row: never) => readonly [number, number];
  readonly descending: boolean;
};

export type Field = {
  /** Of what is selected further; undefined for a plain value. */
  readonly type?: string;
  readonly args?: readonly string[];
  readonly get: (source: never, args: Args) => unknown;
};

type Place = { readonly repository: StoredRepository };
export type InDiscussion = Place & { readonly discussion: StoredDiscussion };
type InComment = InDiscussion & {
  readonly comment: DiscussionComment | StoredComment;
  readonly parent?: DiscussionComment;
};
type InIssue = Place & { readonly issue: StoredIssue };

const HTML = 'https://github.com';
const PAGING = ['first', 'last', 'after', 'before'];
const CONTENT = {
  '+1': 'THUMBS_UP',
  '-1': 'THUMBS_DOWN',
  laugh: 'LAUGH',
  hooray: 'HOORAY',
  confused: 'CONFUSED',
  heart: 'HEART',
  rocket: 'ROCKET',
  eyes: 'EYES',
} as const;

function discussionUrl({ repository, discussion }: InDiscussion): string {
  return `${HTML}/${fullName(repository)}/discussions/${discussion.number}`;
}

function commentsOf(place: InDiscussion): Connection {
  return {
    rows: place.discussion.comments.map((comment) => ({ ...place, comment })),
    orderOf: ({ comment }: InComment) => [comment.createdAt, comment.id],
    descending: false,
  };
}

function repliesOf(place: InComment): Connection {
  const { comment } = place;
  const replies = 'replies' in comment ? comment.replies : [];
  return {
    rows: replies.map((reply) => ({ ...place, comment: reply, parent: comment })),
    orderOf: ({ comment: reply }: InComment) => [reply.createdAt, reply.id],
    descending: false,
  };
}

function discussionsOf(repository: StoredRepository, { orderBy, answered }: Args): Connection {
  const { field = 'UPDATED_AT', direction = 'DESC' } = (orderBy ?? {}) as { field?: string; direction?: string };
  const all = repository.hasDiscussions ? [...repository.discussions.values()] : [];
  const wanted = all.filter(({ answer }) => typeof answered !== 'boolean' || (answer !== null) === answered);
  return {
    rows: wanted.map((discussion) => ({ repository, discussion })),
    orderOf: ({ discussion }: InDiscussion) => [
      field === 'CREATED_AT' ? discussion.createdAt : discussion.updatedAt,
      discussion.id,
    ],
    descending: direction === 'DESC',
  };
}

/** A pull request that closed an issue was merged: it is told of only where closed ones are asked for. */
function closingPulls({ repository, issue }: InIssue, { includeClosedPrs = false }: Args): Connection {
  const pull = issue.closedBy === null || !includeClosedPrs ? undefined : repository.issues.get(issue.closedBy);
  return {
    rows: pull ? [{ repository, issue: pull }] : [],
    orderOf: ({ issue: one }: InIssue) => [one.createdAt, one.id],
    descending: false,
  };
}

function issuesOf(repository: StoredRepository, { orderBy, filterBy }: Args): Connection {
  const { field = 'CREATED_AT', direction = 'ASC' } = (orderBy ?? {}) as { field?: string; direction?: string };
  const { since } = (filterBy ?? {}) as { since?: string };
  const from = since ? Math.floor(Date.parse(since) / 1000) : 0;
  const rows = [...repository.issues.values()].filter((issue) => !issue.pull && issue.updatedAt >= from);
  return {
    rows: rows.map((issue) => ({ repository, issue })),
    orderOf: ({ issue }: InIssue) => [field === 'UPDATED_AT' ? issue.updatedAt : issue.createdAt, issue.id],
    descending: direction === 'DESC',
  };
}

function reactionGroups(reactions: Reactions): readonly unknown[] {
  return Object.entries(CONTENT).map(([name, content]) => ({
    content,
    count: reactions[name as keyof typeof CONTENT] ?? 0,
  }));
}

function paged(type: string, get: Field['get'], args: readonly string[] = []): Field {
  return { type, args: [...PAGING, ...args], get };
}

const plain = (get: Field['get']): Field => ({ get });

function connection(node: string): Record<string, Field> {
  return {
    nodes: { type: node, get: ({ nodes }: { nodes: unknown }) => nodes },
    pageInfo: { type: 'PageInfo', get: (source: unknown) => source },
    totalCount: plain(({ totalCount }: { totalCount: number }) => totalCount),
  };
}

const iso = (seconds: number | null) => (seconds === null ? null : isoTime(seconds));

/** The part of GitHub's GraphQL schema that is served: the type of every field, and where its value comes from. */
export const TYPES: Readonly<Record<string, Readonly<Record<string, Field>>>> = {
  Query: {
    repository: { type: 'Repository', args: ['owner', 'name', 'followRenames'], get: () => undefined },
    rateLimit: { type: 'RateLimit', get: () => undefined },
    node: { type: 'Node', args: ['id'], get: () => undefined },
  },
  /** Anything with an id; here a discussion's comment. */
  Node: { id: plain(({ comment }: InComment) => nodeId('DC', comment.id)) },
  RateLimit: Object.fromEntries(
    ['limit', 'cost', 'remaining', 'used', 'resetAt', 'nodeCount'].map((name) => [
      name,
      plain((source: Args) => source[name]),
    ]),
  ),
  Repository: {
    id: plain(({ id }: StoredRepository) => nodeId('R', id)),
    databaseId: plain(({ id }: StoredRepository) => id),
    name: plain(({ name }: StoredRepository) => name),
    nameWithOwner: plain((repository: StoredRepository) => fullName(repository)),
    isPrivate: plain((repository: StoredRepository) => repository.private),
    hasDiscussionsEnabled: plain(({ hasDiscussions }: StoredRepository) => hasDiscussions),
    discussions: paged('DiscussionConnection', discussionsOf, ['orderBy', 'answered']),
    discussion: {
      type: 'Discussion',
      args: ['number'],
      get: (repository: StoredRepository, { number }) => {
        const discussion = repository.discussions.get(Number(number));
        return discussion ? { repository, discussion } : null;
      },
    },
    issues: paged('IssueConnection', issuesOf, ['orderBy', 'filterBy']),
    issue: {
      type: 'Issue',
      args: ['number'],
      get: (repository: StoredRepository, { number }) => {
        const issue = repository.issues.get(Number(number));
        return issue && !issue.pull ? { repository, issue } : null;
      },
    },
  },
  IssueConnection: connection('Issue'),
  Issue: {
    id: plain(({ issue }: InIssue) => nodeId('I', issue.id)),
    number: plain(({ issue }: InIssue) => issue.number),
    title: plain(({ issue }: InIssue) => textOf(issue.title, issue.id)),
    updatedAt: plain(({ issue }: InIssue) => iso(issue.updatedAt)),
    closedByPullRequestsReferences: paged('PullRequestConnection', closingPulls, ['includeClosedPrs']),
  },
  PullRequestConnection: connection('PullRequest'),
  PullRequest: {
    number: plain(({ issue }: InIssue) => issue.number),
    title: plain(({ issue }: InIssue) => textOf(issue.title, issue.id)),
    url: plain(({ repository, issue }: InIssue) => `${HTML}/${fullName(repository)}/pull/${issue.number}`),
    merged: plain(() => true),
  },
  DiscussionConnection: connection('Discussion'),
  Discussion: {
    id: plain(({ discussion }: InDiscussion) => nodeId('D', discussion.id)),
    databaseId: plain(({ discussion }: InDiscussion) => discussion.id),
    number: plain(({ discussion }: InDiscussion) => discussion.number),
    title: plain(({ discussion }: InDiscussion) => discussion.title),
    body: plain(({ discussion }: InDiscussion) => discussion.body),
    url: plain(discussionUrl),
    author: { type: 'Actor', get: ({ discussion }: InDiscussion) => discussion.user },
    authorAssociation: plain(({ discussion }: InDiscussion) => discussion.association),
    createdAt: plain(({ discussion }: InDiscussion) => iso(discussion.createdAt)),
    updatedAt: plain(({ discussion }: InDiscussion) => iso(discussion.updatedAt)),
    closed: plain(({ discussion }: InDiscussion) => discussion.closedAt !== null),
    closedAt: plain(({ discussion }: InDiscussion) => iso(discussion.closedAt)),
    stateReason: plain(({ discussion }: InDiscussion) => (discussion.closedAt === null ? null : 'RESOLVED')),
    locked: plain(({ discussion }: InDiscussion) => discussion.locked),
    upvoteCount: plain(() => 1),
    isAnswered: plain(({ discussion: { category, answer } }: InDiscussion) =>
      category === 'Q&A' ? answer !== null : null,
    ),
    answerChosenAt: plain(({ discussion }: InDiscussion) => iso(discussion.answerChosenAt)),
    answer: {
      type: 'DiscussionComment',
      get: (place: InDiscussion) => {
        const { comments, answer } = place.discussion;
        const comment = comments.flatMap((one) => [one, ...one.replies]).find(({ id }) => id === answer);
        return comment ? { ...place, comment } : null;
      },
    },
    category: { type: 'DiscussionCategory', get: ({ discussion }: InDiscussion) => discussion },
    labels: paged('LabelConnection', ({ discussion }: InDiscussion) => ({
      rows: discussion.labels.map((name) => ({ name })),
      orderOf: () => [0, 0],
      descending: false,
    })),
    reactionGroups: { type: 'ReactionGroup', get: () => reactionGroups({}) },
    comments: paged('DiscussionCommentConnection', commentsOf),
  },
  LabelConnection: connection('Label'),
  Label: { name: plain(({ name }: { name: string }) => name) },
  DiscussionCategory: {
    name: plain(({ category }: StoredDiscussion) => category),
    slug: plain(({ category }: StoredDiscussion) => (category === 'Q&A' ? 'q-a' : category.toLowerCase())),
    isAnswerable: plain(({ category }: StoredDiscussion) => category === 'Q&A'),
  },
  DiscussionCommentConnection: connection('DiscussionComment'),
  DiscussionComment: {
    id: plain(({ comment }: InComment) => nodeId('DC', comment.id)),
    databaseId: plain(({ comment }: InComment) => comment.id),
    body: plain(({ comment }: InComment) => textOf(comment.body, comment.id)),
    url: plain((place: InComment) => `${discussionUrl(place)}#discussioncomment-${place.comment.id}`),
    author: { type: 'Actor', get: ({ comment }: InComment) => comment.user },
    authorAssociation: plain(({ comment }: InComment) => comment.association),
    createdAt: plain(({ comment }: InComment) => iso(comment.createdAt)),
    updatedAt: plain(({ comment }: InComment) => iso(comment.updatedAt)),
    deletedAt: plain(({ comment }: InComment) => ('deletedAt' in comment ? iso(comment.deletedAt) : null)),
    isAnswer: plain(({ discussion, comment }: InComment) => discussion.answer === comment.id),
    isMinimized: plain(({ comment }: InComment) => comment.minimized !== null),
    minimizedReason: plain(({ comment }: InComment) => comment.minimized),
    upvoteCount: plain(() => 1),
    reactionGroups: { type: 'ReactionGroup', get: ({ comment }: InComment) => reactionGroups(comment.reactions) },
    replyTo: {
      type: 'DiscussionComment',
      get: ({ parent, ...place }: InComment) => (parent ? { ...place, comment: parent } : null),
    },
    replies: paged('DiscussionCommentConnection', repliesOf),
  },
  ReactionGroup: {
    content: plain(({ content }: { content: string }) => content),
    reactors: paged('ReactorConnection', ({ count }: { count: number }) => ({
      rows: Array.from({ length: count }, (_, at) => at),
      orderOf: (at: number) => [at, at],
      descending: false,
    })),
  },
  ReactorConnection: { totalCount: plain(({ totalCount }: { totalCount: number }) => totalCount) },
  Actor: {
    // Bots lack the ending that they have in REST and on the pages.
    login: plain(({ login, type }: Account) => (type === 'Bot' ? login.replace(/\[bot\]$/, '') : login)),
    url: plain(({ login }: Account) => `${HTML}/${login}`),
  },
  PageInfo: Object.fromEntries(
    ['hasNextPage', 'hasPreviousPage', 'startCursor', 'endCursor'].map((name) => [
      name,
      plain((source: Args) => source[name]),
    ]),
  ),
};
