/** Where votes, taught answers and hides count: a server, a workspace, or everywhere. */
export type Scope = string;

/** What `MANAGERS` vote, teach and hide. */
export const EVERYWHERE: Scope = '*';

type Where = {
  readonly platform: string;
  readonly server?: string | null | undefined;
  readonly channel?: string | null | undefined;
};

/** The server or workspace; of a direct message on Discord, which is in none, that conversation alone. */
export function scopeOf({ platform, server, channel }: Where): Scope {
  return server === undefined || server === null ? `${platform}:direct:${channel ?? ''}` : `${platform}:${server}`;
}
