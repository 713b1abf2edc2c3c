/**
 * The corpus, version by version. A source's rows belong to a generation; a comment can be found when its generation
 * is its source's current one, so that a replacement appears in one step.
 */
export const MIGRATIONS: readonly string[] = [
  `CREATE TABLE counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;
   INSERT INTO counters VALUES ('version', 0), ('generation', 0);

   CREATE TABLE sources (
     id INTEGER PRIMARY KEY,
     spec TEXT NOT NULL UNIQUE,
     generation INTEGER UNIQUE, -- NULL until something was published
     comments INTEGER NOT NULL DEFAULT 0,
     read_at TEXT,
     newest_comment_at TEXT
   ) STRICT;

   CREATE TABLE runs (
     source INTEGER PRIMARY KEY REFERENCES sources (id),
     generation INTEGER NOT NULL UNIQUE,
     fingerprint TEXT NOT NULL,
     cursor TEXT,
     counts TEXT NOT NULL,
     what TEXT NOT NULL DEFAULT 'reading',
     done REAL NOT NULL DEFAULT 0,
     total REAL,
     owner TEXT, -- NULL while nobody works on it
     touched_at INTEGER NOT NULL
   ) STRICT;

   -- Generations that nobody will read again, until their rows are cleared away.
   CREATE TABLE discarded (generation INTEGER PRIMARY KEY) STRICT;

   CREATE TABLE issues (
     id INTEGER PRIMARY KEY,
     generation INTEGER NOT NULL,
     url TEXT NOT NULL,
     number INTEGER,
     title TEXT NOT NULL,
     body TEXT NOT NULL,
     state TEXT
   ) STRICT;
   CREATE INDEX issues_by_generation ON issues (generation);

   -- Never a number twice, even after rows went: an index of rows that is older then finds nothing instead of another.
   CREATE TABLE comments (
     row INTEGER PRIMARY KEY AUTOINCREMENT,
     generation INTEGER NOT NULL,
     issue INTEGER NOT NULL,
     key TEXT NOT NULL,
     text TEXT NOT NULL,
     url TEXT,
     author TEXT,
     created_at TEXT
   ) STRICT;
   CREATE UNIQUE INDEX comments_by_key ON comments (key, generation);
   CREATE INDEX comments_by_generation ON comments (generation);

   CREATE TABLE spaces (id INTEGER PRIMARY KEY AUTOINCREMENT, description TEXT NOT NULL UNIQUE) STRICT;
   CREATE TABLE vectors (
     id INTEGER PRIMARY KEY,
     space INTEGER NOT NULL,
     hash TEXT NOT NULL,
     vector BLOB NOT NULL -- float32, little endian
   ) STRICT;
   CREATE UNIQUE INDEX vectors_by_hash ON vectors (space, hash);`,
  `-- What a followed source is at, and how its last sync went; NULL for sources that are read once.
   ALTER TABLE sources ADD COLUMN state TEXT;
   ALTER TABLE sources ADD COLUMN sync TEXT;

   ALTER TABLE issues ADD COLUMN state_reason TEXT;
   ALTER TABLE issues ADD COLUMN labels TEXT; -- a JSON list
   ALTER TABLE issues ADD COLUMN updated_at TEXT;
   -- The sweep that met it last: what a whole sweep does not meet is not there any more.
   ALTER TABLE issues ADD COLUMN seen INTEGER NOT NULL DEFAULT 0;
   CREATE INDEX issues_by_number ON issues (generation, number);

   ALTER TABLE comments ADD COLUMN association TEXT;
   ALTER TABLE comments ADD COLUMN reactions INTEGER;
   ALTER TABLE comments ADD COLUMN updated_at TEXT;
   ALTER TABLE comments ADD COLUMN seen INTEGER NOT NULL DEFAULT 0;
   CREATE INDEX comments_by_issue ON comments (issue);`,
  `-- Whether it is private where it comes from.
   ALTER TABLE sources ADD COLUMN private INTEGER NOT NULL DEFAULT 0;`,
  `-- Webhooks that were accepted, in the order they came.
   CREATE TABLE deliveries (
     number INTEGER PRIMARY KEY AUTOINCREMENT,
     id TEXT NOT NULL UNIQUE,
     name TEXT NOT NULL,
     payload TEXT, -- NULL once it is worked off: from then on only its id matters
     at INTEGER NOT NULL
   ) STRICT;
   CREATE INDEX deliveries_by_age ON deliveries (at);
   CREATE INDEX deliveries_waiting ON deliveries (number) WHERE payload IS NOT NULL;`,
  `-- The pull request that closed it, by its address, and the comment of a discussion that was accepted, by its key.
   ALTER TABLE issues ADD COLUMN closed_by TEXT;
   ALTER TABLE issues ADD COLUMN answer TEXT;`,
  `-- Which rows came, went or became another document with which version; row 0: more than rows tell. Whoever changes
   -- something raises the version after it, in the same transaction. What is not published is nobody's business.
   CREATE TABLE changes (version INTEGER NOT NULL, row INTEGER NOT NULL, PRIMARY KEY (version, row)) STRICT, WITHOUT ROWID;
   INSERT INTO counters SELECT 'changes kept after', value FROM counters WHERE name = 'version';

   CREATE TRIGGER comment_comes AFTER INSERT ON comments
     WHEN EXISTS (SELECT 1 FROM sources WHERE generation = NEW.generation) BEGIN
     INSERT OR IGNORE INTO changes SELECT value + 1, NEW.row FROM counters WHERE name = 'version';
   END;
   CREATE TRIGGER comment_goes AFTER DELETE ON comments
     WHEN EXISTS (SELECT 1 FROM sources WHERE generation = OLD.generation) BEGIN
     INSERT OR IGNORE INTO changes SELECT value + 1, OLD.row FROM counters WHERE name = 'version';
   END;
   CREATE TRIGGER comment_changes AFTER UPDATE OF text, issue ON comments
     WHEN (OLD.text IS NOT NEW.text OR OLD.issue IS NOT NEW.issue)
       AND EXISTS (SELECT 1 FROM sources WHERE generation = NEW.generation) BEGIN
     INSERT OR IGNORE INTO changes SELECT value + 1, NEW.row FROM counters WHERE name = 'version';
   END;
   CREATE TRIGGER issue_changes AFTER UPDATE OF title, body, url ON issues
     WHEN (OLD.title IS NOT NEW.title OR OLD.body IS NOT NEW.body OR OLD.url IS NOT NEW.url)
       AND EXISTS (SELECT 1 FROM sources WHERE generation = NEW.generation) BEGIN
     INSERT OR IGNORE INTO changes
       SELECT value + 1, comments.row FROM counters, comments WHERE name = 'version' AND comments.issue = NEW.id;
   END;
   CREATE TRIGGER source_changes AFTER UPDATE OF generation ON sources
     WHEN OLD.generation IS NOT NEW.generation BEGIN
     INSERT OR IGNORE INTO changes SELECT value + 1, 0 FROM counters WHERE name = 'version';
   END;
   CREATE TRIGGER source_goes AFTER DELETE ON sources WHEN OLD.generation IS NOT NULL BEGIN
     INSERT OR IGNORE INTO changes SELECT value + 1, 0 FROM counters WHERE name = 'version';
   END;`,
  'ALTER TABLE issues ADD COLUMN closed_at TEXT;',
  `-- What filters look at, without the texts beside it.
   CREATE INDEX comments_by_filter ON comments (generation, issue, created_at, author);
   CREATE INDEX issues_by_filter ON issues (generation, state, labels);
   DROP INDEX issues_by_generation;`,
  `-- By whom it was opened.
   ALTER TABLE issues ADD COLUMN author TEXT;`,
];
