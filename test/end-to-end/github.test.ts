import path from 'node:path';
import { expect, it } from 'vitest';
import { openSqliteStore } from '../../src/corpus/sqlite-store.ts';
import type { Answer } from '../../src/retrieval/answer.ts';
import type { FakeRepo } from '../fakes/github-repo.ts';
import { FakeGitHub } from '../fakes/github-server.ts';
import { until } from '../fakes/issues.ts';
import { aBot, closeLater, type Environment, type RunningBot, settings, startTerminal, terminal } from './world.ts';

const SPEC = 'github:example/project';
const SECRET = 'a-webhook-secret';

async function aGithub(): Promise<{ github: FakeGitHub; repo: FakeRepo; environment: Environment }> {
  const github = await FakeGitHub.start();
  closeLater(() => github.close());
  const repo = github.repo('example', 'project');
  for (const topic of ['caching', 'streaming', 'splitting']) {
    const issue = repo.createIssue({ title: `A question about ${topic}`, body: `How does ${topic} work?` });
    repo.comment(issue, { body: aText(topic), author: 'helper', association: 'MEMBER' });
  }
  return {
    github,
    repo,
    environment: await settings({ GITHUB_API_URL: github.apiUrl, GITHUB_TOKEN: github.token }),
  };
}

/** Long enough to be kept. */
function aText(topic: string): string {
  return `Here is how ${topic} works for me: set the folder first, run it once with a network, then start it again without one.`;
}

/** A bot's settings under which it takes webhooks, and where, once it has said so. */
const WITH_WEBHOOKS = { SOURCES: SPEC, GITHUB_WEBHOOK_SECRET: SECRET, PUBLIC_PORT: '0', PUBLIC_HOST: '127.0.0.1' };
const webhookUrl = (log: string) => `${/public listener.*url=(http:\S+)/.exec(log)?.[1]}webhooks/github`;

async function askUntil(bot: RunningBot, topic: string, wanted: (answer: Answer) => boolean): Promise<Answer> {
  let last: Answer | undefined;
  await until(
    async () => {
      last = await bot.ask(`How does ${topic} work for you?`);
      return wanted(last);
    },
    () => `an answer about ${topic}; the last one is ${JSON.stringify(last)} (${bot.logged.join('\n')})`,
  );
  return last as Answer;
}

const has = (topic: string) => (answer: Answer) =>
  answer.mode === 'semantic' && answer.hits.some(({ comment }) => comment.includes(topic));

it('npm run sync reads a repository, then what changed in it, and answers know it', async () => {
  const { repo, environment } = await aGithub();
  const first = await terminal('sync', [SPEC], environment);
  expect(first).toMatchObject({ code: 0 });
  expect(first.stderr).toContain('3 comments added, 0 changed, 0 removed; everything was read');
  const answer = async () =>
    JSON.parse((await terminal('ask', ['How does streaming work?', '--json'], environment)).stdout) as Answer;
  expect(await answer()).toMatchObject({
    mode: 'semantic',
    hits: expect.arrayContaining([expect.objectContaining({ comment: aText('streaming'), author: 'helper' })]),
  });

  repo.comment(1, { body: aText('archiving') });
  repo.discussions.comment(repo.discussions.create({ title: 'A talk' }), { body: aText('talking') });
  expect((await terminal('sync', ['--discussions'], environment)).stderr).toContain('2 comments added, 0 changed');
  expect((await answer()).hits).toHaveLength(5);
  expect((await terminal('sync', [], environment)).stderr).toContain('nothing changed');
  expect((await terminal('sources', [], environment)).stdout).toMatch(
    /github:example\/project: 5 comments, synced .*\n.*of 5,000 requests to GitHub left/,
  );
  // Whose comments are all those of the beginning.
  await terminal('sync', [], { ...environment, EXCLUDE_AUTHORS: 'Helper' });
  expect((await answer()).hits.map(({ comment }) => comment).sort()).toEqual([aText('archiving'), aText('talking')]);
}, 60_000);

it('a bot reads its repositories, follows them by webhook, and forgets what is deleted there', async () => {
  const { repo, environment } = await aGithub();
  const talk = repo.discussions.create({ title: 'A talk about mapping' });
  repo.discussions.answer(talk, repo.discussions.comment(talk, { body: aText('mapping') }));
  const bot = await aBot({ ...environment, ...WITH_WEBHOOKS, DISCUSSIONS: 'on', EXCLUDE_AUTHORS: 'shy' });
  const first = await askUntil(bot, 'mapping', has('mapping'));
  expect(first.hits.filter(({ accepted }) => accepted).map(({ comment }) => comment)).toEqual([aText('mapping')]);
  const hook = repo.webhooks(webhookUrl(bot.logged.join('\n')), SECRET);

  const issue = repo.createIssue({ title: 'A question about quoting' });
  const comment = repo.comment(issue, { body: aText('quoting') });
  await askUntil(bot, 'quoting', has('quoting'));
  repo.comment(issue, { body: aText('quoting in secret'), author: 'Shy' });
  repo.editComment(comment, aText('unquoting'));
  await askUntil(bot, 'unquoting', has('unquoting'));
  repo.deleteComment(comment);
  const after = await askUntil(bot, 'unquoting', (answer) => answer.mode === 'semantic' && !has('unquoting')(answer));
  expect(after.hits).toHaveLength(4);
  const reply = repo.discussions.comment(talk, { body: aText('batching') });
  await askUntil(bot, 'batching', has('batching'));
  repo.discussions.deleteComment(reply);
  await askUntil(bot, 'batching', (answer) => answer.mode === 'semantic' && !has('batching')(answer));
  repo.makePrivate();
  await askUntil(bot, 'caching', ({ hits }) => hits.length === 0);
  await hook.settled();
}, 60_000);

it('a bot that is killed while webhooks wait applies them after its next start, and further ones while its sync hangs', async () => {
  const { github, repo, environment } = await aGithub();
  await terminal('sync', [SPEC], environment);
  const store = await openSqliteStore(path.join(environment.DATA_DIR as string, 'corpus.sqlite'));
  closeLater(() => store.close());
  // While another process writes the source, nothing can be applied.
  const feed = await store.follow(SPEC);
  const killed = startTerminal(['start'], { ...environment, ...WITH_WEBHOOKS });
  await killed.says('public listener');
  const hook = repo.webhooks(webhookUrl(killed.output().stderr), SECRET);
  const [comment = 0] = repo.stored.comments.keys();
  // No list of changes tells of a deletion, and the next sweep is a day away.
  repo.deleteComment(comment);
  repo.deleteIssue(2);
  await hook.settled();
  expect(hook.deliveries.map(({ attempts }) => attempts[0]?.status)).toEqual([202, 202, 202]);
  killed.child.kill('SIGKILL');
  await killed.finished;
  await feed.release();
  expect(await store.count()).toBe(3);

  let release = () => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  github.fail({ path: '/issues', times: 1000, until: held });
  const asked = github.count('/issues');
  const bot = await aBot({ ...environment, ...WITH_WEBHOOKS });
  const answer = await askUntil(bot, 'splitting', ({ mode, hits }) => mode === 'semantic' && hits.length === 1);
  expect(answer.hits[0]?.comment).toContain('splitting');

  await until(
    () => github.count('/issues') > asked,
    () => 'the sync asks',
  );
  const [kept = 0] = repo.stored.comments.keys();
  const again = repo.webhooks(webhookUrl(bot.logged.join('\n')), SECRET);
  repo.comment(repo.createIssue({ title: 'A question about packing' }), { body: aText('packing') });
  await askUntil(bot, 'packing', has('packing'));
  repo.deleteComment(kept);
  await askUntil(bot, 'splitting', (last) => last.mode === 'semantic' && !has('splitting')(last));
  await again.settled();
  release();
}, 60_000);
