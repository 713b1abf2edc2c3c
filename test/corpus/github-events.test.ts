import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { readEvent } from '../../src/corpus/github-events.ts';
import { testAsset } from '../assets.ts';

/** Payloads that GitHub has sent, as its Octokit project keeps them. */
const PAYLOADS = testAsset('data', 'schemas', 'octokit-webhooks', 'payload-examples', 'api.github.com');
/** What each means here. Whatever else is told of an issue or a discussion tells how that is now. */
const MEANINGS: Readonly<Record<string, string>> = {
  'issue_comment created': 'comment',
  'issue_comment edited': 'comment',
  'issue_comment deleted': 'comment-gone',
  'issues deleted': 'issue-gone',
  'discussion transferred': 'issue-gone',
  // In these an issue is about to become one.
  'discussion created': 'repository',
  'discussion labeled': 'repository',
  'discussion_comment created': 'comment',
  'discussion_comment edited': 'comment',
  'discussion_comment deleted': 'comment-gone',
  'repository created': '',
  'repository edited': '',
  'installation suspend': '',
  'installation unsuspend': '',
  // These are of pull requests.
  'issues demilestoned': '',
  'issues milestoned': '',
  'issues transferred': '',
};
const OTHERWISE: Readonly<Record<string, string>> = {
  issues: 'issue',
  discussion: 'issue',
  repository: 'repository',
  installation: 'repository',
  installation_repositories: 'repository',
  ping: '',
};

type Payload = { readonly action?: string; readonly repository?: { readonly id: number } };

function payloads(event: string): readonly (readonly [string, Payload])[] {
  const folder = path.join(PAYLOADS as string, event);
  return readdirSync(folder).map((file) => [
    file,
    JSON.parse(readFileSync(path.join(folder, file), 'utf8')) as Payload,
  ]);
}

describe.skipIf(!PAYLOADS)('a payload that GitHub has sent (skipped where the samples are missing)', () => {
  it.each(PAYLOADS ? readdirSync(PAYLOADS) : [])('of the event %s is understood', (event) => {
    for (const [file, payload] of payloads(event)) {
      const read = readEvent(event, payload);
      const meaning = MEANINGS[`${event} ${payload.action}`] ?? OTHERWISE[event];
      expect(read.map(({ happening }) => happening.kind).join(), file).toBe(meaning);
      if (payload.repository)
        for (const { repository } of read) expect(repository.id, file).toBe(payload.repository.id);
    }
  });

  it('of a discussion tells its answer, of its comment the one that it belongs to', () => {
    const of = (event: string, file: string) =>
      readEvent(event, payloads(event).find(([name]) => name === file)?.[1])[0]?.happening;
    expect(of('discussion', 'answered.payload.json')).toMatchObject({
      issue: { number: 4, answer: 'd550561', state: 'open', isDiscussion: true, labels: undefined },
    });
    expect(of('discussion', 'unanswered.payload.json')).toMatchObject({ issue: { number: 4, answer: null } });
    expect(of('discussion', 'transferred.payload.json')).toMatchObject({
      number: 4,
      movedTo: { id: expect.any(Number), isPrivate: false },
    });
    expect(of('discussion_comment', 'edited.payload.json')).toMatchObject({
      issue: { number: 4 },
      comment: { key: expect.stringMatching(/^d\d+$/), issueNumber: 4, byBot: false },
      before: expect.any(String),
    });
  });
});
