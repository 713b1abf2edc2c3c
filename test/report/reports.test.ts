import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { silentLogger as log } from '../../src/log.ts';
import { openMemory } from '../../src/memory/sqlite-memory.ts';
import { reportChannels } from '../../src/report/help-report.ts';
import { openReports } from '../../src/report/reports.ts';

async function someReports() {
  const file = path.join(await mkdtemp(path.join(tmpdir(), 'reports-')), 'memory.sqlite');
  const reports = openReports(file);
  onTestFinished(reports.close);
  return { file, reports };
}

it('Reports come from a thread of their own as they would be counted here, with what was written a moment ago', async () => {
  const { file, reports } = await someReports();
  const memory = await openMemory(file, { comments: async () => [], sees: async () => [], keepDays: 30, log });
  onTestFinished(() => memory.close());
  const { helpOutcomes } = memory;
  const spot = { platform: 'discord', server: 'S', channel: 'C' } as const;
  const shown = { mode: 'shadow', version: '1', asker: 'discord:1', issues: [], link: '' } as const;
  for (const decision of ['spoke', 'weak', 'failed'] as const) {
    const vector = Float32Array.of(1, 0.5);
    helpOutcomes.add({ ...shown, decision, message: { ...spot, message: decision }, vector, model: 'm' });
  }
  helpOutcomes.add({ ...shown, decision: 'spoke', message: { ...spot, channel: 'other', message: '4' } });
  const [here] = await reports.of(spot);
  expect([here]).toEqual(reportChannels(helpOutcomes, spot));
  expect(here).toMatchObject({ versions: [{ totals: { unknown: 1, weak: 1, missed: 1 } }], trouble: [[{}, {}]] });
  helpOutcomes.assess(here?.unjudged[0]?.id as number, 'right');
  expect(await reports.of()).toMatchObject([
    { channel: 'C', versions: [{ totals: { right: 1, unknown: 0 } }], unjudged: [] },
    { channel: 'other', versions: [{ totals: { unknown: 1 } }] },
  ]);
});

it('A memory that cannot be read is told of as what it is, and read again once it can be', async () => {
  const { file, reports } = await someReports();
  await writeFile(file, 'no database at all, and long enough to be looked at as one');
  await expect(reports.of()).rejects.toThrow(/memory\.sqlite \(the memory of answers\) is not a readable database/);
  await rm(file);
  expect(await reports.of()).toEqual([]);
});
