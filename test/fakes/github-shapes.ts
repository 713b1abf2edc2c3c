import {
  type Account,
  type Reactions,
  type StoredComment,
  type StoredIssue,
  type StoredRepository,
  textOf,
} from './github-world.ts';

/** The API version since which some fields are gone. */
const WITHOUT_OLD_FIELDS = '2026-03-10';
const REACTIONS = ['+1', '-1', 'laugh', 'confused', 'heart', 'hooray', 'eyes', 'rocket'] as const;
const USER_LINKS = ['followers', 'subscriptions', 'organizations', 'repos', 'received_events'] as const;
const REPOSITORY_LINKS: Readonly<Record<string, string>> = {
  archive: '/{archive_format}{/ref}',
  assignees: '/assignees{/user}',
  blobs: '/git/blobs{/sha}',
  branches: '/branches{/branch}',
  collaborators: '/collaborators{/collaborator}',
  comments: '/comments{/number}',
  commits: '/commits{/sha}',
  compare: '/compare/{base}...{head}',
  contents: '/contents/{+path}',
  contributors: '/contributors',
  deployments: '/deployments',
  downloads: '/downloads',
  events: '/events',
  forks: '/forks',
  git_commits: '/git/commits{/sha}',
  git_refs: '/git/refs{/sha}',
  git_tags: '/git/tags{/sha}',
  hooks: '/hooks',
  issue_comment: '/issues/comments{/number}',
  issue_events: '/issues/events{/number}',
  issues: '/issues{/number}',
  keys: '/keys{/key_id}',
  labels: '/labels{/name}',
  languages: '/languages',
  merges: '/merges',
  milestones: '/milestones{/number}',
  notifications: '/notifications{?since,all,participating}',
  pulls: '/pulls{/number}',
  releases: '/releases{/id}',
  stargazers: '/stargazers',
  statuses: '/statuses/{sha}',
  subscribers: '/subscribers',
  subscription: '/subscription',
  tags: '/tags',
  teams: '/teams',
  trees: '/git/trees{/sha}',
};

export type Json = Record<string, unknown>;

/** Where links point, and in which version of the API things are told. */
export type Shape = { readonly apiUrl: string; readonly htmlUrl: string; readonly version: string };

export function nodeId(kind: string, id: number): string {
  return `${kind}_${Buffer.from(String(id)).toString('base64url')}`;
}

export function isoTime(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace('.000Z', 'Z');
}

export function fullName({ owner, name }: StoredRepository): string {
  return `${owner.login}/${name}`;
}

export function userJson({ apiUrl, htmlUrl }: Shape, { login, id, type }: Account): Json {
  const url = `${apiUrl}/users/${encodeURIComponent(login)}`;
  return {
    login,
    id,
    node_id: nodeId(type === 'Organization' ? 'O' : type === 'Bot' ? 'BOT' : 'U', id),
    avatar_url: `https://avatars.githubusercontent.com/u/${id}?v=4`,
    gravatar_id: '',
    url,
    html_url: `${htmlUrl}/${encodeURIComponent(login)}`,
    following_url: `${url}/following{/other_user}`,
    gists_url: `${url}/gists{/gist_id}`,
    starred_url: `${url}/starred{/owner}{/repo}`,
    events_url: `${url}/events{/privacy}`,
    ...Object.fromEntries(USER_LINKS.map((name) => [`${name}_url`, `${url}/${name}`])),
    type,
    user_view_type: 'public',
    site_admin: false,
  };
}

export function repositoryJson(shape: Shape, repository: StoredRepository): Json {
  const { owner, name, id } = repository;
  const url = `${shape.apiUrl}/repos/${owner.login}/${name}`;
  const html = `${shape.htmlUrl}/${owner.login}/${name}`;
  const open = [...repository.issues.values()].filter(({ state }) => state === 'open').length;
  const time = isoTime(repository.createdAt);
  return {
    id,
    node_id: nodeId('R', id),
    name,
    full_name: fullName(repository),
    private: repository.private,
    owner: userJson(shape, owner),
    html_url: html,
    description: null,
    fork: false,
    url,
    ...Object.fromEntries(Object.entries(REPOSITORY_LINKS).map(([key, rest]) => [`${key}_url`, url + rest])),
    created_at: time,
    updated_at: time,
    pushed_at: time,
    git_url: `git:${html.replace(/^https?:/, '')}.git`,
    ssh_url: `git@github.com:${fullName(repository)}.git`,
    clone_url: `${html}.git`,
    svn_url: html,
    homepage: null,
    size: 0,
    stargazers_count: 0,
    watchers_count: 0,
    language: null,
    has_issues: repository.hasIssues,
    has_projects: true,
    ...(shape.version < WITHOUT_OLD_FIELDS && { has_downloads: true }),
    has_wiki: true,
    has_pages: false,
    has_discussions: repository.hasDiscussions,
    forks_count: 0,
    mirror_url: null,
    archived: false,
    disabled: false,
    open_issues_count: open,
    license: null,
    allow_forking: true,
    is_template: false,
    web_commit_signoff_required: false,
    topics: [],
    visibility: repository.private ? 'private' : 'public',
    forks: 0,
    open_issues: open,
    watchers: 0,
    default_branch: 'main',
  };
}

export function labelJson(shape: Shape, repository: StoredRepository, name: string): Json {
  // A label's id is the same on every issue.
  const id = [...name].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 1_000_003, repository.id);
  return {
    id,
    node_id: nodeId('LA', id),
    url: `${shape.apiUrl}/repos/${fullName(repository)}/labels/${encodeURIComponent(name)}`,
    name,
    color: 'ededed',
    default: false,
    description: null,
  };
}

export function reactionsJson(url: string, reactions: Reactions): Json {
  const counts = REACTIONS.map((name) => [name, reactions[name] ?? 0] as const);
  const total = counts.reduce((sum, [, count]) => sum + count, 0);
  return { url: `${url}/reactions`, total_count: total, ...Object.fromEntries(counts) };
}

export function issueJson(shape: Shape, repository: StoredRepository, issue: StoredIssue): Json {
  const api = `${shape.apiUrl}/repos/${fullName(repository)}`;
  const html = `${shape.htmlUrl}/${fullName(repository)}`;
  const url = `${api}/issues/${issue.number}`;
  const htmlUrl = `${html}/${issue.pull ? 'pull' : 'issues'}/${issue.number}`;
  const pullUrl = `${api}/pulls/${issue.number}`;
  return {
    url,
    repository_url: api,
    labels_url: `${url}/labels{/name}`,
    comments_url: `${url}/comments`,
    events_url: `${url}/events`,
    html_url: htmlUrl,
    id: issue.id,
    node_id: nodeId(issue.pull ? 'PR' : 'I', issue.id),
    number: issue.number,
    title: textOf(issue.title, issue.id),
    user: issue.user && userJson(shape, issue.user),
    labels: issue.labels.map((label) => labelJson(shape, repository, label)),
    state: issue.state,
    locked: issue.locked,
    ...(shape.version < WITHOUT_OLD_FIELDS && { assignee: null }),
    assignees: [],
    milestone: null,
    comments: issue.comments,
    created_at: isoTime(issue.createdAt),
    updated_at: isoTime(issue.updatedAt),
    closed_at: issue.closedAt === null ? null : isoTime(issue.closedAt),
    author_association: issue.association,
    active_lock_reason: null,
    ...(issue.pull
      ? {
          draft: false,
          pull_request: {
            url: pullUrl,
            html_url: htmlUrl,
            diff_url: `${htmlUrl}.diff`,
            patch_url: `${htmlUrl}.patch`,
            ...(shape.version < WITHOUT_OLD_FIELDS && { merged_at: null }),
          },
        }
      : {
          sub_issues_summary: { total: 0, completed: 0, percent_completed: 0 },
          issue_dependencies_summary: { blocked_by: 0, total_blocked_by: 0, blocking: 0, total_blocking: 0 },
        }),
    body: issue.body === null ? null : textOf(issue.body, issue.id),
    reactions: reactionsJson(url, issue.reactions),
    timeline_url: `${url}/timeline`,
    performed_via_github_app: null,
    state_reason: issue.stateReason,
    pinned_comment: null,
  };
}

export function commentJson(shape: Shape, repository: StoredRepository, comment: StoredComment): Json {
  const api = `${shape.apiUrl}/repos/${fullName(repository)}`;
  const url = `${api}/issues/comments/${comment.id}`;
  const page = repository.issues.get(comment.issue)?.pull ? 'pull' : 'issues';
  return {
    url,
    html_url: `${shape.htmlUrl}/${fullName(repository)}/${page}/${comment.issue}#issuecomment-${comment.id}`,
    issue_url: `${api}/issues/${comment.issue}`,
    id: comment.id,
    node_id: nodeId('IC', comment.id),
    user: comment.user && userJson(shape, comment.user),
    created_at: isoTime(comment.createdAt),
    updated_at: isoTime(comment.updatedAt),
    body: textOf(comment.body, comment.id),
    author_association: comment.association,
    pin: null,
    minimized: comment.minimized === null ? null : { reason: comment.minimized },
    reactions: reactionsJson(url, comment.reactions),
    performed_via_github_app: null,
  };
}
