import type { Spot } from './posts.ts';

/** Another bot on the same memory is in other servers. */
export type BotOf = Pick<Spot, 'platform'> & { readonly bot: string };

/**
 * The servers that a bot is in: nobody tells one that was down that it was removed, and of servers where it never was
 * there are records as well, of people who installed it for themselves.
 */
export interface Servers {
  add(of: BotOf, servers: readonly string[]): void;
  /** In no order. */
  of(bot: BotOf): readonly string[];
}
