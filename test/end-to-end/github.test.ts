import { expect, it } from 'vitest';
import type { Answer } from '../../src/retrieval/answer.ts';
import type { FakeRepo } from '../fakes/github-repo.ts';
import { FakeGitHub } from '../fakes/github-server.ts';
import { until } from '../fakes/issues.ts';
import { aBot, closeLater, type Environment, type RunningBot, settings, terminal } from './world.ts';

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
  expect((await terminal('sync', [], environment)).stderr).toContain('1 comment added, 0 changed');
  expect((await answer()).hits).toHaveLength(4);
  expect((await terminal('sync', [], environment)).stderr).toContain('nothing changed');
  expect((await terminal('sources', [], environment)).stdout).toMatch(
    /github:example\/project: 4 comments, synced .*\n.*of 5,000 requests to GitHub left/,
  );
});

it('a bot reads its repositories, follows them by webhook, and forgets what is deleted there', async () => {
  const { repo, environment } = await aGithub();
  const bot = await aBot({
    ...environment,
    SOURCES: SPEC,
    GITHUB_WEBHOOK_SECRET: SECRET,
    PUBLIC_PORT: '0',
    PUBLIC_HOST: '127.0.0.1',
  });
  await askUntil(bot, 'caching', has('caching'));
  const url = /url=(http:\S+)/.exec(bot.logged.find((line) => line.includes('public listener')) ?? '')?.[1];
  const hook = repo.webhooks(`${url}webhooks/github`, SECRET);

  const issue = repo.createIssue({ title: 'A question about quoting' });
  const comment = repo.comment(issue, { body: aText('quoting') });
  await askUntil(bot, 'quoting', has('quoting'));
  repo.editComment(comment, aText('unquoting'));
  await askUntil(bot, 'unquoting', has('unquoting'));
  repo.deleteComment(comment);
  const after = await askUntil(bot, 'unquoting', (answer) => answer.mode === 'semantic' && !has('unquoting')(answer));
  expect(after.hits).toHaveLength(3);
  repo.makePrivate();
  await askUntil(bot, 'caching', ({ hits }) => hits.length === 0);
  await hook.settled();
});
