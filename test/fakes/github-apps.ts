import { type Answer, Refused, refusal } from './github-lists.ts';
import type { Call, Rest } from './github-rest.ts';
import { isoTime, type Json, nodeId, repositoryJson, type Shape, userJson } from './github-shapes.ts';
import type { FakeApp, FakeInstallation } from './github-tokens.ts';
import type { StoredRepository, World } from './github-world.ts';

export function installedRepositories({ world }: Rest, { identity, shape }: Call): Answer {
  if (identity.kind !== 'installation')
    return refusal(
      403,
      'You must authenticate with an installation access token in order to list repositories for an installation.',
    );
  const all = [...world.repositories.values()].filter(({ deleted }) => !deleted);
  const { repositories: chosen } = identity;
  const repositories = all.filter(({ id }) => chosen === 'all' || chosen.has(id));
  return {
    status: 200,
    json: {
      total_count: repositories.length,
      repository_selection: chosen === 'all' ? 'all' : 'selected',
      repositories: repositories.map((repository) => repositoryJson(shape, repository)),
    },
  };
}

function appOf({ tokens }: Rest, { identity }: Call): FakeApp {
  const app = identity.kind === 'app' ? tokens.apps.get(identity.appId ?? 0) : undefined;
  if (!app) throw new Refused(refusal(401, 'A JSON web token could not be decoded'));
  return app;
}

export function answerApp(rest: Rest, call: Call): Answer {
  const app = appOf(rest, call);
  const { method, path, shape } = call;
  if (path === '/app' && method === 'GET') return { status: 200, json: appJson(rest, call, app) };
  const list = [...app.installations.values()];
  if (path === '/app/installations' && method === 'GET')
    return { status: 200, json: list.map((one) => installationJson(rest.world, shape, app, one)) };
  const [, id, tokens] = /^\/app\/installations\/(\d+)(\/access_tokens)?$/.exec(path) ?? [];
  const installation = app.installations.get(Number(id));
  if (!installation) return refusal(404, 'Not Found');
  if (!tokens && method === 'GET') return { status: 200, json: installationJson(rest.world, shape, app, installation) };
  if (!tokens || method !== 'POST') return refusal(404, 'Not Found');
  if (installation.suspended) return refusal(403, 'This installation has been suspended');
  const { token, expiresAt } = rest.tokens.issue(app, installation, rest.tokenSeconds);
  return {
    status: 201,
    json: {
      token,
      expires_at: isoTime(expiresAt),
      permissions: installation.permissions,
      repository_selection: 'selected',
    },
  };
}

export function installationOf(rest: Rest, call: Call, { id, owner }: StoredRepository): Answer {
  const app = appOf(rest, call);
  const found = [...app.installations.values()].find((one) => one.owner === owner.login && one.repositories.has(id));
  return found
    ? { status: 200, json: installationJson(rest.world, call.shape, app, found) }
    : refusal(404, 'Not Found');
}

function appJson({ world }: Rest, { shape }: Call, app: FakeApp) {
  return {
    id: app.id,
    client_id: app.clientId,
    slug: `app-${app.id}`,
    node_id: nodeId('A', app.id),
    owner: userJson(shape, world.account('app-owner')),
    name: `App ${app.id}`,
    description: null,
    external_url: 'https://example.com/',
    html_url: `${shape.htmlUrl}/apps/app-${app.id}`,
    created_at: isoTime(world.seconds()),
    updated_at: isoTime(world.seconds()),
    permissions: app.permissions,
    events: [],
    installations_count: app.installations.size,
  };
}

export function installationJson(world: World, shape: Shape, app: FakeApp, installation: FakeInstallation): Json {
  const { id, owner, permissions, suspended } = installation;
  const time = isoTime(world.seconds());
  const account = world.account(owner, 'Organization');
  return {
    id,
    account: userJson(shape, account),
    repository_selection: 'selected',
    access_tokens_url: `${shape.apiUrl}/app/installations/${id}/access_tokens`,
    repositories_url: `${shape.apiUrl}/installation/repositories`,
    html_url: `${shape.htmlUrl}/organizations/${owner}/settings/installations/${id}`,
    app_id: app.id,
    app_slug: `app-${app.id}`,
    target_id: account.id,
    target_type: account.type,
    permissions,
    events: [],
    created_at: time,
    updated_at: time,
    single_file_name: null,
    has_multiple_single_files: false,
    single_file_paths: [],
    suspended_by: null,
    suspended_at: suspended ? time : null,
  };
}
