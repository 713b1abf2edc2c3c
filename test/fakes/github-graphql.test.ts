import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { testAsset } from '../assets.ts';
import { call, startGitHub } from './github-calls.ts';
import { TYPES } from './github-graphql-types.ts';
import type { FakeGitHub } from './github-server.ts';

const SCHEMA = testAsset('data', 'schemas', 'github-graphql', 'schema.graphql');

async function ask(github: FakeGitHub, query: string, variables: Record<string, unknown> = {}, token = github.token) {
  return call(github, '/graphql', { method: 'POST', token, body: { query, variables } });
}

const TALKS = `query Talks($owner: String!, $name: String!, $after: String, $count: Int = 2) {
  rateLimit { cost remaining nodeCount }
  repository(owner: $owner, name: $name) {
    discussions(first: $count, after: $after, orderBy: { field: UPDATED_AT, direction: ASC }) {
      totalCount
      pageInfo { hasNextPage endCursor }
      nodes {
        number title isAnswered author { login __typename ... on Bot { url } }
        answer { databaseId }
        comments(first: 10) { nodes { ...words replies(first: 5) { nodes { ...words replyTo { databaseId } } } } }
      }
    }
  }
}
fragment words on DiscussionComment { databaseId body isAnswer isMinimized minimizedReason deletedAt }`;

describe('the GraphQL of the local GitHub', () => {
  it('gives discussions with their comments, replies and accepted answers, page by page', async () => {
    const github = await startGitHub();
    const { discussions } = github.repo('acme', 'widgets');
    const at = (second: number) => new Date(Date.parse('2024-01-01T00:00:00Z') + second * 1000);
    const numbers = [0, 1, 2].map((second) => discussions.create({ title: `Talk ${second}`, createdAt: at(second) }));
    const [first = 0] = numbers;
    const said = discussions.comment(first, { body: 'Do this', createdAt: at(0) });
    const reply = discussions.comment(first, { body: 'Thanks', replyTo: said, createdAt: at(0) });
    const hidden = discussions.comment(first, { body: 'Buy', createdAt: at(0), author: 'ci', bot: true });
    discussions.minimize(hidden, 'spam');
    const variables = { owner: 'acme', name: 'widgets' };
    const page = (await ask(github, TALKS, variables)).json.data.repository.discussions;
    expect(page).toMatchObject({ totalCount: 3, pageInfo: { hasNextPage: true } });
    expect(page.nodes[0]).toMatchObject({ number: first, isAnswered: false, answer: null, author: { login: 'ada' } });
    expect(page.nodes[0].author).toEqual({ login: 'ada', __typename: 'User' });
    expect(page.nodes[0].comments.nodes).toMatchObject([
      { databaseId: said, body: 'Do this', replies: { nodes: [{ databaseId: reply, replyTo: { databaseId: said } }] } },
      { databaseId: hidden, isMinimized: true, minimizedReason: 'spam' },
    ]);
    discussions.answer(first, said);
    const after = page.pageInfo.endCursor;
    const next = (await ask(github, TALKS, { ...variables, after })).json.data.repository.discussions;
    expect(next.nodes.map(({ number }: { number: number }) => number)).toEqual([numbers[2], first]);
    expect(next.nodes[1]).toMatchObject({ isAnswered: true, answer: { databaseId: said } });
    discussions.deleteComment(said);
    const last = (await ask(github, TALKS, { ...variables, after })).json.data.repository.discussions.nodes[1];
    expect(last.comments.nodes[0]).toMatchObject({ body: '', deletedAt: expect.any(String) });
  });

  it('gives the pull request that closed an issue, and follows a repository to its new name', async () => {
    const github = await startGitHub();
    const repo = github.repo('acme', 'widgets');
    const issue = repo.createIssue({ title: 'Broken' });
    const pull = repo.createIssue({ title: 'Mend it', pull: true });
    repo.close(issue, 'completed', { by: pull });
    repo.rename('gadgets');
    const query = (more = '') => `{ repository(owner: "acme", name: "widgets"${more}) { nameWithOwner
      issue(number: ${issue}) { closedByPullRequestsReferences(first: 1, includeClosedPrs: true) { nodes { url } } } } }`;
    const { json } = await ask(github, query());
    expect(json.data.repository).toEqual({
      nameWithOwner: 'acme/gadgets',
      issue: { closedByPullRequestsReferences: { nodes: [{ url: `https://github.com/acme/gadgets/pull/${pull}` }] } },
    });
    expect((await ask(github, query(', followRenames: false'))).json.errors[0].type).toBe('NOT_FOUND');
  });

  it('answers 200 and says in `errors` what is wrong with a query', async () => {
    const github = await startGitHub();
    github.repo('acme', 'widgets');
    const within = (text: string) => `{ repository(owner: "acme", name: "widgets") { ${text} } }`;
    const problem = async (query: string, variables = {}) => {
      const { status, json } = await ask(github, query, variables);
      expect(status).toBe(200);
      return `${json.errors[0].type ?? ''} ${json.errors[0].message}`;
    };
    const nodes = '{ nodes { number } }';
    expect(await problem(within(`discussions ${nodes}`))).toContain('MISSING_PAGINATION_BOUNDARIES');
    expect(await problem(within(`discussions(first: 101) ${nodes}`))).toContain('EXCESSIVE_PAGINATION');
    const deep = (inside: string) =>
      within(`discussions(first: 100) { nodes { comments(first: 100) { nodes { replies(first: 100) ${inside} } } } }`);
    expect(await problem(deep('{ totalCount }'))).toContain('up to 1,010,100 possible nodes');
    expect(await problem(within('colour'))).toContain("Field 'colour' doesn't exist on type 'Repository'");
    expect(await problem(within('name(first: 1)'))).toContain("doesn't accept argument 'first'");
    expect(await problem(within('name { length }'))).toContain("can't be made on scalars");
    expect(await problem(within('discussion(number: 1)'))).toContain('must have selections');
    expect(await problem(within('... on Issue { number }'))).toContain("can't be spread inside Repository");
    expect(await problem(within('...missing'))).toContain('not defined');
    expect(await problem(within(`discussions(first: 1, after: "x") ${nodes}`))).toContain('valid cursor');
    const declared =
      'query ($n: Int!) { repository(owner: "acme", name: "widgets") { discussion(number: $n) { id } } }';
    expect(await problem(declared)).toContain('provided invalid value');
    expect(await problem(declared, { n: 'one' })).toContain('provided invalid value');
    expect(await problem(declared.replace('($n: Int!)', ''))).toContain('not declared');
    expect(await problem(within('name').replace('{', 'query ($n: Int) {'))).toContain('not used');
    expect(await problem('{ repository(owner: "acme"')).toContain('Unexpected end');
    expect(await problem('{ repository(owner: "acme", name: "none") { name } }')).toContain('NOT_FOUND Could not');
    expect(await problem('mutation { closeIssue { id } }')).toContain('not served');
  });

  it('takes points by what a query may reach, from a budget of its own, and refuses within an answer', async () => {
    const github = await startGitHub();
    github.repo('acme', 'widgets');
    const query = `{ rateLimit { cost remaining nodeCount } repository(owner: "acme", name: "widgets") {
      discussions(first: 100) { nodes { comments(first: 10) { nodes { replies(first: 1) { totalCount } } } } } } }`;
    const { json, headers } = await ask(github, query);
    // 1 list of discussions, 100 of comments, 1,000 of replies.
    expect(json.data.rateLimit).toEqual({ cost: 11, remaining: 4989, nodeCount: 2100 });
    expect(headers.get('x-ratelimit-resource')).toBe('graphql');
    expect(github.budget.used).toBe(0);
    github.limits.budget(github.token, 'graphql').remaining = 5;
    const refused = await ask(github, query);
    expect(refused).toMatchObject({ status: 200, json: { errors: [{ type: 'RATE_LIMITED' }] } });
    github.limits.budget(github.token, 'graphql').remaining = 0;
    expect((await ask(github, '{ rateLimit { cost } }')).json.errors[0].type).toBe('RATE_LIMITED');
  });

  it('is for nobody without a token, and for a token only what that may see', async () => {
    const github = await startGitHub();
    const repo = github.repo('acme', 'widgets', { private: true });
    const query = '{ repository(owner: "acme", name: "widgets") { discussions(first: 1) { totalCount } } }';
    const anonymous = await call(github, '/graphql', { method: 'POST', token: null, body: { query } });
    expect(anonymous.status).toBe(401);
    github.addToken('pat_none', { permissions: { metadata: 'read' } });
    github.addToken('pat_some', { permissions: { metadata: 'read' }, repositories: [repo] });
    github.addToken('pat_all', { permissions: { discussions: 'read' }, repositories: [repo] });
    expect((await ask(github, query, {}, 'pat_none')).json.errors[0].type).toBe('NOT_FOUND');
    const { json } = await ask(github, query, {}, 'pat_some');
    expect(json).toMatchObject({ data: { repository: null }, errors: [{ type: 'FORBIDDEN' }] });
    expect((await ask(github, query, {}, 'pat_all')).json.data.repository.discussions.totalCount).toBe(0);
    expect(github.violations).toEqual([]);
  });

  it.skipIf(!SCHEMA)(
    "has no type, field or argument that GitHub's schema has not (skipped where it is missing)",
    () => {
      const schema = readFileSync(SCHEMA as string, 'utf8').replaceAll(/"""[\s\S]*?"""/g, '');
      for (const [type, fields] of Object.entries(TYPES)) {
        const body = new RegExp(`^(?:type|interface) ${type}\\b[^{]*\\{([\\s\\S]*?)^\\}`, 'm').exec(schema)?.[1] ?? '';
        for (const [name, { type: returned, args = [] }] of Object.entries(fields)) {
          const found = new RegExp(`^  ${name}(?:\\(([\\s\\S]*?)^  \\))?: \\[?(\\w+)`, 'm').exec(body);
          expect(found, `${type}.${name}`).not.toBeNull();
          if (returned) expect(found?.[2], `${type}.${name}`).toBe(returned);
          for (const arg of args)
            expect(found?.[1], `${type}.${name}(${arg})`).toMatch(new RegExp(`^    ${arg}: `, 'm'));
        }
      }
    },
  );
});
