import { readdir, truncate } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { CheckResult } from '../../src/doctor/doctor.ts';
import { closeLater, isPrivate, settings, terminal } from '../end-to-end/world.ts';
import { startHubServer } from '../fakes/hub-server.ts';
import { issues, writeRows } from '../fakes/issues.ts';

/** A folder with an index, and a Hub that can be reached. */
async function healthy() {
  const hub = await startHubServer();
  closeLater(() => hub.close());
  const environment = await settings({ HF_ENDPOINT: hub.url, GITHUB_API_URL: hub.url, LOG_LEVEL: 'info' });
  const file = await writeRows(path.join(environment.DATA_DIR as string, 'own.jsonl'), issues(3));
  await terminal('index', ['--from', file], environment);
  return { environment, hub };
}

async function findingsOf(environment: Awaited<ReturnType<typeof settings>>) {
  const { code, stdout } = await terminal('doctor', ['--json'], environment);
  const { ok, checks } = JSON.parse(stdout) as { ok: boolean; checks: CheckResult[] };
  const faults = checks.flatMap(({ name, findings }) =>
    findings.filter(({ level }) => level !== 'ok').map(({ message, mend }) => `${name}: ${message} -> ${mend}`),
  );
  return { code, ok, faults };
}

describe('npm run doctor', () => {
  it('finds nothing where all is well, and ends with 0', async () => {
    const { environment } = await healthy();
    const { code, stdout } = await terminal('doctor', [], environment);
    expect(stdout).toMatch(/^ok {7}Index: 6 comments, mpnet-tiny, made [\d-]+$/m);
    expect(stdout).toMatch(/\n0 faults, 0 warnings, \d+ ok\n$/);
    expect(code).toBe(0);
  });

  it('names every fault with what mends it, and ends with 1', async () => {
    const { environment, hub } = await healthy();
    const folder = environment.DATA_DIR as string;
    const vectors = (await readdir(folder)).find((name) => name.endsWith('.faiss')) ?? '';
    await truncate(path.join(folder, vectors), 90);
    await hub.close();
    const { code, ok, faults } = await findingsOf(environment);
    expect({ code, ok }).toEqual({ code: 1, ok: false });
    expect(faults).toEqual([
      expect.stringMatching(/^Index: .*\.faiss is damaged: .* -> Run `npm run index` to build it anew/),
      expect.stringMatching(/^Hugging Face Hub address: /),
    ]);
  });

  it('looks at what it can where the settings are wrong, and shows no secret', async () => {
    const { environment } = await healthy();
    const secret = isPrivate('xoxp-not-a-bot-token');
    const { code, faults } = await findingsOf({ ...environment, PORT: 'eighty', SLACK_BOT_TOKEN: secret });
    expect(code).toBe(1);
    expect(faults.join('\n')).toMatch(/PORT is "eighty"/);
    expect(faults.join('\n')).toMatch(/SLACK_BOT_TOKEN is not a bot token/);
    expect(faults.join('\n')).not.toContain(secret);
  });
});
