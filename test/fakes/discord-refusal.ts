import type { Broken } from './discord-rules.ts';
import type { FakeDiscord } from './discord-server.ts';

/** What a route refuses: a status and Discord's own code. */
export class Refusal extends Error {
  readonly status: number;
  readonly code: number;
  constructor(status: number, code: number, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

export type Call = {
  /** What the groups of the route's path matched. */
  readonly parts: readonly string[];
  readonly query: URLSearchParams;
  readonly body: unknown;
};

export function refuseBroken(state: FakeDiscord, broken: readonly Broken[], what: string): void {
  const [first, ...others] = broken;
  for (const { rule } of others) state.breakRule(`${what}: ${rule}`);
  if (first) throw new Refusal(400, first.code, `${what}: ${first.rule}`);
}
