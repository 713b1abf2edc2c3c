import type { Delivery, DeliveryLog } from '../github/webhooks.ts';
import { openDatabase } from '../sqlite.ts';
import { MIGRATIONS } from './sqlite-schema.ts';

/** GitHub offers to deliver again for three days. */
const REMEMBERED_MS = 4 * 24 * 3_600_000;
/** GitHub waits ten seconds for an answer: a corpus that is locked for longer refuses, and GitHub says so there. */
const BUSY_TIMEOUT_MS = 5_000;

type Row = { readonly id: string; readonly name: string; readonly payload: string };

/**
 * Keeps webhooks with the corpus that they change: what was accepted outlives a kill.
 *
 * @throws OperatorError when the corpus cannot be opened or written
 */
export async function openDeliveries(
  file: string,
  { now = Date.now }: { readonly now?: () => number } = {},
): Promise<DeliveryLog & { close(): Promise<void> }> {
  const db = await openDatabase(file, { what: 'the corpus', migrations: MIGRATIONS, busyTimeoutMs: BUSY_TIMEOUT_MS });
  const insert = db.prepare(
    'INSERT INTO deliveries (id, name, payload, at) VALUES (?, ?, ?, ?) ON CONFLICT (id) DO NOTHING',
  );
  const selectPayload = db.prepare('SELECT payload FROM deliveries WHERE id = ?');
  const finish = db.prepare('UPDATE deliveries SET payload = NULL WHERE id = ?');
  const selectWaiting = db.prepare(
    'SELECT id, name, payload FROM deliveries WHERE payload IS NOT NULL ORDER BY number',
  );
  const forget = db.prepare('DELETE FROM deliveries WHERE at < ?');

  return {
    async accept(id, { name, payload }) {
      if (insert.run(id, name, JSON.stringify(payload), now()).changes > 0) return 'new';
      const { payload: kept } = selectPayload.get(id) as { payload: string | null };
      return kept === null ? 'done' : 'waiting';
    },
    async finish(id) {
      finish.run(id);
      forget.run(now() - REMEMBERED_MS);
    },
    async waiting() {
      return (selectWaiting.all() as Row[]).map(({ id, name, payload }) => ({
        id,
        delivery: { name, payload: JSON.parse(payload) as unknown } satisfies Delivery,
      }));
    },
    close: async () => db.close(),
  };
}
