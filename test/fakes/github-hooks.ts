import type { Happening } from './github-happening.ts';
import { installedRepositoriesOf, payloadOf, pingOf } from './github-payloads.ts';
import { payloadProblem } from './github-schemas.ts';
import type { Json, Shape } from './github-shapes.ts';
import type { FakeApp, FakeInstallation } from './github-tokens.ts';
import { FakeWebhook } from './github-webhooks.ts';
import type { StoredRepository, World } from './github-world.ts';

type Listener = {
  readonly hook: FakeWebhook;
  /** Of the repository, for a repository's own hook. */
  readonly repository?: number;
  readonly app?: FakeApp;
  readonly installation?: FakeInstallation;
};

/** Every hook there is, and who is told what. */
export class Hooks {
  readonly world: World;
  readonly #shape: () => Shape;
  readonly #timeoutMs: number;
  readonly #listeners: Listener[] = [];

  constructor(world: World, shape: () => Shape, timeoutMs: number) {
    this.world = world;
    this.#shape = shape;
    this.#timeoutMs = timeoutMs;
  }

  readonly addHook = (repository: StoredRepository, url: string, secret: string): FakeWebhook => {
    const hook = new FakeWebhook({ id: this.world.nextId(), url, secret, timeoutMs: this.#timeoutMs });
    this.#listeners.push({ hook, repository: repository.id });
    this.#push(hook, 'ping', pingOf(this.#shape(), repository, hook));
    return hook;
  };

  /** The hook of an App: told of everything in the repositories of one installation, their deletion too. */
  addAppHook(app: FakeApp, installation: FakeInstallation, url: string, secret: string): FakeWebhook {
    const { id } = installation;
    const hook = new FakeWebhook({
      id: this.world.nextId(),
      url,
      secret,
      installation: id,
      timeoutMs: this.#timeoutMs,
    });
    this.#listeners.push({ hook, app, installation });
    return hook;
  }

  /** To pull requests belong events of their own, which nobody here listens to; comments are the same for both. */
  readonly tell = (happening: Happening): void => {
    const { event, action, repository, issue } = happening;
    if (event === 'issues' && issue?.pull) return;
    const told = this.#listeners.filter(({ repository: id, installation }) =>
      installation
        ? installation.repositories.has(repository.id)
        : id === repository.id && !(event === 'repository' && action === 'deleted'),
    );
    if (told.length === 0) return;
    const payload = payloadOf(this.#shape(), happening);
    for (const { hook } of told) this.#push(hook, event, payload, happening);
  };

  /** What an installation may see has changed. */
  tellInstalled(
    installation: FakeInstallation,
    action: 'added' | 'removed',
    json: Json,
    repositories: readonly StoredRepository[],
  ): void {
    const payload = installedRepositoriesOf(this.#shape(), action, json, repositories);
    for (const one of this.#listeners)
      if (one.installation === installation) this.#push(one.hook, 'installation_repositories', payload);
  }

  #push(hook: FakeWebhook, event: string, payload: Json, happening?: Happening): void {
    const action = typeof payload.action === 'string' ? payload.action : undefined;
    // A closed issue that is moved is told of as opened, which the schemas do not foresee.
    const isKnownGap = happening?.movedFrom !== undefined && happening.issue?.state === 'closed';
    const problem = isKnownGap ? undefined : payloadProblem(event, action, payload);
    if (problem) throw new Error(`The local GitHub would have sent what the real one does not: ${problem}`);
    hook.push(event, payload);
  }
}
