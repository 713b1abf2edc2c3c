import type { Action } from '../../src/help/action.ts';
import type { Chat } from '../../src/help/chat.ts';
import type { Conversations, Press } from '../../src/help/conversations.ts';
import { noHelpChannels } from './no-help-channels.ts';

export type FakeConversations = Conversations & {
  /** Every call, in order: what it was, and what it was told. */
  readonly calls: { readonly name: keyof Conversations; readonly with: readonly unknown[] }[];
  /** What is said to a press; nothing by default. */
  onPress: (action: Action, press: Press) => Awaited<ReturnType<Conversations['press']>>;
  /** What platforms can do, as they said. */
  readonly chats: Chat[];
  /** How often a platform said that it is connected. */
  connections: number;
};

/** Conversations that remember what they are told and do nothing; below answers stands what every answer has. */
export function fakeConversations(): FakeConversations {
  const calls: FakeConversations['calls'] = [];
  const chats: Chat[] = [];
  const note =
    (name: keyof Conversations) =>
    async (...told: readonly unknown[]): Promise<void> =>
      void calls.push({ name, with: told });
  const fake: FakeConversations = {
    calls,
    chats,
    connections: 0,
    onPress: () => ({}),
    attach: (chat) => void chats.push(chat),
    connected: () => void fake.connections++,
    message: note('message'),
    edited: note('edited'),
    deleted: note('deleted'),
    threadDeleted: note('threadDeleted'),
    reacted: note('reacted'),
    posted: note('posted'),
    left: note('left'),
    isIn: async () => {},
    joined: async () => {},
    accessChanged: note('accessChanged'),
    commentsChanged: note('commentsChanged'),
    sourcesChanged: note('sourcesChanged'),
    current: async () => undefined,
    isShutOut: () => false,
    patrol: async () => {},
    access: async () => ({ ok: true, detail: 'reads and posts' }),
    standing: async () => 'member',
    policyOf: noHelpChannels().policyOf,
    takePublicTurn: async () => true,
    isPosted: async () => false,
    async press(action, press) {
      await note('press')(action, press);
      return fake.onPress(action, press);
    },
    actionsFor: ({ id = '', offset, hits }, { audience }) => [
      ...(audience === 'asker' && hits.length > 0
        ? [
            { kind: 'share' as const, id, offset },
            { kind: 'thread' as const, id, offset },
          ]
        : []),
      { kind: 'page', id, offset },
      { kind: 'whole', id, rank: 0, part: 0 },
    ],
    close: async () => {},
  };
  return fake;
}
