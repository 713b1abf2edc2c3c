import { createPublicKey, generateKeyPairSync, randomBytes, verify } from 'node:crypto';
import { Refused, refusal } from './github-lists.ts';
import type { StoredRepository } from './github-world.ts';

export type Permission = 'metadata' | 'issues' | 'discussions' | 'pull_requests';
export type Permissions = Partial<Record<Permission, 'read' | 'write'>>;

/** Whoever asks, as far as rights go. */
export type Identity = {
  readonly kind: 'anonymous' | 'classic' | 'fine-grained' | 'installation' | 'app';
  /** What its budget is kept under; '' without a token. */
  readonly key: string;
  readonly login: string | undefined;
  readonly scopes: readonly string[];
  readonly permissions: Permissions;
  /** Private repositories that it may see. */
  readonly repositories: 'all' | ReadonlySet<number>;
  /** Seconds since 1970. */
  readonly expiresAt: number | undefined;
  readonly appId?: number;
  readonly installationId?: number;
};

export type FakeInstallation = {
  readonly id: number;
  readonly owner: string;
  readonly repositories: Set<number>;
  readonly permissions: Permissions;
  suspended: boolean;
};

/** A GitHub App: what its owner keeps, and what GitHub knows. */
export type FakeApp = {
  readonly id: number;
  readonly clientId: string;
  /** PEM, for `GITHUB_APP_PRIVATE_KEY` and the like. */
  readonly privateKey: string;
  readonly publicKey: string;
  readonly permissions: Permissions;
  readonly installations: Map<number, FakeInstallation>;
};

const ANONYMOUS: Identity = {
  kind: 'anonymous',
  key: '',
  login: undefined,
  scopes: [],
  permissions: {},
  repositories: new Set(),
  expiresAt: undefined,
};
const MAX_JWT_SECONDS = 600;
const CLOCK_DRIFT_SECONDS = 60;

/** The tokens that there are and what they open. */
export class Tokens {
  readonly apps = new Map<number, FakeApp>();
  readonly #identities = new Map<string, Identity>();
  readonly #seconds: () => number;

  constructor(seconds: () => number) {
    this.#seconds = seconds;
  }

  add(token: string, identity: Omit<Identity, 'key'> & { readonly key?: string }): void {
    this.#identities.set(token, { key: token, ...identity });
  }

  revoke(token: string): void {
    this.#identities.delete(token);
  }

  addApp(id: number, permissions: Permissions): FakeApp {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const app: FakeApp = {
      id,
      clientId: `Iv23li${id}`,
      privateKey: privateKey.export({ type: 'pkcs1', format: 'pem' }).toString(),
      publicKey: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
      permissions,
      installations: new Map(),
    };
    this.apps.set(id, app);
    return app;
  }

  /** A token of an installation, good for as long as said. */
  issue(app: FakeApp, installation: FakeInstallation, seconds: number): { token: string; expiresAt: number } {
    const token = `ghs_${randomBytes(18).toString('hex')}`;
    const expiresAt = this.#seconds() + seconds;
    this.add(token, {
      kind: 'installation',
      key: `installation ${installation.id}`,
      login: undefined,
      scopes: [],
      permissions: installation.permissions,
      repositories: installation.repositories,
      expiresAt,
      appId: app.id,
      installationId: installation.id,
    });
    return { token, expiresAt };
  }

  /** Ends every installation token at once, as an hour does. */
  expireInstallationTokens(): void {
    for (const [token, { kind }] of this.#identities) if (kind === 'installation') this.#identities.delete(token);
  }

  /** @throws Refused with 401 for a token that is wrong, expired or of the wrong kind */
  identify(authorization: string | undefined): Identity {
    if (authorization === undefined || authorization === '') return ANONYMOUS;
    const token = /^(?:bearer|token) (\S+)$/i.exec(authorization)?.[1];
    if (token === undefined) throw new Refused(refusal(401, 'Bad credentials'));
    if (token.split('.').length === 3) return this.#app(token);
    const identity = this.#identities.get(token);
    const expired = identity?.expiresAt !== undefined && identity.expiresAt <= this.#seconds();
    const suspended = identity?.installationId !== undefined && !this.#isInstalled(identity);
    if (!identity || expired || suspended) throw new Refused(refusal(401, 'Bad credentials'));
    return identity;
  }

  #isInstalled({ appId = 0, installationId = 0 }: Identity): boolean {
    return this.apps.get(appId)?.installations.get(installationId)?.suspended === false;
  }

  #app(token: string): Identity {
    const undecodable = new Refused(refusal(401, 'A JSON web token could not be decoded'));
    const [head = '', body = '', signature = ''] = token.split('.');
    let header: { alg?: unknown };
    let claims: { iss?: unknown; iat?: unknown; exp?: unknown };
    try {
      header = JSON.parse(Buffer.from(head, 'base64url').toString());
      claims = JSON.parse(Buffer.from(body, 'base64url').toString());
    } catch {
      throw undecodable;
    }
    const issuer = String(claims.iss);
    const app = [...this.apps.values()].find(({ id, clientId }) => issuer === String(id) || issuer === clientId);
    if (header.alg !== 'RS256' || !app) throw undecodable;
    const signed = verify(
      'RSA-SHA256',
      Buffer.from(`${head}.${body}`),
      createPublicKey(app.publicKey),
      Buffer.from(signature, 'base64url'),
    );
    if (!signed) throw undecodable;
    const now = this.#seconds();
    const { iat, exp } = claims;
    if (typeof exp !== 'number' || exp <= now) {
      throw new Refused(
        refusal(
          401,
          "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires",
        ),
      );
    }
    if (exp > now + MAX_JWT_SECONDS)
      throw new Refused(refusal(401, "'Expiration time' claim ('exp') is too far in the future"));
    if (typeof iat !== 'number' || iat > now + CLOCK_DRIFT_SECONDS) {
      throw new Refused(
        refusal(
          401,
          "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued",
        ),
      );
    }
    return { ...ANONYMOUS, kind: 'app', key: `app ${app.id}`, permissions: app.permissions, appId: app.id };
  }
}

export function maySee(identity: Identity, repository: StoredRepository): boolean {
  if (!repository.private) return true;
  if (identity.kind === 'classic' && !identity.scopes.includes('repo')) return false;
  return identity.repositories === 'all' || identity.repositories.has(repository.id);
}

/** @throws Refused with 403 where a repository may be seen, but not this of it */
export function demand(identity: Identity, repository: StoredRepository, permission: Permission): void {
  if (!repository.private || identity.kind === 'classic' || identity.permissions[permission]) return;
  const by = identity.kind === 'installation' ? 'integration' : 'personal access token';
  throw new Refused({
    ...refusal(403, `Resource not accessible by ${by}`),
    headers: { 'x-accepted-github-permissions': `${permission}=read` },
  });
}
