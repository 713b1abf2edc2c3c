import type { Database } from '../sqlite.ts';
import type { Servers } from './servers.ts';

/** The servers that the bot is in, as a part of the memory; `Memory.purge` takes them away. */
export function createServers({ db }: { readonly db: Database }): Servers {
  const insert = db.prepare('INSERT OR IGNORE INTO servers (platform, bot, server) VALUES (?, ?, ?)');
  const select = db.prepare('SELECT server FROM servers WHERE platform = ? AND bot = ?');
  return {
    add: ({ platform, bot }, servers) =>
      db.transaction(() => {
        for (const server of servers) insert.run(platform, bot, server);
      }),
    of: ({ platform, bot }) => (select.all(platform, bot) as { server: string }[]).map(({ server }) => server),
  };
}
