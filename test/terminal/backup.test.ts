import { execFileSync } from 'node:child_process';
import { mkdirSync, statSync } from 'node:fs';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { filesSource } from '../../src/corpus/files.ts';
import { openSqliteStore } from '../../src/corpus/sqlite-store.ts';
import { silentLogger } from '../../src/log.ts';
import { openMemory } from '../../src/memory/sqlite-memory.ts';
import { readIndex } from '../../src/retrieval/index-files.ts';
import { indexSource, updateIndex } from '../../src/retrieval/indexer.ts';
import { tar, tarHeader } from '../../src/terminal/tar.ts';
import { aFolder, type Environment, runTerminal, settings, startTerminal, terminal } from '../end-to-end/world.ts';
import { anAnswer } from '../fakes/answers.ts';
import { fakeEmbedder } from '../fakes/embedder.ts';
import { issues, writeRows } from '../fakes/issues.ts';

const folderOf = (environment: Environment) => environment.DATA_DIR as string;
const openStore = (folder: string) => openSqliteStore(path.join(folder, 'corpus.sqlite'));

/** Makes the corpus of a data folder, of so many issues with two comments each. */
async function fill(folder: string, count: number): Promise<void> {
  const file = await writeRows(path.join(folder, 'a.jsonl'), issues(count));
  const store = await openStore(folder);
  await indexSource(filesSource('a.jsonl', [file], folder), {
    store,
    recipe: 'seed',
    directory: folder,
    log: silentLogger,
    embedder: fakeEmbedder(),
  });
  await store.close();
}

async function memoryOf(folder: string) {
  return openMemory(path.join(folder, 'memory.sqlite'), {
    comments: async (keys) => keys.map(() => undefined),
    sees: async () => [],
    keepDays: 30,
    log: silentLogger,
  });
}

async function restored(file: string): Promise<string> {
  const folder = path.join(await aFolder(), 'restored');
  mkdirSync(folder);
  execFileSync('tar', ['xzf', file, '-C', folder]);
  return folder;
}

describe('npm run backup', () => {
  it('writes one archive of which sources, answers and the index come back without embedding', async () => {
    const environment = await settings();
    await fill(folderOf(environment), 20);
    const memory = await memoryOf(folderOf(environment));
    const context = { platform: 'web', server: undefined, channel: undefined, user: 'someone' };
    const { id } = await memory.answers.keep(anAnswer(), context as never);
    const file = path.join(await aFolder(), "it's.tar.gz");
    const { code, stdout, stderr } = await terminal('backup', [file], environment);
    await memory.close();
    expect(code).toBe(0);
    expect(stdout).toContain(`${file}: `);
    expect(stderr).toContain('packing: ');
    expect((await stat(file)).mode & 0o777).toBe(0o600);

    const folder = await restored(file);
    expect((await readdir(folder)).sort()).toEqual(['corpus.sqlite', 'memory.sqlite']);
    const store = await openStore(folder);
    expect(await store.sources()).toMatchObject([{ spec: 'a.jsonl', comments: 40 }]);
    const embedded: string[] = [];
    const embedder = fakeEmbedder({ beforeEmbed: (texts) => void embedded.push(...texts) });
    await updateIndex({ store, recipe: 'seed', directory: folder, log: silentLogger, embedder });
    expect(embedded).toEqual([]);
    expect((await readIndex(folder))?.rows).toHaveLength(40);
    await store.close();
    const again = await memoryOf(folder);
    expect(await again.answers.page(id as string, 0, { platform: 'terminal', kind: 'local' })).toMatchObject({ id });
    await again.close();
  });

  it('is of one moment while somebody writes', async () => {
    const environment = await settings();
    await fill(folderOf(environment), 5);
    const file = path.join(await aFolder(), 'backup.tar.gz');
    const backup = startTerminal(['backup', file], environment);
    let ended = false;
    void backup.finished.then(() => {
      ended = true;
    });
    let rounds = 0;
    while (!ended) await fill(folderOf(environment), 5 + (rounds++ % 7));
    expect(rounds).toBeGreaterThan(0);
    expect((await backup.finished).code).toBe(0);
    const store = await openStore(await restored(file));
    let comments = 0;
    for await (const page of store.scan()) comments += page.length;
    expect(comments).toBeGreaterThanOrEqual(10);
    expect(await store.count()).toBe(comments);
    await store.close();
  });

  it('replaces a file only when it is told to', async () => {
    const environment = await settings();
    await fill(folderOf(environment), 2);
    const folder = await aFolder();
    const file = path.join(folder, 'backup.tar.gz');
    await writeFile(file, 'precious');
    await expect(terminal('backup', [file], environment)).rejects.toThrow(
      `${file} is there already. Choose another name, or add --force.`,
    );
    expect(await readFile(file, 'utf8')).toBe('precious');
    await terminal('backup', [file, '--force'], environment);
    expect(await readdir(await restored(file))).toEqual(['corpus.sqlite']);
    expect(await readdir(folder)).toEqual(['backup.tar.gz']);
  });

  it('says what is wrong, and leaves nothing behind', async () => {
    const environment = await settings();
    const folder = await aFolder();
    const { code, stderr } = await runTerminal(['backup', path.join(folder, 'b.tar.gz')], environment);
    expect(code).toBe(1);
    expect(stderr).toContain(`Nothing is indexed in ${folderOf(environment)}: check DATA_DIR`);
    expect(await readdir(folderOf(environment))).toEqual([]);
    await (await openStore(folderOf(environment))).close();
    await expect(terminal('backup', [path.join(folder, 'b')], environment)).rejects.toThrow('Nothing is indexed in ');
    await expect(terminal('backup', [], environment)).rejects.toThrow('Expected one file to write');
    await expect(terminal('backup', [folder], environment)).rejects.toThrow('is a folder');
    await fill(folderOf(environment), 2);
    await expect(terminal('backup', [path.join(folder, 'nowhere/b')], environment)).rejects.toThrow(
      'cannot be written. Check that its folder exists and may be written.',
    );
    await writeFile(path.join(folderOf(environment), 'memory.sqlite'), 'no database '.repeat(100));
    await expect(terminal('backup', [path.join(folder, 'b')], environment)).rejects.toThrow(/cannot be copied/);
    expect(await readdir(folder)).toEqual([]);
  });
});

describe('a tar archive', () => {
  it('of files of any length is unpacked by the system’s tar', async () => {
    const folder = await aFolder();
    const contents = [0, 1, 511, 512, 513, 70_000].map((size) => Buffer.alloc(size, `${size}.`));
    const entries = contents.map((content) => ({
      name: `file-${content.length}`,
      size: content.length,
      modifiedAt: new Date('2024-05-06T07:08:09Z'),
      content: async function* () {
        yield content;
      },
    }));
    const chunks: Uint8Array[] = [];
    for await (const chunk of tar(entries)) chunks.push(chunk);
    execFileSync('tar', ['xf', '-', '-C', folder], { input: Buffer.concat(chunks) });
    for (const { name, size, modifiedAt } of entries) {
      expect(await readFile(path.join(folder, name))).toEqual(contents.find((content) => content.length === size));
      expect(statSync(path.join(folder, name)).mtime).toEqual(modifiedAt);
    }
  });

  it('tells sizes of 8 GiB and more', async () => {
    const size = 9_876_543_210;
    const header = tarHeader({ name: 'large', size, modifiedAt: new Date() });
    // The content is missing, so tar complains after it has listed the file.
    const listed = execFileSync('sh', ['-c', 'tar tvf - || true'], { input: header, stdio: 'pipe' });
    expect(String(listed)).toMatch(new RegExp(`${size} .*large`));
  });
});
