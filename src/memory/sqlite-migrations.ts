/**
 * The schema of `memory.sqlite`, step by step, for all parts in one list: entry `n` turns version `n` into `n + 1`. What
 * stands here is in people's files: new steps are added at the end, none is changed.
 */
export const MIGRATIONS: readonly string[] = [
  `CREATE TABLE secret (key BLOB NOT NULL);
   CREATE TABLE answers (
     id TEXT PRIMARY KEY,
     created_at INTEGER NOT NULL,
     platform TEXT NOT NULL,
     server TEXT,
     channel TEXT,
     asker_hash TEXT NOT NULL,
     question_hash TEXT NOT NULL,
     mode TEXT NOT NULL,
     model TEXT,
     device TEXT,
     metric TEXT NOT NULL,
     took_ms REAL NOT NULL,
     indexed_at TEXT,
     ranking TEXT NOT NULL,
     vector BLOB
   ) STRICT;
   CREATE INDEX answers_by_age ON answers (created_at);`,
  `CREATE TABLE posts (
     id INTEGER PRIMARY KEY,
     answer TEXT NOT NULL REFERENCES answers (id) ON DELETE CASCADE,
     kind TEXT NOT NULL,
     platform TEXT NOT NULL,
     server TEXT,
     channel TEXT NOT NULL,
     thread TEXT,
     message TEXT NOT NULL,
     question_channel TEXT,
     question_thread TEXT,
     question_message TEXT,
     opened_channel TEXT,
     opened_thread TEXT,
     through TEXT NOT NULL,
     page_offset INTEGER NOT NULL,
     place TEXT NOT NULL,
     banner TEXT,
     asker_hash TEXT NOT NULL,
     posted_at INTEGER NOT NULL,
     UNIQUE (platform, channel, message)
   ) STRICT;
   CREATE INDEX posts_by_answer ON posts (answer);
   CREATE INDEX posts_by_question ON posts (question_message);
   CREATE INDEX posts_by_thread ON posts (thread);
   CREATE INDEX posts_by_opened ON posts (opened_thread);
   CREATE TABLE shown (
     post INTEGER NOT NULL REFERENCES posts (id) ON DELETE CASCADE,
     comment TEXT NOT NULL,
     PRIMARY KEY (post, comment)
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX shown_by_comment ON shown (comment);

   CREATE TABLE votes (
     id INTEGER PRIMARY KEY,
     scope TEXT NOT NULL,
     voter_hash TEXT NOT NULL,
     comment TEXT NOT NULL,
     answer TEXT NOT NULL,
     up INTEGER NOT NULL,
     solved INTEGER NOT NULL DEFAULT 0,
     voted_at INTEGER NOT NULL,
     UNIQUE (scope, voter_hash, comment)
   ) STRICT;
   CREATE INDEX votes_by_comment ON votes (comment);
   CREATE INDEX votes_by_voter ON votes (voter_hash);
   CREATE TABLE solutions (
     answer TEXT PRIMARY KEY REFERENCES answers (id) ON DELETE CASCADE,
     comment TEXT NOT NULL,
     by_hash TEXT NOT NULL,
     solved_at INTEGER NOT NULL
   ) STRICT;
   CREATE TABLE taught (
     id INTEGER PRIMARY KEY,
     scope TEXT NOT NULL,
     comment TEXT NOT NULL,
     question TEXT NOT NULL,
     model TEXT NOT NULL,
     vector BLOB NOT NULL,
     by_hash TEXT NOT NULL,
     taught_at INTEGER NOT NULL
   ) STRICT;
   CREATE INDEX taught_by_scope ON taught (scope);
   CREATE TABLE hides (
     id INTEGER PRIMARY KEY,
     scope TEXT NOT NULL,
     what TEXT NOT NULL,
     value TEXT NOT NULL,
     by_hash TEXT NOT NULL,
     hidden_at INTEGER NOT NULL,
     UNIQUE (scope, what, value)
   ) STRICT;
   CREATE TABLE opt_outs (
     user_hash TEXT PRIMARY KEY,
     opted_out_at INTEGER NOT NULL
   ) STRICT;`,
  // What was shown of a comment: when it is edited, the answers that show it follow.
  `ALTER TABLE shown ADD COLUMN content TEXT NOT NULL DEFAULT '';`,
  `CREATE TABLE channel_settings (
     platform TEXT NOT NULL,
     server TEXT NOT NULL,
     channel TEXT NOT NULL,
     mode TEXT NOT NULL,
     rules TEXT NOT NULL,
     set_by TEXT NOT NULL,
     set_at INTEGER NOT NULL,
     PRIMARY KEY (platform, server, channel)
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX channels_by_mode ON channel_settings (mode) WHERE mode != 'off';
   CREATE TABLE shut_out (
     platform TEXT NOT NULL,
     server TEXT NOT NULL,
     user_hash TEXT NOT NULL,
     since INTEGER NOT NULL,
     PRIMARY KEY (platform, server, user_hash)
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE help_waits (
     platform TEXT NOT NULL,
     server TEXT NOT NULL,
     channel TEXT NOT NULL,
     thread TEXT NOT NULL,
     message TEXT NOT NULL,
     due_at INTEGER NOT NULL,
     PRIMARY KEY (platform, channel, message)
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE silenced_threads (
     platform TEXT NOT NULL,
     server TEXT NOT NULL,
     channel TEXT NOT NULL,
     thread TEXT NOT NULL,
     since INTEGER NOT NULL,
     PRIMARY KEY (platform, server, channel, thread)
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE seen_people (
     platform TEXT NOT NULL,
     server TEXT NOT NULL,
     channel TEXT NOT NULL,
     user_hash TEXT NOT NULL,
     first_at INTEGER NOT NULL,
     PRIMARY KEY (platform, server, channel, user_hash)
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE help_outcomes (
     id INTEGER PRIMARY KEY,
     platform TEXT NOT NULL,
     server TEXT NOT NULL,
     channel TEXT NOT NULL,
     thread TEXT NOT NULL,
     message TEXT NOT NULL,
     mode TEXT NOT NULL,
     version TEXT NOT NULL,
     decision TEXT NOT NULL,
     asker_hash TEXT NOT NULL,
     answer TEXT,
     issues TEXT NOT NULL,
     verdict TEXT,
     linked INTEGER NOT NULL DEFAULT 0,
     decided_at INTEGER NOT NULL,
     UNIQUE (platform, channel, message)
   ) STRICT;
   CREATE INDEX outcomes_by_channel ON help_outcomes (platform, server, channel, decision, decided_at);
   CREATE INDEX outcomes_by_answer ON help_outcomes (answer) WHERE answer IS NOT NULL;
   CREATE INDEX outcomes_by_asker ON help_outcomes (asker_hash);`,
  // Whether an answer was close; who taught, hid, shared and solved, which nothing asks for; what was dealt with already.
  `ALTER TABLE answers ADD COLUMN band TEXT;
   ALTER TABLE solutions DROP COLUMN by_hash;
   ALTER TABLE taught DROP COLUMN by_hash;
   ALTER TABLE hides DROP COLUMN by_hash;
   UPDATE posts SET banner = NULL WHERE banner LIKE 'Shared by %';
   CREATE INDEX votes_by_answer ON votes (answer) WHERE solved = 1;
   CREATE INDEX posts_by_time ON posts (posted_at);
   CREATE TABLE handled (
     key_hash TEXT PRIMARY KEY,
     handled_at INTEGER NOT NULL
   ) STRICT, WITHOUT ROWID;`,
  // What came of a question afterwards, so that reports can tell what was right.
  `ALTER TABLE help_outcomes ADD COLUMN link TEXT NOT NULL DEFAULT '';
   ALTER TABLE help_outcomes ADD COLUMN model TEXT;
   ALTER TABLE help_outcomes ADD COLUMN vector BLOB;
   ALTER TABLE help_outcomes ADD COLUMN judged TEXT;
   ALTER TABLE help_outcomes ADD COLUMN replied INTEGER NOT NULL DEFAULT 0;
   ALTER TABLE help_outcomes ADD COLUMN replied_with_issue INTEGER NOT NULL DEFAULT 0;
   ALTER TABLE help_outcomes ADD COLUMN links TEXT NOT NULL DEFAULT '[]';
   UPDATE help_outcomes SET verdict = NULL WHERE verdict = 'helpful';`,
  // Vectors apart: counting reads every outcome, and would read past them.
  `CREATE TABLE help_vectors (
     outcome INTEGER PRIMARY KEY REFERENCES help_outcomes (id) ON DELETE CASCADE,
     model TEXT NOT NULL,
     vector BLOB NOT NULL
   ) STRICT;
   INSERT INTO help_vectors SELECT id, model, vector FROM help_outcomes WHERE vector IS NOT NULL AND model IS NOT NULL;
   ALTER TABLE help_outcomes DROP COLUMN vector;
   ALTER TABLE help_outcomes DROP COLUMN model;
   ALTER TABLE help_outcomes ADD COLUMN best TEXT;
   CREATE INDEX outcomes_by_time ON help_outcomes (platform, server, channel, decided_at);`,
  // Help channels that can no longer be read or posted in.
  `CREATE TABLE help_troubles (
     platform TEXT NOT NULL,
     server TEXT NOT NULL,
     channel TEXT NOT NULL,
     detail TEXT NOT NULL,
     since INTEGER NOT NULL,
     told INTEGER NOT NULL DEFAULT 0,
     PRIMARY KEY (platform, server, channel)
   ) STRICT, WITHOUT ROWID;`,
  // What is said above an answer whenever it is shown.
  `ALTER TABLE answers ADD COLUMN notes TEXT NOT NULL DEFAULT '[]';`,
  // Of a server that is missing at the next start everything is forgotten.
  `CREATE TABLE servers (
     platform TEXT NOT NULL,
     bot TEXT NOT NULL,
     server TEXT NOT NULL,
     PRIMARY KEY (platform, bot, server)
   ) STRICT, WITHOUT ROWID;`,
];
