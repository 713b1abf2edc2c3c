import { copyFile, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { openDatabase } from '../src/sqlite.ts';

const newFile = async () => path.join(await mkdtemp(path.join(tmpdir(), 'sqlite-')), 'test.sqlite');
const first = 'CREATE TABLE names (name TEXT NOT NULL)';
const second = 'ALTER TABLE names ADD COLUMN age INTEGER';

describe('a database file', () => {
  it('is migrated when an older version wrote it, rows and all', async () => {
    const file = await newFile();
    const old = await openDatabase(file, { what: 'names', migrations: [first] });
    old.prepare('INSERT INTO names (name) VALUES (?)').run('kept');
    old.close();
    const db = await openDatabase(file, { what: 'names', migrations: [first, second] });
    expect(db.prepare('SELECT name, age FROM names').all()).toEqual([{ name: 'kept', age: null }]);
    db.close();
  });

  it('is refused when a newer version wrote it, and stays as it is', async () => {
    const file = await newFile();
    (await openDatabase(file, { what: 'names', migrations: [first, second] })).close();
    await expect(openDatabase(file, { what: 'names', migrations: [first] })).rejects.toThrow(
      'holds names in version 2, but this Precedent knows versions up to 1. Install the newer Precedent again',
    );
    (await openDatabase(file, { what: 'names', migrations: [first, second] })).close();
  });

  it('takes back everything of a transaction that fails', async () => {
    const db = await openDatabase(await newFile(), { what: 'names', migrations: [first] });
    expect(() =>
      db.transaction(() => {
        db.exec("INSERT INTO names VALUES ('gone')");
        throw new Error('half-way');
      }),
    ).toThrow('half-way');
    expect(db.prepare('SELECT count(*) AS n FROM names').get()).toEqual({ n: 0 });
    db.close();
  });

  it('is whole in its file once it is closed', async () => {
    const file = await newFile();
    const db = await openDatabase(file, { what: 'names', migrations: [first] });
    db.prepare('INSERT INTO names VALUES (?)').run('kept');
    db.close();
    const copy = await newFile();
    await copyFile(file, copy);
    const copied = await openDatabase(copy, { what: 'names', migrations: [first] });
    expect(copied.prepare('SELECT name FROM names').all()).toEqual([{ name: 'kept' }]);
    copied.close();
  });

  it('keeps bytes as they are, also as the only parameter', async () => {
    const db = await openDatabase(await newFile(), { what: 'bytes', migrations: ['CREATE TABLE bytes (value BLOB)'] });
    db.prepare('INSERT INTO bytes VALUES (?)').run(new Uint8Array([1, 2, 255]));
    const row = db.prepare('SELECT value FROM bytes').get() as { value: Uint8Array };
    expect([...row.value]).toEqual([1, 2, 255]);
    db.close();
  });

  it('is refused with advice when it is no database', async () => {
    const file = await newFile();
    await writeFile(file, 'this is not a database, it only looks like a file of some length'.repeat(40));
    await expect(openDatabase(file, { what: 'names', migrations: [first] })).rejects.toThrow(
      'is not a readable database',
    );
  });

  it('says so when the disk is full, and goes on when there is space again', async () => {
    const db = await openDatabase(await newFile(), { what: 'bytes', migrations: ['CREATE TABLE bytes (value BLOB)'] });
    const insert = db.prepare('INSERT INTO bytes VALUES (?)');
    db.exec('PRAGMA max_page_count = 8');
    expect(() => insert.run(new Uint8Array(100_000))).toThrow('(bytes) cannot grow: the disk is full. Free some space');
    db.exec('PRAGMA max_page_count = 1000');
    expect(insert.run(new Uint8Array(100_000)).changes).toBe(1);
    db.close();
  });

  it('says so when another program keeps it locked', async () => {
    const file = await newFile();
    const holder = await openDatabase(file, { what: 'names', migrations: [first] });
    const waiter = await openDatabase(file, { what: 'names', migrations: [first], busyTimeoutMs: 20 });
    holder.exec('BEGIN IMMEDIATE');
    expect(() => waiter.transaction(() => {})).toThrow('(names) is kept locked by another program');
    holder.exec('ROLLBACK');
    waiter.transaction(() => waiter.exec("INSERT INTO names VALUES ('now')"));
    holder.close();
    waiter.close();
  });

  it('says so when its folder is missing', async () => {
    await expect(openDatabase('/nowhere/at/all.sqlite', { what: 'names', migrations: [first] })).rejects.toThrow(
      'cannot be opened. Check that the folder exists',
    );
  });
});
