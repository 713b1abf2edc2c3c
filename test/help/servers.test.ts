import { expect, it } from 'vitest';
import { aScene } from './setup.ts';

it('What is kept of a server that a complete list leaves out is forgotten, of that bot alone', async () => {
  const { conversations, memory } = await aScene();
  const hidden = async () => {
    const lists = await Promise.all(['A', 'B', 'C'].map((server) => memory.hides.list(`discord:${server}`)));
    return lists.map(({ length }) => length);
  };
  for (const server of ['A', 'B', 'C']) {
    await memory.hides.add({ scope: `discord:${server}`, what: 'author', value: 'someone' });
  }
  // In C people use a bot that was never there.
  const list = { platform: 'discord', bot: 'us', servers: ['A', 'B'], covers: () => true } as const;
  await conversations.isIn(list);
  await conversations.isIn({ ...list, bot: 'another', servers: [] });
  await conversations.isIn({ ...list, servers: ['A'], covers: (server) => server === 'A' });
  expect(await hidden()).toEqual([1, 1, 1]);
  await conversations.isIn({ ...list, servers: ['B'] });
  expect(await hidden()).toEqual([0, 1, 1]);
  await conversations.joined({ platform: 'discord', bot: 'us', server: 'A' });
  await conversations.isIn({ ...list, servers: ['A'] });
  expect(await hidden()).toEqual([0, 0, 1]);
});
