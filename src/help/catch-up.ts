import { setTimeout as sleep } from 'node:timers/promises';
import { NOBODY } from '../memory/opt-outs.ts';
import type { MessageSpot } from '../memory/posts.ts';
import { again } from './again.ts';
import { type Chat, type ChatMessage, type ChatPlatform, ChatRefusal } from './chat.ts';
import type { Conversations } from './conversations.ts';
import { type HelpDesk, messageKey, roomKey } from './help-desk.ts';

/** Finds out what became of questions while nobody told the bot: it was down, or its connection could not be resumed. */
export interface CatchUp {
  /**
   * Reads the questions of a platform's answers again, in the background, the newest first, and after them those of help
   * channels that got none. Begun while it runs, it is done once more afterwards.
   */
  begin(platform: ChatPlatform): void;
  /** Resolves when nothing is being read any more. */
  settled(): Promise<void>;
}

/** Slack lets an app read 50 times a minute: the rest is for what people wait for. */
const EVERY_MS = 2_000;
const TOLD_EVERY = 100;

/** What was found goes the way of what platforms tell by themselves. */
export function createCatchUp(desk: HelpDesk, tell: Pick<Conversations, 'edited' | 'deleted'>): CatchUp {
  const { memory, settings, log, signal } = desk;
  const { rereadEveryMs = EVERY_MS } = settings;
  const turns = new Map<ChatPlatform, Promise<void>>();
  const waiting = new Set<ChatPlatform>();

  async function questionsOf(platform: ChatPlatform): Promise<readonly MessageSpot[]> {
    const posts = await memory.posts.inServer(undefined);
    const questions = posts.flatMap(({ question }) => (question?.platform === platform ? [question] : [])).reverse();
    const known = new Map(questions.map((question) => [messageKey(question), question]));
    // Of what the bot was silent about nobody sees anything, so it waits for the others.
    const silent = memory.helpOutcomes.messages(platform).filter((message) => !known.has(messageKey(message)));
    return [...known.values(), ...silent];
  }

  /** Whether it says something else than what was searched for; of who opted out it is only known when. */
  async function isChanged({ ref, text, editedAt }: ChatMessage): Promise<boolean> {
    const words = text?.trim();
    if (!words || editedAt === undefined) return false;
    for (const post of await memory.posts.ofQuestion(ref)) {
      const record = await memory.answers.recall(post.answerId);
      if (record && (post.asker === NOBODY ? editedAt > post.postedAt : !record.wasAsked(words))) return true;
    }
    return false;
  }

  /** One that is refused holds up no other. */
  async function read(question: MessageSpot): ReturnType<Chat['lookUp']> {
    try {
      return await desk.chat(question.platform).lookUp(question, signal);
    } catch (error) {
      if (error instanceof ChatRefusal) return 'unreadable';
      throw error;
    }
  }

  async function look(question: MessageSpot): Promise<'changed' | 'deleted' | 'unreadable' | 'same'> {
    const found = await again(desk, () => read(question));
    if (found === 'unreadable') return found;
    if (found === 'gone') {
      await tell.deleted(question);
      return 'deleted';
    }
    if (!(await isChanged(found))) return 'same';
    await tell.edited(found);
    return 'changed';
  }

  async function readAll(platform: ChatPlatform): Promise<void> {
    const questions = await questionsOf(platform);
    if (questions.length === 0) return;
    log.info('Reading questions again: what happened to them unnoticed', { platform, questions: questions.length });
    const counts = { read: 0, changed: 0, deleted: 0, unreadable: 0, same: 0 };
    const closed = new Set<string>();
    for (const question of questions) {
      const place = placeOf(question);
      if (closed.has(place)) continue;
      if (counts.read > 0) await sleep(rereadEveryMs, undefined, { signal, ref: false });
      const what = await look(question);
      counts.read++;
      counts[what]++;
      if (what === 'unreadable') closed.add(place);
      if (counts.read % TOLD_EVERY === 0) log.info('Reading questions again', { platform, read: counts.read });
    }
    log.info('Questions were read again', { platform, ...counts });
  }

  return {
    begin(platform) {
      if (waiting.has(platform)) return;
      waiting.add(platform);
      const turn = (turns.get(platform) ?? Promise.resolve())
        .then(() => {
          waiting.delete(platform);
          return readAll(platform);
        })
        .catch((error: unknown) => {
          if (!signal.aborted) log.warn('Not all questions could be read again; the next connection tries', { error });
        });
      turns.set(platform, turn);
    },
    async settled() {
      await Promise.all(turns.values());
    },
  };
}

/** What is read together or not at all: a channel of Slack with its threads, on Discord each by itself. */
function placeOf(question: MessageSpot): string {
  return roomKey(question.platform === 'slack' ? { ...question, thread: undefined } : question);
}
