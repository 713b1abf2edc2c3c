import { describe, expect, it } from 'vitest';
import { renderAnswer, renderFailure } from '../../src/web/reply.ts';
import { aHit, anAnswer } from '../fakes/answers.ts';

const NOW = new Date('2026-11-23T00:00:00Z');
const render = (overrides: Parameters<typeof anAnswer>[0] = {}) => renderAnswer(anAnswer(overrides), NOW).html;
const renderHit = (overrides: Parameters<typeof aHit>[0]) => render({ hits: [aHit(overrides)] });

describe('an answer on the page', () => {
  it('shows five hits with score, title, link and what is known of the comment', () => {
    const page = render();
    expect(page.match(/<li class="hit"/g)).toHaveLength(5);
    expect(page).toContain('score <span>24.5</span>');
    expect(page).toContain('<a href="https://github.com/example/project/issues/1" target="_blank"');
    expect(page).toContain('example/project#1');
    expect(page).toContain('closed');
    expect(page).toContain('by <bdi>person-1</bdi>');
    expect(page).toContain('<time datetime="2021-03-04T05:06:07Z">5 years ago</time>');
    expect(page).toContain('#issuecomment-1');
  });

  it('shows what was accepted, who wrote it, reactions, labels, and the pull request that closed it', () => {
    const page = renderHit({
      accepted: true,
      authorAssociation: 'MEMBER',
      reactions: 3,
      labels: ['a <b>'],
      closedBy: 'https://github.com/example/project/pull/12',
      version: '2.1',
    });
    expect(page).toContain('<span>accepted answer</span>');
    expect(page).toContain('<bdi>person-1</bdi> (member)');
    expect(page).toContain('3 reactions');
    expect(page).toContain('labels: a &lt;b&gt;');
    expect(page).toMatch(
      /<a href="https:\/\/github\.com\/example\/project\/pull\/12"[^>]*>closed, fixed in #12<\/a> · <span>speaks of 2\.1<\/span>/,
    );
  });

  it('says how long it took and on what', () => {
    expect(render()).toContain('5 comments · multi-qa-mpnet-base-dot-v1 on cpu · 42 ms');
    expect(render()).toContain('data-said="5 comments in 42 milliseconds."');
  });

  it('names the score by the metric', () => {
    expect(render({ metric: 'l2' })).toContain('distance <span>24.5</span>');
    expect(render({ metric: 'bm25', mode: 'keyword' })).toContain('keyword score <span>24.5</span>');
  });

  it('shows the notes', () => {
    expect(render({ notes: ['Indexing, 34 %.', 'Keyword <search>.'] })).toContain(
      '<li>Indexing, 34 %.</li><li>Keyword &lt;search&gt;.</li>',
    );
  });

  it('says so when there is nothing', () => {
    expect(render({ hits: [] })).toContain('No comments found: nothing is indexed yet.');
    expect(render({ hits: [], notes: ['Nothing is indexed yet.'] })).toContain('No comments found.');
  });

  it('leaves out what is not known', () => {
    const page = renderHit({ author: undefined, createdAt: undefined, state: undefined, commentUrl: undefined });
    expect(page).toContain('<p class="facts"><span>example/project#1</span></p>');
  });

  it('folds a long comment and shows a short one whole', () => {
    expect(renderHit({ comment: 'short' })).not.toContain('Show whole comment');
    expect(renderHit({ comment: 'line\n'.repeat(40) })).toContain('Show whole comment');
  });

  it('opens a sample issue on this page', () => {
    const page = renderHit({ sample: true, issueUrl: 'sample:12', commentUrl: 'sample:12#3' });
    expect(page).toContain('href="/sample/12"');
    expect(page).toContain('href="/sample/12#comment-3"');
    expect(page).toContain('sample data');
  });

  it.each(['javascript:alert(1)', 'http://example.org/', 'https://user:pass@example.org/', 'sample:1', '"><b>'])(
    'does not link to %s',
    (issueUrl) => {
      const page = renderHit({ issueUrl, commentUrl: issueUrl });
      expect(page).not.toContain('href=');
      expect(page).toContain('Using datasets without a connection (1)');
    },
  );

  it('keeps every text from GitHub inert', () => {
    const evil = `"'><script>alert(1)</script><img src=x onerror=alert(1)>`;
    const page = renderHit({ title: evil, comment: evil, author: evil, state: evil, createdAt: evil });
    expect(page).not.toMatch(/<(script|img)/);
    expect(page).toContain('&lt;script&gt;');
  });
});

describe('a failure on the page', () => {
  it('is shown and announced, as text', () => {
    expect(renderFailure('No <words>.').html).toBe(
      '<section class="answer" data-said="No &lt;words&gt;."><p class="failure">No &lt;words&gt;.</p></section>',
    );
  });
});
