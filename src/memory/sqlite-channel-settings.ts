import type { Database } from '../sqlite.ts';
import type { ChannelRecord, ChannelRules, ChannelSettings, SettingsSpot } from './channel-settings.ts';
import type { KeyedHash } from './keyed-hash.ts';

export type ChannelSettingsOptions = {
  readonly db: Database;
  readonly hash: KeyedHash;
  readonly now: () => number;
};

type Row = {
  readonly platform: 'discord' | 'slack';
  readonly server: string;
  readonly channel: string;
  readonly rules: string;
  readonly set_by: string;
  readonly set_at: number;
};

/** What reads settings alone. An empty channel stands for the whole server. */
export type ChannelReader = Pick<ChannelSettings, 'of' | 'rulesOf' | 'active' | 'next'>;

export function createChannelReader(db: Database): ChannelReader {
  const select = db.prepare('SELECT * FROM channel_settings WHERE platform = ? AND server = ? AND channel = ?');
  const selectActive = db.prepare(
    "SELECT * FROM channel_settings WHERE mode != 'off' ORDER BY platform, server, channel LIMIT ?",
  );
  const selectActiveOf = db.prepare(
    "SELECT * FROM channel_settings WHERE mode != 'off' AND platform = ? AND server = ? ORDER BY channel LIMIT ?",
  );
  const selectNext = db.prepare(
    `SELECT * FROM channel_settings WHERE mode != 'off' AND channel != '' AND (platform, server, channel) > (?, ?, ?)
     ORDER BY platform, server, channel LIMIT 1`,
  );
  const of = ({ platform, server = '', channel = '' }: SettingsSpot): ChannelRecord | undefined => {
    const row = select.get(platform, server, channel) as Row | undefined;
    return row && toRecord(row);
  };

  return {
    of,
    rulesOf(spot) {
      const ofServer = of({ ...spot, channel: undefined })?.rules;
      return { ...ofServer, ...(spot.channel === undefined ? undefined : of(spot)?.rules) };
    },
    active(limit, where) {
      const rows = where ? selectActiveOf.all(where.platform, where.server ?? '', limit) : selectActive.all(limit);
      return (rows as Row[]).map(toRecord);
    },
    next(after) {
      const { platform = '', server = '', channel = '' } = after ?? {};
      const row = selectNext.get(platform, server, channel) as Row | undefined;
      return row && toRecord(row);
    },
  };
}

/** Settings of channels, as a part of the memory. */
export function createChannelSettings({ db, hash, now }: ChannelSettingsOptions): ChannelSettings {
  const reader = createChannelReader(db);
  const upsert = db.prepare(
    `INSERT INTO channel_settings (platform, server, channel, mode, rules, set_by, set_at) VALUES (?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET mode = excluded.mode, rules = excluded.rules, set_by = excluded.set_by,
       set_at = excluded.set_at`,
  );
  const insertOut = db.prepare(
    'INSERT OR IGNORE INTO shut_out (platform, server, user_hash, since) VALUES (?, ?, ?, ?)',
  );
  const deleteOut = db.prepare('DELETE FROM shut_out WHERE platform = ? AND server = ? AND user_hash = ?');
  const selectOut = db.prepare('SELECT 1 FROM shut_out WHERE platform = ? AND server = ? AND user_hash = ?');

  return {
    ...reader,
    set(spot, rules, by) {
      db.transaction(() => {
        const { platform, server = '', channel = '' } = spot;
        // What is undefined is left out by JSON, and so falls back to the server's.
        const next: ChannelRules = { ...reader.of(spot)?.rules, ...rules };
        upsert.run(platform, server, channel, next.mode ?? 'off', JSON.stringify(next), by, now());
      });
    },
    shutOut({ platform, server = '' }, user, isOut) {
      if (isOut) insertOut.run(platform, server, hash(user), now());
      else deleteOut.run(platform, server, hash(user));
    },
    isShutOut: ({ platform, server = '' }, user) => selectOut.get(platform, server, hash(user)) !== undefined,
  };
}

function toRecord({ platform, server, channel, rules, set_by: setBy, set_at: setAt }: Row): ChannelRecord {
  return {
    spot: { platform, server: server || undefined, channel: channel || undefined },
    rules: JSON.parse(rules) as ChannelRules,
    setBy,
    setAt,
  };
}
