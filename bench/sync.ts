// Syncs a made-up repository from a local GitHub that keeps the real one's limits, without embedding:
//   npx tsx bench/sync.ts [--issues 30000] [--comments 150000] [--discussions 5000]
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
import type { FakeRepo } from '../test/fakes/github-repo.ts';
import { FakeGitHub } from '../test/fakes/github-server.ts';
import { type Row, report, round, timeOnce } from './harness.ts';

type Synced = { readonly rows: number; readonly milliseconds: number; readonly peakMb: number };

const SPEC = 'github:example/project';
const COMMENTS_OF_EACH = 3;
const WORDS = 'a word that counts for itself '.repeat(4);
const { values } = parseArgs({
  options: {
    issues: { type: 'string', default: '30000' },
    comments: { type: 'string', default: '150000' },
    discussions: { type: 'string', default: '5000' },
    /** The API to sync from, in the process whose memory is measured. */
    api: { type: 'string' },
    token: { type: 'string', default: '' },
  },
});

if (values.api) await follow(values.api, values.token);
else await measure(Number(values.issues), Number(values.comments), Number(values.discussions));

async function measure(issues: number, comments: number, discussions: number): Promise<void> {
  const github = await FakeGitHub.start();
  const repo = github.repo('example', 'project');
  fillRepo(repo, { issues, comments, pullsOfTen: 0 });
  fillDiscussions(repo, discussions);
  const self = fileURLToPath(import.meta.url);
  const child = fork(self, ['--api', github.apiUrl, '--token', github.token], { execArgv: process.execArgv });
  try {
    const rows: Row[] = [];
    const points = () => github.limits.budget(github.token, 'graphql').used;
    const run = async (what: string) => {
      const before = { requests: github.requests.length, queries: github.count('/graphql'), points: points() };
      const { rows: found, milliseconds, peakMb } = await synced(child);
      const queries = github.count('/graphql') - before.queries;
      const read = what === 'first sync' ? issues + comments + (1 + COMMENTS_OF_EACH) * discussions : 0;
      rows.push({
        what,
        requests: github.requests.length - before.requests - queries,
        'queries (GraphQL)': queries,
        'points of GraphQL': points() - before.points,
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
      repo.comment(issue, { body: `Comment ${at}: ${WORDS}` });
    }
    await run('50 new comments');
    if (github.violations.length > 0) throw new Error(github.violations.join('\n'));
    report('sync', rows);
  } finally {
    child.disconnect();
    await github.close();
  }
}

/** Each with an accepted answer. */
function fillDiscussions({ discussions }: FakeRepo, count: number): void {
  for (let at = 0; at < count; at++) {
    const createdAt = new Date(Date.parse('2022-01-01T00:00:00Z') + at * 1000);
    const number = discussions.create({ title: `Discussion ${at}`, body: WORDS, createdAt });
    const comments = Array.from({ length: COMMENTS_OF_EACH }, (_, comment) =>
      discussions.comment(number, { body: `${at} ${comment}: ${WORDS}`, createdAt }),
    );
    discussions.answer(number, comments[0] ?? 0);
    // Not all of them now, as this was written.
    discussions.get(number).updatedAt = createdAt.getTime() / 1000;
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
    rules: { dropBots: false, discussions: true, sweepEveryMs: 24 * 3_600_000, syncEveryMs: 300_000 },
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
