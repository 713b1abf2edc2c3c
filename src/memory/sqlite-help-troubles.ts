import type { Database } from '../sqlite.ts';
import type { HelpTrouble, HelpTroubles } from './help-troubles.ts';
import type { Spot } from './posts.ts';

export type HelpTroublesOptions = {
  readonly db: Database;
  readonly now: () => number;
};

type Row = {
  readonly platform: Spot['platform'];
  readonly server: string;
  readonly channel: string;
  readonly detail: string;
  readonly since: number;
  readonly told: number;
};

/** Help channels in trouble, as a part of the memory. */
export function createHelpTroubles({ db, now }: HelpTroublesOptions): HelpTroubles {
  const WHERE = 'WHERE platform = ? AND server = ? AND channel = ?';
  const select = db.prepare(`SELECT * FROM help_troubles ${WHERE}`);
  const upsert = db.prepare(
    `INSERT INTO help_troubles (platform, server, channel, detail, since) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET detail = excluded.detail`,
  );
  const tell = db.prepare(`UPDATE help_troubles SET told = 1 ${WHERE}`);
  const drop = db.prepare(`DELETE FROM help_troubles ${WHERE}`);
  const selectAll = db.prepare('SELECT * FROM help_troubles ORDER BY since, channel');
  const selectOf = db.prepare('SELECT * FROM help_troubles WHERE platform = ? AND server = ? ORDER BY since, channel');
  const key = ({ platform, server = '', channel }: Omit<Spot, 'thread'>) => [platform, server, channel] as const;

  return {
    of(spot) {
      const row = select.get(...key(spot)) as Row | undefined;
      return row && toTrouble(row);
    },
    note: (spot, detail) => void upsert.run(...key(spot), detail, now()),
    told: (spot) => void tell.run(...key(spot)),
    over: (spot) => void drop.run(...key(spot)),
    list(where) {
      const rows = where ? selectOf.all(where.platform, where.server ?? '') : selectAll.all();
      return (rows as Row[]).map(toTrouble);
    },
  };
}

function toTrouble({ platform, server, channel, detail, since, told }: Row): HelpTrouble {
  return { spot: { platform, server: server || undefined, channel }, detail, since, told: told === 1 };
}
