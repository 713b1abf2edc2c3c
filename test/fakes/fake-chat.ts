import {
  type Chat,
  type ChatMessage,
  type ChatPlatform,
  ChatRefusal,
  type MessageRef,
  type Post,
  type PostOptions,
  type Room,
  type Standing,
} from '../../src/help/chat.ts';

/** What the bot posted, as it looks now. */
export type FakePost = {
  readonly ref: MessageRef;
  readonly options: PostOptions;
  readonly replyTo?: string | undefined;
  post: Post;
  edits: number;
};

/** A platform in memory that keeps the contract: a key posts once, what is gone is refused, threads are opened once. */
export type FakeChat = Chat & {
  readonly posts: readonly FakePost[];
  readonly whispers: readonly { user: string; room: Room; post: Post }[];
  readonly told: readonly { user: string; text: string }[];
  readonly threads: Map<string, { room: Room; name: string; on: MessageRef; archiveAfterMinutes: number | undefined }>;
  readonly removedThreads: readonly Room[];
  readonly marks: readonly { thread: Room; on: MessageRef | undefined; solved: boolean }[];
  readonly messages: Map<string, ChatMessage>;
  readonly standings: Map<string, Standing>;
  /** What was written after a message, by its id. */
  readonly later: Map<string, readonly ChatMessage[]>;
  /** People who wrote in a thread, by its id. */
  readonly writers: Map<string, readonly string[]>;
  mayRead: boolean;
  /** Called before a post arrives; what it throws refuses it. */
  beforePost: (room: Room) => Promise<void> | void;
  /** Called when it has arrived, before the bot knows. */
  afterPost: (ref: MessageRef) => Promise<void> | void;
  /** Called before an edit. */
  beforeEdit: (ref: MessageRef) => void;
};

export function fakeChat(platform: ChatPlatform = 'discord'): FakeChat {
  const posts: FakePost[] = [];
  const whispers: { user: string; room: Room; post: Post }[] = [];
  const told: { user: string; text: string }[] = [];
  const removedThreads: Room[] = [];
  const marks: { thread: Room; on: MessageRef | undefined; solved: boolean }[] = [];
  const byKey = new Map<string, Promise<MessageRef>>();
  let made = 0;
  const find = ({ channel, message }: MessageRef) =>
    posts.find(({ ref }) => ref.channel === channel && ref.message === message);

  async function arrive(room: Room, post: Post, options: PostOptions): Promise<MessageRef> {
    await chat.beforePost(room);
    made++;
    const ref: MessageRef = { ...room, message: `bot-${made}` };
    posts.push({ ref, post, options, replyTo: options.replyTo, edits: 0 });
    await chat.afterPost(ref);
    return ref;
  }

  const chat: FakeChat = {
    platform,
    posts,
    whispers,
    told,
    threads: new Map(),
    removedThreads,
    marks,
    messages: new Map(),
    standings: new Map(),
    later: new Map(),
    writers: new Map(),
    mayRead: true,
    beforePost: () => {},
    afterPost: () => {},
    beforeEdit: () => {},
    reads: () => chat.mayRead,
    async post(room, post, options) {
      const earlier = byKey.get(options.key);
      if (earlier) return earlier;
      const posting = arrive(room, post, options);
      byKey.set(options.key, posting);
      posting.catch(() => byKey.delete(options.key));
      return posting;
    },
    async edit(ref, post) {
      chat.beforeEdit(ref);
      const found = find(ref);
      if (!found) throw new ChatRefusal('gone', 'no such message');
      found.post = post;
      found.edits++;
    },
    async remove(ref) {
      const found = find(ref);
      if (found) posts.splice(posts.indexOf(found), 1);
    },
    async openThread(on, { name, archiveAfterMinutes }) {
      const there = chat.threads.get(on.message);
      if (there) return there.room;
      const room: Room = {
        platform: on.platform,
        server: on.server,
        channel: on.channel,
        thread: on.thread ?? (platform === 'slack' ? on.message : `thread-${on.message}`),
      };
      chat.threads.set(on.message, { room, name, on, archiveAfterMinutes });
      return room;
    },
    async removeThread(thread) {
      removedThreads.push(thread);
    },
    async othersWrote({ thread = '' }, isAsker) {
      return (chat.writers.get(thread) ?? []).some((user) => !isAsker(user));
    },
    read: async ({ message }) => chat.messages.get(message),
    lookUp: async ({ message }) => chat.messages.get(message) ?? (chat.mayRead ? 'gone' : 'unreadable'),
    writtenAfter: async ({ message }) => chat.later.get(message) ?? [],
    firstMessage: async ({ thread = '' }) => chat.messages.get(thread),
    showWork: () => {},
    placeOf: async ({ server, channel }) => ({ platform, kind: 'channel', server, channel }),
    standing: async (user) => chat.standings.get(user) ?? 'member',
    async tell(user, text) {
      told.push({ user, text });
      return true;
    },
    async whisper(user, room, post) {
      if (platform === 'discord') throw new ChatRefusal('unsupported', 'only as answers to interactions');
      whispers.push({ user, room, post });
    },
    async mark(thread, on, solved) {
      marks.push({ thread, on, solved });
    },
    access: async () => ({ ok: true, detail: 'reads and posts' }),
    linkTo: ({ channel, message }) => `https://chat.example/${channel}/${message}`,
  };
  return chat;
}

let written = 0;

/** A mention of the bot in a channel, with words; `overrides` says what matters to the test. */
export function aMessage(overrides: Partial<ChatMessage> = {}): ChatMessage {
  written++;
  const ref = overrides.ref ?? { platform: 'discord', server: 'S', channel: 'C', message: `m${written}` };
  return {
    ref,
    author: { id: 'asker', kind: 'person' },
    text: 'How can I load a dataset offline?',
    addressed: 'mention',
    room: 'channel',
    mentions: [],
    place: { platform: ref.platform, kind: 'channel', server: ref.server, channel: ref.channel },
    writtenAt: Date.now(),
    ...overrides,
  };
}
