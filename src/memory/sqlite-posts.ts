import type { Database } from '../sqlite.ts';
import type { KeyedHash } from './keyed-hash.ts';
import { NOBODY, type OptOuts } from './opt-outs.ts';
import type { MessageSpot, PostRecord, Posts, Shown, Spot } from './posts.ts';

export type PostsOptions = {
  readonly db: Database;
  readonly hash: KeyedHash;
  readonly optOuts: Pick<OptOuts, 'has'>;
  readonly now: () => number;
};

type PostRow = {
  readonly id: number;
  readonly answer: string;
  readonly kind: PostRecord['kind'];
  readonly platform: Spot['platform'];
  readonly server: string | null;
  readonly channel: string;
  readonly thread: string | null;
  readonly message: string;
  readonly question_channel: string | null;
  readonly question_thread: string | null;
  readonly question_message: string | null;
  readonly opened_channel: string | null;
  readonly opened_thread: string | null;
  readonly through: PostRecord['through'];
  readonly page_offset: number;
  readonly place: string;
  readonly banner: string | null;
  readonly asker_hash: string;
  readonly posted_at: number;
};

/**
 * Where answers are posted, as a part of the memory; they go with the answers. Discord's ids are unique by
 * themselves, Slack's in their channel.
 */
export function createPosts({ db, hash, optOuts, now }: PostsOptions): Posts {
  const insert = db.prepare(
    `INSERT INTO posts (id, answer, kind, platform, server, channel, thread, message, question_channel, question_thread,
       question_message, opened_channel, opened_thread, through, page_offset, place, banner, asker_hash, posted_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (platform, channel, message) DO NOTHING`,
  );
  const insertShown = db.prepare('INSERT OR IGNORE INTO shown (post, comment, content) VALUES (?, ?, ?)');
  const deleteShown = db.prepare('DELETE FROM shown WHERE post = ?');
  const highest = db.prepare('SELECT coalesce(max(id), 0) AS id FROM posts');
  // SQLite gives the id of a post that was removed to the next one, while somebody may still hold the old record.
  let lastId = 0;
  const deletePost = db.prepare('DELETE FROM posts WHERE id = ?');
  const byAnswer = db.prepare('SELECT * FROM posts WHERE answer = ? ORDER BY id');
  const byMessage = db.prepare(
    "SELECT * FROM posts WHERE message = ? AND platform = ? AND (platform = 'discord' OR channel = ?)",
  );
  const byQuestion = db.prepare(
    `SELECT * FROM posts WHERE question_message = ? AND platform = ? AND (platform = 'discord' OR question_channel = ?)
     ORDER BY id`,
  );
  const byThread = db.prepare(
    `SELECT * FROM posts WHERE id IN (
       SELECT id FROM posts WHERE thread = ? AND platform = ? AND (platform = 'discord' OR channel = ?)
       UNION
       SELECT id FROM posts WHERE opened_thread = ? AND platform = ? AND (platform = 'discord' OR opened_channel = ?)
     ) ORDER BY id`,
  );
  const byServer = db.prepare('SELECT * FROM posts WHERE platform = ? AND server IS ? ORDER BY id');
  const everyPost = db.prepare('SELECT * FROM posts ORDER BY id');
  const selectAllShown = db.prepare('SELECT DISTINCT comment, content FROM shown');
  const selectShown = db.prepare('SELECT comment FROM shown WHERE post = ?');
  const byComment = db.prepare(
    'SELECT posts.* FROM posts JOIN shown ON shown.post = posts.id WHERE shown.comment = ? ORDER BY posts.id',
  );
  const byTime = db.prepare(
    `SELECT posted_at FROM posts WHERE posted_at > ?1 AND kind = 'answer' AND platform = ?2 AND server IS ?3
       AND (?4 IS NULL OR channel = ?4) ORDER BY posted_at`,
  );
  const calls = db.prepare(
    "SELECT * FROM posts WHERE posted_at > ? AND kind = 'call' AND platform = ? AND server IS ? ORDER BY id",
  );
  const askerHash = (platform: string, user: string) => hash(`${platform}:${user}`);

  const records = (rows: unknown[]): readonly PostRecord[] => (rows as PostRow[]).map(recordOf);
  const show = (id: number | bigint, comments: readonly Shown[]) => {
    deleteShown.run(id);
    for (const { comment, content } of comments) insertShown.run(id, comment, content);
  };

  return {
    async add(post) {
      const { message, question, opened, place } = post;
      const isNobodys = await optOuts.has(`${message.platform}:${post.asker}`);
      db.transaction(() => {
        lastId = Math.max(lastId, (highest.get() as { readonly id: number }).id) + 1;
        const { changes } = insert.run(
          lastId,
          post.answerId,
          post.kind,
          message.platform,
          message.server ?? null,
          message.channel,
          message.thread ?? null,
          message.message,
          question?.channel ?? null,
          question?.thread ?? null,
          question?.message ?? null,
          opened?.channel ?? null,
          opened?.thread ?? null,
          post.through,
          post.offset,
          JSON.stringify(place),
          post.banner ?? null,
          isNobodys ? NOBODY : askerHash(message.platform, post.asker),
          now(),
        );
        if (changes > 0) show(lastId, post.shows);
      });
    },
    ofAnswer: async (answerId) => records(byAnswer.all(answerId)),
    ofMessage: async ({ platform, channel, message }) => records(byMessage.all(message, platform, channel))[0],
    ofQuestion: async ({ platform, channel, message }) => records(byQuestion.all(message, platform, channel)),
    async inThread({ platform, channel, thread }) {
      if (thread === undefined) return [];
      return records(byThread.all(thread, platform, channel, thread, platform, channel));
    },
    async inServer(where) {
      if (!where) return records(everyPost.all());
      return records(byServer.all(where.platform, where.server ?? null));
    },
    async timesSince(since, { platform, server, channel }) {
      const rows = byTime.all(since, platform, server ?? null, channel ?? null) as { posted_at: number }[];
      return rows.map(({ posted_at }) => posted_at);
    },
    callsSince: async (since, { platform, server }) => records(calls.all(since, platform, server ?? null)),
    shown: async ({ id }) => (selectShown.all(id) as { comment: string }[]).map(({ comment }) => comment),
    allShown: async () => selectAllShown.all() as Shown[],
    async showing(comments) {
      const found = new Map<number, PostRecord>();
      for (const comment of comments) {
        for (const record of records(byComment.all(comment))) found.set(record.id, record);
      }
      return [...found.values()].sort((one, other) => one.id - other.id);
    },
    isAsker: ({ asker, message }, user) => asker === askerHash(message.platform, user),
    shows: async ({ id }, comments) => db.transaction(() => show(id, comments)),
    async remove({ id }) {
      deletePost.run(id);
    },
  };

  function recordOf(row: PostRow): PostRecord {
    const { platform } = row;
    const server = row.server ?? undefined;
    const question: MessageSpot | undefined =
      row.question_message !== null && row.question_channel !== null
        ? {
            platform,
            server,
            channel: row.question_channel,
            thread: row.question_thread ?? undefined,
            message: row.question_message,
          }
        : undefined;
    const opened: Spot | undefined =
      row.opened_channel !== null
        ? { platform, server, channel: row.opened_channel, thread: row.opened_thread ?? undefined }
        : undefined;
    return {
      id: row.id,
      answerId: row.answer,
      kind: row.kind,
      message: { platform, server, channel: row.channel, thread: row.thread ?? undefined, message: row.message },
      question,
      opened,
      through: row.through,
      offset: row.page_offset,
      asker: row.asker_hash,
      place: JSON.parse(row.place) as PostRecord['place'],
      banner: row.banner ?? undefined,
      postedAt: row.posted_at,
    };
  }
}
