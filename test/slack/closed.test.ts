import { describe, expect, it } from 'vitest';
import { wordsOf } from '../fakes/slack-blocks.ts';
import { type Bench, openBench } from './setup.ts';

const NOT_OPEN = 'This bot is not open to this workspace.';

const open = (allowedWorkspaces: readonly string[], mode: 'socket' | 'http' = 'socket') =>
  openBench({ mode, chat: { readsMessages: true }, configure: (config) => ({ ...config, allowedWorkspaces }) });
const told = async ({ server }: Bench, count: number) => {
  await server.until('the reason', () => server.messages.length === count);
  return wordsOf(server.messages[count - 1]?.blocks ?? []);
};

describe('a workspace that the settings do not name', () => {
  it.each(['socket', 'http'] as const)(
    'hears that the bot is not open to it, and nothing else happens (%s)',
    async (mode) => {
      const bench = await open(['T9', 'T8'], mode);
      const { server, ask, help } = bench;
      const person = server.person();
      await person.command('/ask', 'How do I cache?');
      expect(await told(bench, 1)).toContain(NOT_OPEN);
      const question = person.write('How do I cache?');
      await question.deliveries;
      await person.choose('Find answers', question);
      expect(await told(bench, 2)).toContain(NOT_OPEN);
      await person.mention('How do I cache?').deliveries;
      expect(await told(bench, 3)).toContain(NOT_OPEN);
      expect(server.messages[2]?.threadTs).toBeDefined();
      await person.dm('How do I cache?').deliveries;
      expect(await told(bench, 4)).toContain(NOT_OPEN);
      expect([ask.asked, help.seenMessages]).toEqual([[], []]);
      expect(server.messages.slice(0, 2).map(({ user }) => user)).toEqual(['U1', 'U1']);
    },
  );

  it('is served when it is named', async () => {
    const bench = await open(['T9', 'T1']);
    await bench.server.person().command('/ask', 'How do I cache?');
    expect(await told(bench, 1)).not.toContain(NOT_OPEN);
    expect(bench.ask.asked).toHaveLength(1);
  });
});
