import { createPrivateKey, createSign, type KeyObject } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { OperatorError } from '../errors.ts';
import type { Exchange } from './client.ts';
import { RefusedAppError } from './errors.ts';

export type GithubAppOptions = {
  readonly id: string;
  /** A PEM, or the path of a file that holds one. */
  readonly privateKey: string;
};

/** What a request is made with. */
export type Credential = {
  /** Whose budget is used up: the same for all requests that share one. */
  readonly name: string;
  /** Undefined: without credentials. */
  readonly authorization: string | undefined;
  /** Forgets it, where another one can be had. */
  readonly renew?: (() => void) | undefined;
};

export interface Credentials {
  /** @param repository `OWNER/NAME` */
  of(repository: string, signal: AbortSignal | undefined): Promise<Credential>;
}

type InstallationToken = { readonly id: number; readonly token: string; readonly expiresMs: number };

const RENEW_BEFORE_MS = 5 * 60_000;

/** The App where it is installed on the repository, else the token, else none. */
export function createCredentials({
  token,
  app,
  exchange,
}: {
  readonly token: string | undefined;
  readonly app: GithubAppOptions | undefined;
  readonly exchange: Exchange;
}): Credentials {
  const plain: Credential = token
    ? { name: 'token', authorization: `Bearer ${token}` }
    : { name: 'anonymous', authorization: undefined };
  if (!app) return { of: async () => plain };
  /** By repository; the installation of an account is one for all its repositories. */
  const installations = new Map<string, Promise<number | undefined>>();
  const tokens = new Map<number, InstallationToken>();
  let key: Promise<KeyObject> | undefined;

  const asApp = async (): Promise<string> => {
    key ??= readKey(app.privateKey);
    key.catch(() => {
      key = undefined;
    });
    return `Bearer ${appToken(app.id, await key)}`;
  };

  async function findInstallation(repository: string, signal: AbortSignal | undefined): Promise<number | undefined> {
    try {
      const { data } = await exchange(
        { method: 'GET', url: `/repos/${repository}/installation` },
        { authorization: await asApp(), signal },
      );
      return Number((data as { id: unknown }).id);
    } catch (error) {
      const { status } = error as { status?: number };
      if (status === 404) return undefined;
      if (status === 401) throw refused(error);
      throw error;
    }
  }

  async function installationToken(id: number, signal: AbortSignal | undefined): Promise<InstallationToken> {
    const kept = tokens.get(id);
    if (kept && kept.expiresMs - Date.now() > RENEW_BEFORE_MS) return kept;
    const { data } = await exchange(
      { method: 'POST', url: `/app/installations/${id}/access_tokens` },
      { authorization: await asApp(), signal },
    );
    const { token: value, expires_at: expiresAt } = data as { token: string; expires_at: string };
    const fresh = { id, token: value, expiresMs: Date.parse(expiresAt) };
    tokens.set(id, fresh);
    return fresh;
  }

  return {
    async of(repository, signal) {
      const finding = installations.get(repository) ?? findInstallation(repository, signal);
      installations.set(repository, finding);
      finding.catch(() => installations.delete(repository));
      const id = await finding;
      if (id === undefined) {
        // It may be installed later.
        installations.delete(repository);
        if (token) return plain;
        throw new OperatorError(
          `The GitHub App ${app.id} is not installed on ${repository}, and there is no GITHUB_TOKEN. Install the App there (Settings, GitHub Apps).`,
        );
      }
      const { token: value } = await installationToken(id, signal);
      return {
        name: `installation ${id}`,
        authorization: `Bearer ${value}`,
        renew() {
          tokens.delete(id);
          installations.delete(repository);
        },
      };
    },
  };
}

async function readKey(privateKey: string): Promise<KeyObject> {
  const isPem = privateKey.includes('-----BEGIN');
  const pem = isPem
    ? privateKey.replaceAll('\\n', '\n')
    : await readFile(privateKey, 'utf8').catch((cause: unknown) => {
        throw new OperatorError(
          `GITHUB_APP_PRIVATE_KEY names ${privateKey}, which cannot be read. Expected a PEM, or the path of one.`,
          { cause },
        );
      });
  try {
    return createPrivateKey(pem);
  } catch (cause) {
    throw new OperatorError(
      'GITHUB_APP_PRIVATE_KEY is no private key. Expected the .pem file of the App, as GitHub gave it.',
      { cause },
    );
  }
}

/** A signed token that says who the App is; GitHub takes it for ten minutes, and allows for clocks that go wrong. */
function appToken(id: string, key: KeyObject): string {
  const now = Math.floor(Date.now() / 1000);
  const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const unsigned = `${encode({ alg: 'RS256', typ: 'JWT' })}.${encode({ iat: now - 60, exp: now + 540, iss: id })}`;
  return `${unsigned}.${createSign('RSA-SHA256').update(unsigned).sign(key, 'base64url')}`;
}

function refused(cause: unknown): RefusedAppError {
  return new RefusedAppError(
    'GitHub refuses the App (401). Check GITHUB_APP_ID, GITHUB_APP_PRIVATE_KEY and the clock of this machine.',
    { cause },
  );
}
