import type { Person, Written } from '../fakes/slack-person.ts';
import type { ShownMessage } from '../fakes/slack-server.ts';
import type { Bench } from './setup.ts';

/** A mention and its answer. */
export async function answered(
  bench: Bench,
  text = 'How do I cache?',
  person = bench.server.person(),
): Promise<{ readonly question: Written; readonly answer: ShownMessage }> {
  const { server } = bench;
  const question = person.mention(text);
  const answer = await server.message(({ threadTs, deleted }) => threadTs === question.ts && !deleted, 'the answer');
  await isKnown(bench, answer);
  return { question, answer };
}

/** Waits until it is kept where an answer is posted. */
export async function isKnown({ memory }: Bench, { channel, threadTs, ts }: ShownMessage): Promise<void> {
  const ref = { platform: 'slack', server: 'T1', channel, thread: threadTs, message: ts } as const;
  await until('the record of the answer', async () => (await memory.posts.ofMessage(ref)) !== undefined);
}

export async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  for (const end = Date.now() + 25_000; !(await holds()); ) {
    if (Date.now() > end) throw new Error(`Waited for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** What a person alone was told since `known` messages. */
export async function told({ server }: Bench, person: Person, known: number): Promise<ShownMessage> {
  await server.until('a word', () => server.messages.slice(known).some(({ user }) => user === person.id));
  return server.messages.slice(known).find(({ user }) => user === person.id) as ShownMessage;
}
