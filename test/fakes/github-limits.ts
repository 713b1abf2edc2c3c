import { type Answer, refusal } from './github-lists.ts';

export type LimitOptions = {
  /** Requests an hour with a token; 60 without one. */
  readonly perHour: number;
  readonly anonymousPerHour: number;
  readonly graphqlPerHour: number;
  readonly windowSeconds: number;
  /** Requests under way at once, REST and GraphQL together. */
  readonly concurrent: number;
  readonly pointsPerMinute: number;
  readonly graphqlPointsPerMinute: number;
  /** What a secondary limit asks to wait. */
  readonly retryAfterSeconds: number;
  /** GitHub answers 403 or 429 when the budget is spent. */
  readonly spentStatus: 403 | 429;
  readonly secondaryStatus: 403 | 429;
};

export const GITHUB_LIMITS: LimitOptions = {
  perHour: 5000,
  anonymousPerHour: 60,
  graphqlPerHour: 5000,
  windowSeconds: 3600,
  concurrent: 100,
  pointsPerMinute: 900,
  graphqlPointsPerMinute: 2000,
  retryAfterSeconds: 60,
  spentStatus: 403,
  secondaryStatus: 403,
};

/** What one token has left of one resource. Tests may lower `remaining`. */
export type Budget = {
  limit: number;
  remaining: number;
  used: number;
  /** Seconds since 1970. */
  reset: number;
};

export type Resource = 'core' | 'graphql';

type Recent = { readonly at: number; readonly points: number };

/** Who asks too much: the hourly budget and the secondary limits, for each token. */
export class Limits {
  readonly options: LimitOptions;
  /** Refused for the primary and for the secondary limits, so far. */
  spent = 0;
  secondary = 0;
  underWay = 0;
  mostUnderWay = 0;
  readonly #now: () => number;
  readonly #budgets = new Map<string, Budget>();
  readonly #recent = new Map<string, Recent[]>();

  constructor(now: () => number, options: Partial<LimitOptions> = {}) {
    this.options = { ...GITHUB_LIMITS, ...options };
    this.#now = now;
  }

  budget(identity: string, resource: Resource = 'core'): Budget {
    const key = `${resource} ${identity}`;
    const seconds = Math.floor(this.#now() / 1000);
    const known = this.#budgets.get(key);
    if (known && known.reset > seconds) return known;
    const { perHour, anonymousPerHour, graphqlPerHour, windowSeconds } = this.options;
    const limit = resource === 'graphql' ? graphqlPerHour : identity === '' ? anonymousPerHour : perHour;
    const fresh = { limit, remaining: limit, used: 0, reset: seconds + windowSeconds };
    const budget = known ? Object.assign(known, fresh) : fresh;
    this.#budgets.set(key, budget);
    return budget;
  }

  headers(identity: string, resource: Resource): Record<string, string> {
    const { limit, remaining, used, reset } = this.budget(identity, resource);
    return {
      'x-ratelimit-limit': String(limit),
      'x-ratelimit-remaining': String(remaining),
      'x-ratelimit-used': String(used),
      'x-ratelimit-reset': String(reset),
      'x-ratelimit-resource': resource,
    };
  }

  /** Undefined when the request may go on; what it costs is then taken. */
  take(identity: string, resource: Resource, points: number): Answer | undefined {
    const budget = this.budget(identity, resource);
    if (this.underWay > this.options.concurrent || this.#isTooFast(identity, resource, points)) {
      this.secondary += 1;
      return {
        ...refusal(
          this.options.secondaryStatus,
          'You have exceeded a secondary rate limit. Please wait a few minutes before you try again.',
        ),
        headers: { 'retry-after': String(this.options.retryAfterSeconds) },
      };
    }
    if (budget.remaining <= 0) {
      this.spent += 1;
      const whose = identity === '' ? '127.0.0.1' : 'user ID 1';
      return refusal(this.options.spentStatus, `API rate limit exceeded for ${whose}.`);
    }
    budget.remaining -= 1;
    budget.used += 1;
    return undefined;
  }

  /** An answer that costs nothing after all: 304. */
  giveBack(identity: string, resource: Resource): void {
    const budget = this.budget(identity, resource);
    if (budget.used === 0) return;
    budget.remaining += 1;
    budget.used -= 1;
  }

  #isTooFast(identity: string, resource: Resource, points: number): boolean {
    const key = `${resource} ${identity}`;
    const most = resource === 'core' ? this.options.pointsPerMinute : this.options.graphqlPointsPerMinute;
    if (most === Number.POSITIVE_INFINITY) return false;
    const since = this.#now() - 60_000;
    const recent = (this.#recent.get(key) ?? []).filter(({ at }) => at > since);
    recent.push({ at: this.#now(), points });
    this.#recent.set(key, recent);
    return recent.reduce((sum, one) => sum + one.points, 0) > most;
  }
}
