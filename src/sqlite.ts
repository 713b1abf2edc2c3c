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
  const { default: Driver } = await import('libsql').catch((cause: unknown) => {
    throw new OperatorError(
      'The database driver (libsql) does not load. Run `npm test` or `npm start` once to install it.',
      { cause },
    );
  });
  let db: InstanceType<typeof Driver> | undefined;
  try {
    db = new Driver(file);
    const driver = db;
    driver.exec(`PRAGMA busy_timeout = ${busyTimeoutMs}`);
    driver.exec('PRAGMA journal_mode = WAL');
    driver.exec('PRAGMA synchronous = NORMAL');
    driver.exec('PRAGMA foreign_keys = ON');
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
    return {
      exec: (sql) => void driver.exec(sql),
      prepare: (sql) => withArrays(driver.prepare(sql) as unknown as DriverStatement),
      transaction,
      close: () => void driver.close(),
    };
  } catch (error) {
    db?.close();
    throw openError(error, file, what);
  }
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

function openError(error: unknown, file: string, what: string): Error {
  if (error instanceof OperatorError) return error;
  const code = (error as { code?: string }).code ?? '';
  const advice =
    code.startsWith('SQLITE_NOTADB') || code.startsWith('SQLITE_CORRUPT')
      ? `is not a readable database. Restore it from a backup, or move it away and index again`
      : code.startsWith('SQLITE_FULL')
        ? 'cannot grow: the disk is full. Free some space and start again'
        : 'cannot be opened. Check that the folder exists and may be written';
  return new OperatorError(`${file} (${what}) ${advice}.`, { cause: error });
}
