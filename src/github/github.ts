/** How many requests GitHub still takes, as its last answer said. */
export type Budget = {
  readonly limit: number;
  readonly left: number;
  /** ISO 8601: when it is full again. */
  readonly resetsAt: string;
};

export type GithubResponse = {
  /** Parsed JSON; undefined when nothing changed since the `etag` given. */
  readonly data: unknown;
  readonly unchanged: boolean;
  /** With its quotes: for the next conditional request of exactly this address. */
  readonly etag: string | undefined;
  /** The address of the next page, where there is one. */
  readonly next: string | undefined;
};

export type GetOptions = {
  /** Of the last answer to exactly this address: an answer that nothing changed costs nothing of the budget. */
  readonly etag?: string | undefined;
  readonly signal?: AbortSignal | undefined;
};

/** GitHub's API as one repository is read: with the credentials that may read it. */
export interface RepositoryApi {
  /**
   * Reads a path (`/repos/OWNER/NAME/issues?since=…`) or the address of a next page. Waits while the budget is spent,
   * tries again what may pass by itself.
   *
   * @throws MissingError for 404, 410 and 451; WallError for 422; UnavailableError when GitHub does not answer;
   *   OperatorError when the credentials are refused
   */
  get(path: string, options?: GetOptions): Promise<GithubResponse>;
  /**
   * Asks GitHub's GraphQL, which takes points from a budget of its own; waits and tries again as `get` does. What is
   * gone is null in what comes.
   *
   * @returns the answer's `data`; undefined where there are no credentials: without, GraphQL is for nobody
   * @throws MissingError when nothing of what was asked for is there; WallError for a place to go on from that GitHub
   *   does not know (any more); OperatorError when the credentials may not read
   *   it; UnavailableError when GitHub does not answer
   */
  query(
    text: string,
    variables: Readonly<Record<string, unknown>>,
    options?: { readonly signal?: AbortSignal | undefined },
  ): Promise<Readonly<Record<string, unknown>> | undefined>;
  /** Undefined before the first answer. */
  readonly budget: Budget | undefined;
  /** What is left of the points of GraphQL; undefined before its first answer. */
  readonly points: Budget | undefined;
}

export interface Github {
  /** @param name `OWNER/NAME` */
  repository(name: string): RepositoryApi;
}
