import { expect, it } from 'vitest';
import { checkRepository } from '../../src/corpus/check-repository.ts';
import type { SourceFeed } from '../../src/corpus/store.ts';
import { firstState, type SyncState } from '../../src/corpus/sync-state.ts';
import type { GithubResponse, RepositoryApi } from '../../src/github/github.ts';
import { silentLogger as log } from '../../src/log.ts';

const SPEC = 'github:example/project';

/** Two look at it at once; the one that was asked first is answered last. Gives what was noted, and what is kept. */
async function whatIsKept(older: Partial<GithubResponse>, newer: Partial<GithubResponse>) {
  const feed = { state: firstState({ id: 1, name: 'example/project', isPrivate: false }) };
  const noted: boolean[] = [];
  const look = (answer: Promise<unknown>) =>
    checkRepository({
      spec: SPEC,
      name: 'example/project',
      api: { get: () => answer } as unknown as RepositoryApi,
      feed: feed as unknown as SourceFeed,
      allowedPrivate: [SPEC],
      async keep(reached: SyncState) {
        feed.state = reached;
      },
      notePrivate: async (isPrivate) => void noted.push(isPrivate),
      log,
    });
  let answerOlder = (_answer: unknown) => {};
  const first = look(
    new Promise((resolve) => {
      answerOlder = resolve;
    }),
  );
  await look(Promise.resolve(newer));
  answerOlder(older);
  await first;
  return { noted, isPrivate: feed.state.repository.isPrivate };
}

const saying = (isPrivate: boolean) => ({ data: { id: 1, full_name: 'example/project', private: isPrivate } });

it('a repository stays private that a newer answer says is, whatever an older one says that comes later', async () => {
  for (const older of [saying(false), { unchanged: true }])
    expect(await whatIsKept(older, saying(true))).toEqual({ noted: [true, true], isPrivate: true });
  expect(await whatIsKept(saying(false), saying(false))).toEqual({ noted: [false, false], isPrivate: false });
});
