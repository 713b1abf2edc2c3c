import { OperatorError } from './errors.ts';

/** What the stores use of a SQLite connection. Synchronous: bulk work belongs in a worker thread. */
export interface Database {
  exec(sql: string): void;
  prepare(sql: string): Statement;
  /** Runs `work` in one transaction that takes the write lock at once; rolls back when it throws. */
  transaction<Result>(work: () => Result): Result;
  close(): void;
}

export interface Statement {
  run(...parameters: readonly SqlValue[]): { readonly changes: number; readonly lastInsertRowid: number | bigint };
  get(...parameters: readonly SqlValue[]): unknown;
  all(...parameters: readonly SqlValue[]): unknown[];
  iterate(...parameters: readonly SqlValue[]): IterableIterator<unknown>;
}

export type SqlValue = string | number | bigint | null | Uint8Array;

export type OpenOptions = {
  /** What the file holds, for messages: "the corpus". */
  readonly what: string;
  /**
   * The schema, step by step: entry `n` turns version `n` into `n + 1`. An older file is migrated when it is opened,
   * a newer one is refused.
   */
  readonly migrations: readonly string[];
  /** How long a statement waits for another writer. */
  readonly busyTimeoutMs?: number;
};

/**
 * Opens (or creates) a SQLite file in write-ahead mode, where readers never wait for the writer. The only file that
 * imports the driver.
 *
 * @throws OperatorError when the driver is missing, the file is no database, or a newer version wrote it
 */
export async function openDatabase(
  file: string,
  { what, migrations, busyTimeoutMs = 30_000 }: OpenOptions,
): Promise<Database> {
  const Driver = await loadDriver();
  let db: InstanceType<typeof Driver> | undefined;
  try {
    db = new Driver(file);
    const driver = db;
    driver.exec(`PRAGMA busy_timeout = ${busyTimeoutMs}`);
    driver.exec('PRAGMA journal_mode = WAL');
    driver.exec('PRAGMA synchronous = NORMAL');
    driver.exec('PRAGMA foreign_keys = ON');
    // What was removed is overwritten, not only forgotten.
    driver.exec('PRAGMA secure_delete = ON');
    const transaction = <Result>(work: () => Result): Result => {
      driver.exec('BEGIN IMMEDIATE');
      try {
        const result = work();
        driver.exec('COMMIT');
        return result;
      } catch (error) {
        if (driver.inTransaction) driver.exec('ROLLBACK');
        throw error;
      }
    };
    migrate(driver, transaction, file, what, migrations);
    const checked: Checked = (work) => {
      try {
        return work();
      } catch (error) {
        throw databaseError(error, file, what);
      }
    };
    return {
      exec: (sql) => checked(() => void driver.exec(sql)),
      prepare: (sql) =>
        checkedStatement(
          checked(() => withArrays(driver.prepare(sql) as unknown as DriverStatement)),
          checked,
        ),
      transaction: (work) => checked(() => transaction(work)),
      close: () => closeWhole(driver),
    };
  } catch (error) {
    db?.close();
    const known = databaseError(error, file, what);
    if (known instanceof OperatorError) throw known;
    throw new OperatorError(`${file} (${what}) ${CANNOT_OPEN}.`, { cause: error });
  }
}

/**
 * Copies a database as it is at one moment into a new file, beside whoever reads and writes it. Works synchronously.
 *
 * @throws OperatorError when it cannot be read or the copy cannot be written; the part that was written stays
 */
export async function copyDatabase(file: string, copy: string, { what }: Pick<OpenOptions, 'what'>): Promise<void> {
  const Driver = await loadDriver();
  let db: InstanceType<typeof Driver> | undefined;
  try {
    db = new Driver(file, { readonly: true });
    db.exec('PRAGMA busy_timeout = 30000');
    db.exec(`VACUUM INTO '${copy.replaceAll("'", "''")}'`);
  } catch (cause) {
    const isFull = (cause as { code?: unknown }).code === 'SQLITE_FULL';
    const advice = isFull
      ? 'The disk is full'
      : 'Check that both may be read and written, and that the disk is not full';
    throw new OperatorError(`${file} (${what}) cannot be copied to ${copy}. ${advice}.`, { cause });
  } finally {
    db?.close();
  }
}

async function loadDriver() {
  const { default: Driver } = await import('libsql').catch((cause: unknown) => {
    throw new OperatorError(
      'The database driver (libsql) does not load. Run `npm test` or `npm start` once to install it.',
      { cause },
    );
  });
  return Driver;
}

/**
 * Brings what lies in the write-ahead log into the file first: the driver keeps the connection until the process ends,
 * so SQLite does not, and a copy of the file alone would miss it.
 */
function closeWhole(driver: { exec(sql: string): unknown; close(): unknown }): void {
  try {
    driver.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  } catch {
    // Somebody else is writing, and will do it.
  }
  driver.close();
}

/** Runs what uses the driver; its failures come out as `OperatorError`s. */
type Checked = <Result>(work: () => Result) => Result;

function checkedStatement(statement: Statement, checked: Checked): Statement {
  return {
    run: (...parameters) => checked(() => statement.run(...parameters)),
    get: (...parameters) => checked(() => statement.get(...parameters)),
    all: (...parameters) => checked(() => statement.all(...parameters)),
    iterate: (...parameters) => checked(() => statement.iterate(...parameters)),
  };
}

/**
 * The driver takes a single `Uint8Array` for an object of named parameters and aborts the process, so parameters go in
 * as an array; and it adds `_metadata` to the row that `get` gives.
 */
function withArrays(statement: DriverStatement): Statement {
  return {
    run: (...parameters) => statement.run(parameters),
    all: (...parameters) => statement.all(parameters),
    iterate: (...parameters) => statement.iterate(parameters),
    get(...parameters) {
      const row = statement.get(parameters);
      if (typeof row === 'object' && row !== null) delete (row as { _metadata?: unknown })._metadata;
      return row;
    },
  };
}

type DriverStatement = {
  run(parameters: readonly SqlValue[]): ReturnType<Statement['run']>;
  get(parameters: readonly SqlValue[]): unknown;
  all(parameters: readonly SqlValue[]): unknown[];
  iterate(parameters: readonly SqlValue[]): IterableIterator<unknown>;
};

function migrate(
  driver: { exec(sql: string): unknown; prepare(sql: string): { get(): unknown } },
  transaction: (work: () => void) => void,
  file: string,
  what: string,
  migrations: readonly string[],
): void {
  const version = () => (driver.prepare('PRAGMA user_version').get() as { user_version: number }).user_version;
  if (version() === migrations.length) return;
  if (version() > migrations.length) {
    throw new OperatorError(
      `${file} holds ${what} in version ${version()}, but this Precedent knows versions up to ${migrations.length}. ` +
        'Install the newer Precedent again, or use another DATA_DIR.',
    );
  }
  transaction(() => {
    // Read again under the lock: another process may have migrated in between.
    for (let step = version(); step < migrations.length; step++) {
      driver.exec(migrations[step] as string);
      driver.exec(`PRAGMA user_version = ${step + 1}`);
    }
  });
}

/** What the operator can do about a failure of the driver; errors that are none of its own stay as they are. */
function databaseError(error: unknown, file: string, what: string): unknown {
  const code = (error as { code?: unknown } | undefined)?.code;
  if (error instanceof OperatorError || typeof code !== 'string' || !code.startsWith('SQLITE_')) return error;
  const advice = ADVICE.find(([prefix]) => code.startsWith(prefix))?.[1];
  if (!advice) return error;
  return new OperatorError(`${file} (${what}) ${advice}.`, { cause: error });
}

const CANNOT_OPEN = 'cannot be opened. Check that the folder exists and may be written';
const ADVICE: readonly (readonly [codePrefix: string, advice: string])[] = [
  ['SQLITE_NOTADB', 'is not a readable database. Restore it from a backup, or move it away: an empty one is made then'],
  ['SQLITE_CORRUPT', 'is damaged. Restore it from a backup, or move it away: an empty one is made then'],
  ['SQLITE_FULL', 'cannot grow: the disk is full. Free some space, then try again'],
  ['SQLITE_BUSY', 'is kept locked by another program. Close what has it open for writing, then try again'],
  ['SQLITE_READONLY', 'may not be written. Check its permissions and those of its folder'],
  ['SQLITE_CANTOPEN', CANNOT_OPEN],
  ['SQLITE_IOERR', 'cannot be read or written. Check the disk: it may be full, faulty or gone'],
];
