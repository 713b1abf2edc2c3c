import { createHmac } from 'node:crypto';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { startGitHub } from './github-calls.ts';
import { hasSchemas, payloadProblem } from './github-schemas.ts';

const SECRET = 'a-webhook-secret';
const open: (() => void)[] = [];

afterEach(() => {
  for (const close of open.splice(0)) close();
});

/** Somebody who listens, and answers with a status, or never. */
async function listener(answer: number | 'never' = 202) {
  const received: { headers: IncomingHttpHeaders; body: string }[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    received.push({ headers: request.headers, body: Buffer.concat(chunks).toString() });
    if (answer !== 'never') response.writeHead(answer).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  open.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/webhooks/github`, received };
}

describe('a webhook of the local GitHub', () => {
  it('is pinged first, signs every delivery and names its event', async () => {
    const github = await startGitHub();
    const repo = github.repo('acme', 'widgets');
    const { url, received } = await listener();
    const hook = repo.webhooks(url, SECRET);
    const number = repo.createIssue({ title: 'A question', author: 'bob' });
    await hook.settled();
    expect(received.map(({ headers }) => headers['x-github-event'])).toEqual(['ping', 'issues']);
    for (const { headers, body } of received) {
      const digest = createHmac('sha256', SECRET).update(body).digest('hex');
      expect(headers['x-hub-signature-256']).toBe(`sha256=${digest}`);
      expect(headers['x-github-delivery']).toMatch(/^[0-9a-f-]{36}$/);
    }
    expect(JSON.parse(received[1]?.body as string)).toMatchObject({
      action: 'opened',
      issue: { number, title: 'A question' },
      repository: { full_name: 'acme/widgets' },
      sender: { login: 'bob' },
    });
  });

  it('is told every kind of change in the shape of the real ones', async () => {
    const github = await startGitHub();
    const [repo, other] = [github.repo('acme', 'widgets'), github.repo('acme', 'gadgets')];
    const { url } = await listener();
    const hook = repo.webhooks(url, SECRET);
    const [first, second] = [repo.createIssue({ title: 'One' }), repo.createIssue({ title: 'Two', author: null })];
    const comment = repo.comment(first, { body: 'Try this', author: 'ci', bot: true });
    repo.editIssue(first, { title: 'Uno', body: 'Changed' });
    repo.editComment(comment, 'Try that');
    repo.label(first, ['bug']);
    repo.close(first, 'not_planned');
    repo.reopen(first);
    repo.lock(first);
    repo.deleteComment(comment);
    repo.transferTo(other, first);
    repo.deleteIssue(second);
    const talk = repo.discussions.create({ title: 'A talk' });
    const said = repo.discussions.comment(talk, { body: 'Yes' });
    repo.discussions.comment(talk, { body: 'Thanks', replyTo: said });
    repo.discussions.answer(talk, said);
    repo.discussions.unanswer(talk);
    repo.discussions.edit(talk, { title: 'The talk' });
    repo.discussions.editComment(said, 'Yes!');
    repo.discussions.deleteComment(said);
    repo.discussions.delete(talk);
    repo.rename('things');
    repo.moveTo('umbrella');
    repo.makePrivate();
    repo.makePublic();
    repo.delete();
    await hook.settled();
    expect(hook.deliveries.map(({ event, action }) => `${event} ${action ?? ''}`.trim())).toEqual([
      ...['ping', 'issues opened', 'issues opened', 'issue_comment created', 'issues edited', 'issue_comment edited'],
      ...['issues labeled', 'issues closed', 'issues reopened', 'issues locked', 'issue_comment deleted'],
      ...['issues transferred', 'issues deleted', 'discussion created', 'discussion_comment created'],
      ...['discussion_comment created', 'discussion answered', 'discussion unanswered', 'discussion edited'],
      ...['discussion_comment edited', 'discussion_comment deleted', 'discussion deleted', 'repository renamed'],
      ...['repository transferred', 'repository privatized', 'repository publicized'],
    ]);
    expect(hook.deliveries.every(({ attempts }) => attempts.length === 1 && attempts[0]?.status === 202)).toBe(true);
    const moved = JSON.parse(hook.deliveries.find(({ action }) => action === 'transferred')?.body as string);
    expect(moved.changes).toMatchObject({ new_issue: { number: 1 }, new_repository: { full_name: 'acme/gadgets' } });
  });

  it('is not told of hidden comments, reactions, and issues that are pull requests; comments on them it is', async () => {
    const github = await startGitHub();
    const repo = github.repo('acme', 'widgets');
    const { url } = await listener();
    const hook = repo.webhooks(url, SECRET);
    const pull = repo.createIssue({ title: 'A change', pull: true });
    const comment = repo.comment(pull, { body: 'Nice' });
    repo.minimize(comment);
    repo.react({ comment }, 'heart');
    repo.close(pull);
    await hook.settled();
    expect(hook.deliveries.map(({ event }) => event)).toEqual(['ping', 'issue_comment']);
  });

  it('of an App hears of a deleted repository and of one that was taken from it, with its installation', async () => {
    const github = await startGitHub();
    const [repo, other] = [github.repo('acme', 'widgets'), github.repo('acme', 'gadgets')];
    const app = github.addApp();
    const id = github.install(app, 'acme');
    const { url } = await listener();
    const hook = github.appWebhooks(app, id, url, SECRET);
    repo.delete();
    github.uninstallFrom(app, id, other);
    other.createIssue({ title: 'Not for the App' });
    await hook.settled();
    const bodies = hook.deliveries.map(({ body }) => JSON.parse(body));
    expect(hook.deliveries.map(({ event, action }) => `${event} ${action}`)).toEqual([
      'repository deleted',
      'installation_repositories removed',
    ]);
    expect(bodies[0].installation.id).toBe(id);
    expect(bodies[1].repositories_removed).toMatchObject([{ full_name: 'acme/gadgets' }]);
  });

  it('notes what was answered, waits no longer than it may, repeats nothing until it is told to', async () => {
    const github = await startGitHub({ webhookTimeoutMs: 500 });
    const repo = github.repo('acme', 'widgets');
    const [failing, silent] = [await listener(500), await listener('never')];
    const [hook, unheard] = [repo.webhooks(failing.url, SECRET), repo.webhooks(silent.url, SECRET)];
    hook.lose();
    repo.createIssue({ title: 'Lost' });
    repo.createIssue({ title: 'Failed' });
    await Promise.all([hook.settled(), unheard.settled()]);
    const [ping, lost, failed] = hook.deliveries;
    expect([ping, lost, failed].map((one) => one?.attempts.map(({ status }) => status))).toEqual([[500], [], [500]]);
    expect(unheard.deliveries[0]?.attempts[0]).toMatchObject({ status: undefined, error: expect.any(String) });
    await hook.redeliver(lost as NonNullable<typeof lost>);
    await hook.redeliver(failed as NonNullable<typeof failed>);
    const ids = failing.received.map(({ headers }) => headers['x-github-delivery']);
    expect(ids).toEqual([ping?.id, failed?.id, lost?.id, failed?.id]);
    await hook.forge('issues', { action: 'deleted' }, 'a wrong secret');
    await hook.forge('issues', { action: 'deleted' }, undefined);
    expect(failing.received.at(-1)?.headers['x-hub-signature-256']).toBeUndefined();
  });
});

describe.skipIf(!hasSchemas())("GitHub's own schemas of webhooks (skipped where they are missing)", () => {
  it('refuse a payload with a field missing or made up, and an event that there is not', async () => {
    const github = await startGitHub();
    const repo = github.repo('acme', 'widgets');
    const hook = repo.webhooks((await listener()).url, SECRET);
    repo.createIssue({ title: 'One' });
    await hook.settled();
    const payload = JSON.parse(hook.deliveries[1]?.body as string);
    expect(payloadProblem('issues', 'opened', payload)).toBeUndefined();
    expect(payloadProblem('issues', 'opened', { ...payload, sender: undefined })).toContain('sender');
    expect(payloadProblem('issues', 'opened', { ...payload, extra: 1 })).toContain('additional properties');
    expect(payloadProblem('issues', 'closed', { ...payload, action: 'closed' })).toContain('state');
    expect(payloadProblem('issues', 'minimized', payload)).toContain('no webhook issues$minimized');
  });
});
