import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { sourcesCheck } from '../../src/terminal/sources-check.ts';
import { temporaryFolder } from '../fakes/issues.ts';

let folder: string;

beforeEach(async () => {
  folder = await temporaryFolder();
});
afterEach(() => rm(folder, { recursive: true }));

const look = (...sources: string[]) => sourcesCheck(sources).run(new AbortController().signal);

it('doctor finds files among the sources that are missing, empty or no files', async () => {
  const file = (name: string) => path.join(folder, name);
  await writeFile(file('good.jsonl'), '{}\n');
  await writeFile(file('empty.jsonl'), '');
  await mkdir(file('folder.jsonl'));
  const found = await look(`${file('good.jsonl')}+${file('missing.jsonl')}`, file('empty.jsonl'), file('folder.jsonl'));
  expect(found.map(({ level, message }) => `${level}: ${message.replaceAll(folder, '')}`)).toEqual([
    'ok: /good.jsonl is there',
    'fault: /missing.jsonl is not there',
    'fault: /empty.jsonl is empty',
    'fault: /folder.jsonl is no file',
  ]);
});

it('doctor looks at no source that is fetched', async () => {
  expect(await look('hub:example/issues', 'github:example/project')).toEqual([]);
});
