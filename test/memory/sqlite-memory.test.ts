import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { silentLogger } from '../../src/log.ts';
import { openMemory } from '../../src/memory/sqlite-memory.ts';
import { MIGRATIONS } from '../../src/memory/sqlite-migrations.ts';
import { openDatabase } from '../../src/sqlite.ts';

const opened: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const memory of opened.splice(0)) await memory.close();
});

const newFile = async () => path.join(await mkdtemp(path.join(tmpdir(), 'memory-')), 'memory.sqlite');

async function open(file: string) {
  const memory = await openMemory(file, {
    keepDays: 30,
    log: silentLogger,
    comments: async () => [],
    sees: async () => [],
  });
  opened.push(memory);
  return memory;
}

describe('the memory', () => {
  it('opens a file of the first version, and knows its answers', async () => {
    const file = await newFile();
    const first = await openDatabase(file, { what: 'the first version', migrations: MIGRATIONS.slice(0, 1) });
    first
      .prepare(
        `INSERT INTO answers (id, created_at, platform, server, channel, asker_hash, question_hash, mode, metric,
           took_ms, ranking) VALUES ('old', ?, 'slack', 'T1', 'C1', 'a', 'q', 'semantic', 'ip', 1, '[]')`,
      )
      .run(Date.now());
    first.close();
    const { answers } = await open(file);
    expect(await answers.page('old', 0, { platform: 'slack', kind: 'outside' })).toMatchObject({
      mode: 'semantic',
      notes: [],
      hits: [],
      more: false,
    });
  });

  it('keeps the questions of help channels with their vectors, which once stood beside them', async () => {
    const file = await newFile();
    const apart = MIGRATIONS.findIndex((step) => step.includes('CREATE TABLE help_vectors'));
    const before = await openDatabase(file, { what: 'an earlier version', migrations: MIGRATIONS.slice(0, apart) });
    before
      .prepare(
        `INSERT INTO help_outcomes (platform, server, channel, thread, message, mode, version, decision, asker_hash,
           issues, decided_at, model, vector) VALUES ('slack', 'T1', 'C1', '', '1.0', 'auto', '1', 'weak', 'a', '[]', ?, 'm', ?)`,
      )
      .run(Date.now(), new Uint8Array(Float32Array.of(0.5, 2).buffer));
    before.close();
    const { helpOutcomes } = await open(file);
    const [outcome] = helpOutcomes.list({ channel: 'C1' });
    expect(outcome).toMatchObject({ decision: 'weak', link: '', links: [], judged: undefined });
    expect(helpOutcomes.vectorOf(outcome?.id ?? 0)).toEqual({ model: 'm', vector: Float32Array.of(0.5, 2) });
  });

  it('refuses a file that a newer version wrote, and says what to do', async () => {
    const file = await newFile();
    const migrations = [...MIGRATIONS, 'CREATE TABLE later (id TEXT)'];
    (await openDatabase(file, { what: 'a later version', migrations })).close();
    await expect(open(file)).rejects.toThrow('Install the newer Precedent again');
  });
});
