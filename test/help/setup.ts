import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import type { Place } from '../../src/access.ts';
import { commandNames } from '../../src/command-name.ts';
import { type Asker, createAsker } from '../../src/help/asker.ts';
import type { Conversations } from '../../src/help/conversations.ts';
import { createConversations } from '../../src/help/create-conversations.ts';
import { createHelpChannels } from '../../src/help/create-help-channels.ts';
import type { HelpChannels, RoomPolicy, Voice } from '../../src/help/help-channels.ts';
import type { ConversationSettings } from '../../src/help/help-desk.ts';
import { createLearnedAnswers, type LearnedAnswers } from '../../src/help/learned-answers.ts';
import { createRateLimiter } from '../../src/limits.ts';
import { createLogger } from '../../src/log.ts';
import type { Memory } from '../../src/memory/memory.ts';
import { openMemory } from '../../src/memory/sqlite-memory.ts';
import { openReports, type Reports } from '../../src/report/reports.ts';
import type { Answer } from '../../src/retrieval/answer.ts';
import type { Retriever } from '../../src/retrieval/retriever.ts';
import { aHit, anAnswer } from '../fakes/answers.ts';
import { type FakeChat, fakeChat } from '../fakes/fake-chat.ts';
import { noHelpChannels } from '../fakes/no-help-channels.ts';

export type Scene = {
  readonly chat: FakeChat;
  readonly asker: Asker;
  readonly conversations: Conversations;
  readonly memory: Memory;
  readonly reports: Reports;
  readonly file: string;
  /** What was searched for, in order. */
  readonly searched: string[];
  readonly logged: string[];
  /** Comments that left the corpus, by key. */
  readonly gone: Set<string>;
  /** What an answer says of a comment, by key, where it was edited. */
  readonly texts: Map<string, string>;
  /** Of comments that no search comes upon, by key. */
  readonly scores: Map<string, number>;
  /** The sources that may answer everywhere; `at`, where it is set, by place. */
  readonly visible: { current: readonly string[]; at?: (place: Place) => readonly string[] };
  /** The source of a comment, by key, where it is another than of the rest. */
  readonly sources: Map<string, string>;
  readonly comments: Retriever['comments'];
  readonly learnedAnswers: LearnedAnswers;
  readonly policy: { current: Partial<RoomPolicy> };
  readonly voice: Voice;
  readonly help: HelpChannels & { readonly calls: string[] };
  /** Called before each search is answered. */
  search: { before: () => Promise<void> | void; answer: (question: string) => Answer };
};

export type SceneOptions = {
  readonly platform?: 'discord' | 'slack';
  readonly file?: string;
  readonly chat?: FakeChat;
  readonly settings?: Partial<ConversationSettings>;
  readonly now?: () => number;
  readonly limit?: number;
  /** The rules by which the bot speaks without being asked are the real ones, with this wait; else it is told to. */
  readonly helpWaitMs?: number;
};

/** Conversations on a memory of their own, and a chat whose every call can be looked at; closed with the test. */
export async function aScene(options: SceneOptions = {}): Promise<Scene> {
  const { close, ...scene } = await openScene(options);
  onTestFinished(close);
  return scene;
}

/** The same, for whoever closes it. */
export async function openScene({
  platform,
  file,
  settings,
  now = Date.now,
  limit = 1000,
  helpWaitMs,
  ...rest
}: SceneOptions = {}): Promise<Scene & { close(): Promise<void> }> {
  const chat = rest.chat ?? fakeChat(platform);
  const where = file ?? path.join(await mkdtemp(path.join(tmpdir(), 'talk-')), 'memory.sqlite');
  const logged: string[] = [];
  const log = createLogger({ level: 'debug', write: (line) => void logged.push(line) });
  const gone = new Set<string>();
  const texts = new Map<string, string>();
  const sources = new Map<string, string>();
  const commentOf = (key: string) => {
    const rank = Number(key.split('-').at(-1));
    const { source: usual, comment, title, issueUrl, commentUrl, author, createdAt, state } = aHit({ rank });
    const text = texts.get(key) ?? comment;
    const source = sources.get(key) ?? usual;
    return {
      row: rank,
      key,
      source,
      text,
      title,
      body: '',
      issueUrl,
      url: commentUrl,
      author,
      createdAt,
      issueState: state,
    };
  };
  const visible: Scene['visible'] = { current: ['hub:example/issues'] };
  const comments: Scene['comments'] = async (keys, allowed) =>
    keys.map((key) => {
      const comment = gone.has(key) ? undefined : commentOf(key);
      return comment && (allowed === 'all' || allowed.includes(comment.source)) ? comment : undefined;
    });
  const sees = async (place: Place) => visible.at?.(place) ?? visible.current;
  const memory = await openMemory(where, { comments, sees, keepDays: 30, log, now });
  const reports = openReports(where);
  const searched: string[] = [];
  const search: Scene['search'] = { before: () => {}, answer: (question) => anAnswer({ question }) };
  const scores = new Map<string, number>();
  const retriever = {
    comments,
    scores: async (_vector: Float32Array, keys: readonly string[]) => keys.map((key) => scores.get(key)),
    async ask(question: string) {
      searched.push(question);
      await search.before();
      return search.answer(question);
    },
  };
  const learnedAnswers = createLearnedAnswers({ retriever, memory, log });
  const asker = createAsker({
    retriever,
    learnedAnswers,
    answers: memory.answers,
    sees,
    usualSources: (room) => conversations.policyOf(room).sources,
    limiter: createRateLimiter({ limit, windowMs: 60_000 }),
    isShutOut: memory.channels.isShutOut,
  });
  const policy: Scene['policy'] = { current: {} };
  const calls: string[] = [];
  const help: Scene['help'] = {
    ...noHelpChannels(),
    calls,
    seen: async ({ ref }) => void calls.push(`seen ${ref.message}`),
    edited: async ({ ref }) => void calls.push(`edited ${ref.message}`),
    deleted: async ({ message }) => void calls.push(`deleted ${message}`),
    accessChanged: async ({ server, channel }) => void calls.push(`access ${channel ?? server}`),
    judged: async ({ verdict, by }) => void calls.push(`${verdict} by ${by}`),
    mayFollowUp: async () => true,
    policyOf: (room) => ({ ...noHelpChannels().policyOf(room), ...policy.current }),
  };
  let voice: Voice | undefined;
  const rules =
    helpWaitMs === undefined
      ? undefined
      : createHelpChannels({
          memory,
          settings: {
            waitMs: helpWaitMs,
            version: () => '1.2.3',
            commandName: commandNames(),
            watch: { confirmMs: 30, roundMs: 0 },
          },
          log,
        });
  const conversations: Conversations & { close(): Promise<void> } = createConversations({
    asker,
    memory,
    reports,
    helpChannels: (given) => {
      voice = given;
      return rules?.(given) ?? help;
    },
    settings: {
      managers: [],
      triggerEmoji: [],
      answerTimeoutMs: 10_000,
      editDelayMs: 5,
      retryDelaysMs: [1, 1],
      rereadEveryMs: 0,
      commandName: commandNames(),
      ...settings,
    },
    log,
    now,
  });
  conversations.attach(chat);
  return {
    async close() {
      await conversations.close();
      await reports.close();
      await memory.close();
    },
    chat,
    asker,
    conversations,
    memory,
    reports,
    file: where,
    searched,
    logged,
    gone,
    texts,
    scores,
    visible,
    sources,
    comments,
    learnedAnswers,
    policy,
    voice: voice as Voice,
    help,
    search,
  };
}

/** The answer that was posted, counted from the first post; below zero from the last. */
export function answerOf({ chat }: Pick<Scene, 'chat'>, index: number): Answer {
  const outcome = chat.posts.at(index)?.post.outcome;
  if (outcome?.kind !== 'answer') throw new Error(`post ${index} is no answer`);
  return outcome;
}

/** The ranks of the comments of the posted answer, as they stand in the corpus. */
export function ranksOf(scene: Pick<Scene, 'chat'>, index: number): readonly number[] {
  return answerOf(scene, index).hits.map(({ key }) => Number(key.split('-')[1]));
}

/** What a post says: the questions' hits, or its one line. */
export function saying({ outcome }: { readonly outcome: { readonly kind: string } }): string {
  return 'text' in outcome ? String(outcome.text) : outcome.kind;
}

/** The second comment is of a private source, which everybody sees but those who read along in this channel. */
export function hideFrom({ sources, visible }: Pick<Scene, 'sources' | 'visible'>, channel: string): void {
  const secret = 'github:example/secret';
  sources.set('comment-2', secret);
  visible.at = (place) => (place.channel === channel ? visible.current : [...visible.current, secret]);
}
