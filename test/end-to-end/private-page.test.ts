import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { AnswerJson } from '../../src/retrieval/answer-json.ts';
import { issues, until, writeRows } from '../fakes/issues.ts';
import { aBot, aFolder, type Environment, isPrivate, settings, terminal } from './world.ts';

const TOKEN = 'a-token-of-the-page';

/** A public file of four issues, and a private one of three. */
async function twoSources(): Promise<Environment> {
  const folder = await aFolder();
  const [open, secret] = ['open.jsonl', 'secret.jsonl'].map((name) => path.join(folder, name)) as [string, string];
  await writeRows(open, issues(4, { topic: 'gardens' }));
  await writeRows(secret, issues(3, { topic: 'secret' }));
  return settings({ DATA_DIR: folder, SOURCES: `${open},${secret}`, PRIVATE_SOURCES: `${secret}=local` });
}

async function page(url: string, route: string): Promise<unknown> {
  const response = await fetch(new URL(route, url), { headers: { authorization: `Bearer ${TOKEN}` } });
  return response.json();
}

const asked = (url: string, question: string) =>
  page(url, `/api/ask?top=50&question=${encodeURIComponent(isPrivate(question))}`) as Promise<AnswerJson>;
const isSecret = ({ title, comment }: AnswerJson['hits'][number]) => /secret/.test(`${title} ${comment}`);

describe('a private source on the page', () => {
  it('answers while the page is for this machine alone, and not once others can reach it', async () => {
    const environment = await twoSources();
    const local = await aBot(environment);
    await until(
      () => local.retriever.status().rows === 14 && local.retriever.status().mode === 'semantic',
      'both sources',
    );
    const whole = await asked(local.pageUrl, 'What is this question about?');
    expect(whole.hits).toHaveLength(14);
    expect(whole.hits.filter(isSecret)).toHaveLength(6);
    const narrowed = await asked(local.pageUrl, 'What is this about? source:secret.jsonl');
    expect(narrowed.hits).toHaveLength(6);
    expect(await page(local.pageUrl, '/api/status')).toMatchObject({ comments: 14 });
    await local.close();

    const open = await aBot({ ...environment, HOST: '0.0.0.0', PAGE_TOKEN: TOKEN });
    await until(() => open.retriever.status().mode === 'semantic', 'the index');
    const part = await asked(open.pageUrl, 'What is this question about?');
    expect(part.hits).toHaveLength(8);
    expect(part.hits.filter(isSecret)).toEqual([]);
    expect(await asked(open.pageUrl, 'What is it? source:secret.jsonl')).toEqual({
      error: 'secret.jsonl is none of the sources here: open.jsonl.',
    });
    expect(await page(open.pageUrl, '/api/status')).toMatchObject({ comments: 8 });
    const report = await fetch(new URL('/report', open.pageUrl), { headers: { authorization: `Bearer ${TOKEN}` } });
    expect(report.status).toBe(404);
    await open.close();
  });

  it('is told of in the terminal, and answers there', async () => {
    const environment = await twoSources();
    expect(await terminal('index', [], environment)).toMatchObject({ code: 0 });
    const { stdout } = await terminal('sources', [], environment);
    expect(stdout).toContain('secret.jsonl: private, 6 comments');
    const answer = await terminal('ask', ['What', 'is', 'this?', 'source:secret.jsonl'], environment);
    expect(answer.stdout).toContain('secret');
    expect(answer.stdout).not.toContain('gardens');
  });
});
