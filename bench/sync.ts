// Syncs a made-up repository from a local GitHub that keeps the real one's limits, without embedding:
//   npx tsx bench/sync.ts [--issues 30000] [--comments 150000]
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { createFollower } from '../src/corpus/follower.ts';
import { openSqliteStore } from '../src/corpus/sqlite-store.ts';
import { createGithub } from '../src/github/client.ts';
import { silentLogger as log } from '../src/log.ts';
import { fillRepo } from '../test/fakes/github-bulk.ts';
import { FakeGitHub } from '../test/fakes/github-server.ts';
import { type Row, report, round, timeOnce } from './harness.ts';

type Synced = { readonly rows: number; readonly milliseconds: number; readonly peakMb: number };

const SPEC = 'github:example/project';
const { values } = parseArgs({
  options: {
    issues: { type: 'string', default: '30000' },
    comments: { type: 'string', default: '150000' },
    /** The API to sync from, in the process whose memory is measured. */
    api: { type: 'string' },
    token: { type: 'string', default: '' },
  },
});

if (values.api) await follow(values.api, values.token);
else await measure(Number(values.issues), Number(values.comments));

async function measure(issues: number, comments: number): Promise<void> {
  const github = await FakeGitHub.start();
  const repo = github.repo('example', 'project');
  fillRepo(repo, { issues, comments, pullsOfTen: 0 });
  const self = fileURLToPath(import.meta.url);
  const child = fork(self, ['--api', github.apiUrl, '--token', github.token], { execArgv: process.execArgv });
  try {
    const rows: Row[] = [];
    const run = async (what: string) => {
      const before = github.requests.length;
      const { rows: found, milliseconds, peakMb } = await synced(child);
      const requests = github.requests.length - before;
      const read = what === 'first sync' ? issues + comments : 0;
      rows.push({
        what,
        requests,
        'refused for limits': github.limits.spent + github.limits.secondary,
        seconds: round(milliseconds / 1000, 1),
        'rows/s': read === 0 ? '' : round((1000 * read) / milliseconds, 0),
        comments: found,
        'peak RSS MB': peakMb,
      });
    };
    await run('first sync');
    await run('nothing changed');
    const issue = repo.createIssue({ title: 'A new one' });
    for (let at = 0; at < 50; at++) {
      repo.comment(issue, { body: `Comment ${at}: ${'a word that counts for itself '.repeat(4)}` });
    }
    await run('50 new comments');
    if (github.violations.length > 0) throw new Error(github.violations.join('\n'));
    report('sync', rows);
  } finally {
    child.disconnect();
    await github.close();
  }
}

async function synced(child: ChildProcess): Promise<Synced> {
  child.send('sync');
  const died = once(child, 'exit').then(([code]) => Promise.reject(new Error(`The sync ended with ${code}.`)));
  const [figures] = (await Promise.race([once(child, 'message'), died])) as [Synced];
  died.catch(() => {});
  return figures;
}

async function follow(apiUrl: string, token: string): Promise<void> {
  const folder = await mkdtemp(path.join(tmpdir(), 'precedent-sync-'));
  const store = await openSqliteStore(path.join(folder, 'corpus.sqlite'));
  const follower = createFollower({
    store,
    github: createGithub({ apiUrl, token, log }),
    rules: { dropBots: false, sweepEveryMs: 24 * 3_600_000, syncEveryMs: 300_000 },
    log,
  });
  process.on('message', async () => {
    const [, milliseconds] = await timeOnce(() => follower.sync(SPEC));
    const peakMb = round(process.resourceUsage().maxRSS / 1000, 0);
    process.send?.({ rows: await store.count(), milliseconds, peakMb } satisfies Synced);
  });
  await once(process, 'disconnect');
  await store.close();
  await rm(folder, { recursive: true, force: true });
}
