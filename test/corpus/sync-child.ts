import { createFollower } from '../../src/corpus/follower.ts';
import { openSqliteStore } from '../../src/corpus/sqlite-store.ts';
import { createGithub } from '../../src/github/client.ts';
import { silentLogger as log } from '../../src/log.ts';

/** Syncs a repository in a process of its own, which a test may kill. */
const [file = '', apiUrl = '', token = '', spec = '', sweep = ''] = process.argv.slice(2);
const store = await openSqliteStore(file, { runName: 'a sync' });
const follower = createFollower({
  store,
  github: createGithub({ apiUrl, token, log }),
  rules: { dropBots: false, discussions: true, sweepEveryMs: 24 * 3600_000, syncEveryMs: 300_000 },
  log,
});
await follower.sync(spec, { sweepNow: sweep === 'sweep' });
await store.close();
