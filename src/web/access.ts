import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { HttpError } from './http-error.ts';
import type { WebRequest } from './request.ts';

/** Who may use page and API: everybody on this machine, or whoever has the token. */
export interface Access {
  /** Whether the page asks for the token. */
  readonly guarded: boolean;
  /**
   * Turns away what comes from another website: a name that was pointed at this machine (DNS rebinding), and requests
   * that a foreign page sends in the visitor's name.
   *
   * @throws HttpError 421 or 403
   */
  checkOrigin(request: WebRequest): void;
  /** True for a session or a bearer token. @throws HttpError 429 after too many wrong tokens */
  isSignedIn(request: WebRequest): boolean;
  /** The session cookie for the right token, undefined for a wrong one. @throws HttpError 429 after too many */
  signIn(token: string, request: WebRequest): string | undefined;
}

const LOOPBACK = new Set(['127.0.0.1', 'localhost', '::1', '[::1]']);
const COOKIE = 'precedent_session';
const SESSION_DAYS = 30;
const WRONG_TOKENS = 5;
const WRONG_TOKENS_WINDOW_MS = 60_000;

export type AccessOptions = {
  readonly host: string;
  readonly token: string | undefined;
  readonly now?: () => number;
};

/** @throws Error when the host is open to others and there is no token: `readConfig` refuses that before */
export function createAccess({ host, token, now = Date.now }: AccessOptions): Access {
  const local = LOOPBACK.has(host);
  if (!local && token === undefined) throw new Error(`HOST=${host} needs a PAGE_TOKEN`);
  const failures = createFailureGate(now);

  /** Counts before it compares, so that a locked-out guess learns nothing. */
  const isToken = (candidate: string, { address }: WebRequest) => {
    failures.check(address);
    const right = token !== undefined && equal(candidate, token);
    if (!right) failures.add(address);
    return right;
  };
  const sessionMac = (expires: string) =>
    createHmac('sha256', `page session ${token}`).update(expires).digest('base64url');
  const isSession = (cookie: string) => {
    const [expires = '', mac = ''] = cookie.split('.');
    return equal(mac, sessionMac(expires)) && Number(expires) > now();
  };

  return {
    guarded: token !== undefined,
    checkOrigin(request) {
      if (local && !LOOPBACK.has(hostName(request))) {
        throw new HttpError(421, 'This page is served on this machine only: open it as 127.0.0.1 or localhost.');
      }
      if (isForeign(request)) throw new HttpError(403, 'This request came from another website.');
    },
    isSignedIn(request) {
      if (token === undefined) return true;
      const cookie = readCookie(request);
      if (cookie !== undefined && isSession(cookie)) return true;
      const bearer = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
      return bearer !== undefined && isToken(bearer, request);
    },
    signIn(candidate, request) {
      if (!isToken(candidate, request)) return undefined;
      const expires = String(now() + SESSION_DAYS * 86_400_000);
      return sessionCookie(`${expires}.${sessionMac(expires)}`, SESSION_DAYS * 86_400, request);
    },
  };
}

/** Ends a session in the browser. */
export function endedSession(request: WebRequest): string {
  return sessionCookie('', 0, request);
}

function sessionCookie(value: string, maxAgeSeconds: number, { headers }: WebRequest): string {
  const secure = headers['x-forwarded-proto'] === 'https' ? '; Secure' : '';
  return `${COOKIE}=${value}; Path=/; Max-Age=${maxAgeSeconds}; HttpOnly; SameSite=Strict${secure}`;
}

function readCookie({ headers }: WebRequest): string | undefined {
  const pairs = (headers.cookie ?? '').split(';').map((pair) => pair.trim());
  return pairs.find((pair) => pair.startsWith(`${COOKIE}=`))?.slice(COOKIE.length + 1);
}

function hostName({ headers }: WebRequest): string {
  const url = `http://${headers.host ?? ''}`;
  return URL.canParse(url) ? new URL(url).hostname : '';
}

/**
 * Reading the page from elsewhere is harmless; asking is not. Browsers tell where a request comes from, programs such
 * as curl send neither header.
 */
function isForeign({ method, path, headers }: WebRequest): boolean {
  if (method === 'GET' && !path.startsWith('/api/')) return false;
  const site = headers['sec-fetch-site'];
  if (site !== undefined) return site !== 'same-origin' && !(site === 'none' && method === 'GET');
  const { origin } = headers;
  return origin !== undefined && !(URL.canParse(origin) && new URL(origin).host === headers.host);
}

function equal(left: string, right: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(left), digest(right));
}

/** After some wrong tokens, an address must wait before its next one is even looked at. */
function createFailureGate(now: () => number) {
  const byAddress = new Map<string, number[]>();
  const recent = (address: string) =>
    (byAddress.get(address) ?? []).filter((time) => time > now() - WRONG_TOKENS_WINDOW_MS);
  return {
    check(address: string): void {
      const times = recent(address);
      if (times.length < WRONG_TOKENS) return;
      const waitSeconds = Math.ceil(((times[0] as number) + WRONG_TOKENS_WINDOW_MS - now()) / 1000);
      throw new HttpError(429, `Too many wrong tokens: try again in ${waitSeconds} s.`, {
        'retry-after': String(waitSeconds),
      });
    },
    add(address: string): void {
      for (const known of byAddress.keys()) if (recent(known).length === 0) byAddress.delete(known);
      byAddress.set(address, [...recent(address), now()]);
    },
  };
}
