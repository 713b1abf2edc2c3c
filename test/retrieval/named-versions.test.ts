import { expect, it } from 'vitest';
import { asAsked } from '../../src/retrieval/hit.ts';
import { versionFor, versionsIn } from '../../src/retrieval/named-versions.ts';
import { aHit } from '../fakes/answers.ts';

it('versions are read from prose, requirements and tags, and other numbers are none', () => {
  const versions = 'In v2.1 and datasets==2.14.4, not since 0.13.0.4 (or 3.0.0-rc1; Ubuntu 22.04). Python 3.8.';
  const found = versionsIn(versions);
  expect(found.map(({ version }) => version)).toEqual(['2.1', '2.14.4', '0.13.0.4', '3.0.0', '22.04', '3.8']);
  expect(found.map(({ of }) => of)).toEqual(['in', 'datasets', 'since', 'or', 'ubuntu', 'python']);
  const others =
    'It took 1.5 s at 12:30:01.25 and 3.2GB of 99.5 %, 0.005 more, on 127.0.0.1:80 or 10.0.0.7, see /v1.2/x.y';
  expect(versionsIn(others)).toEqual([]);
});

it.each([
  ['Broken in 2.1?', 'Version 1.9 has it, 2.1.3 does not.', '2.1.3'],
  ['Broken in 2.1.3?', 'It is, as in all of v2.1.', '2.1'],
  ['Broken in 2.1?', 'On Ubuntu 22.04 it was fixed in 2.10, and in 3.0.', '2.10'],
  ['Does Python 3.11 do?', 'With datasets 2.1 you need Python 2.7.', '2.7'],
  ['Broken in 2.1?', 'On Ubuntu 22.04 it works.', undefined],
  ['Broken in 2.1?', 'Try again.', undefined],
  ['Broken?', 'Fixed in 2.10.', undefined],
])('asked %s, "%s" speaks of %s', (question, text, version) => {
  expect(versionFor(question, text)).toBe(version);
  expect(asAsked([aHit({ comment: text, title: 'A title' })], question)[0]?.version).toBe(version);
});

it('a title names the version that the comment does not', () => {
  expect(asAsked([aHit({ comment: 'Try again.', title: 'Crash in 2.0' })], 'A crash in 2.1')[0]?.version).toBe('2.0');
});
