import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { spellingCheck } from '../../src/doctor/spelling-check.ts';
import { settingNames } from '../../src/setting-names.ts';

async function findingsFor(lines: string) {
  const folder = await mkdtemp(path.join(tmpdir(), 'spelling-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const file = path.join(folder, '.env');
  await writeFile(file, lines);
  const findings = await spellingCheck(file, settingNames()).run(new AbortController().signal);
  return findings.map(({ level, message, mend }) => `${level}: ${message.replace(file, '.env')} → ${mend}`);
}

it.each([
  ['DISCORD_TOKN', 'DISCORD_TOKEN'],
  ['DISCORD_TOKNE', 'DISCORD_TOKEN'],
  ['DISCORD_BOT_TOKEN', 'DISCORD_TOKEN'],
  ['SOURCE', 'SOURCES'],
  ['model', 'MODEL'],
  ['EXCLUDED_AUTHORS', 'EXCLUDE_AUTHORS'],
])('%s in .env is taken for %s', async (name, meant) => {
  expect(await findingsFor(`${name}=a-value\n`)).toEqual([
    `warning: ${name} in .env is no setting → Did you mean ${meant}?`,
  ]);
});

it('settings, and names of other programs, are let be', async () => {
  expect(await findingsFor('MODEL=box\nexport PORT=3100\nHTTPS_PROXY=x\nGH_TOKEN=x\nNODE_ENV=x\nTZ=UTC\n')).toEqual([]);
});
