import type { Logger } from '../log.ts';
import type { HelpWait, HelpWaits } from '../memory/help-waits.ts';
import { type ChatMessage, type ChatPlatform, ChatRefusal, type MessageRef, type WrittenMessage } from './chat.ts';
import type { Clock } from './clock.ts';
import type { Voice } from './help-channels.ts';
import { messageKey } from './help-desk.ts';
import { answers } from './is-answered.ts';
import { asksSomething } from './question.ts';

/** A question that people may answer first. */
export type Waiting = {
  /** `gone`: deleted, or no question any more. */
  state: 'waiting' | 'answered' | 'gone';
  /** Whether anybody, be it who asked, wrote in a thread on it. */
  hasThread: boolean;
};

/** The questions of help channels while people have the time to answer; kept by id, so that a restart loses none. */
export interface HelpWaiting {
  add(message: ChatMessage, dueAt: number): void;
  /** Somebody wrote something, which may answer what waits. */
  noteAnswer(written: WrittenMessage): void;
  /** The question has another text now. */
  change(message: ChatMessage): void;
  drop(message: MessageRef): void;
  /** What waits on this platform, from before a restart or a connection that was lost, is read again; what is gone goes. */
  resume(platform: ChatPlatform): void;
  /** What is due is brought to its end; the rest waits for the next start. */
  close(): Promise<void>;
}

export type HelpWaitingOptions = {
  readonly waits: HelpWaits;
  readonly voice: Voice;
  readonly clock: Clock;
  readonly log: Logger;
  readonly signal: AbortSignal;
  /** Called when the time is up, for one question at a time. */
  readonly decide: (question: Waiting, message: ChatMessage) => Promise<void>;
};

type Entry = Waiting & { message: ChatMessage; callOff: () => void };

/** The bot was away for longer: nobody waits for it any more. */
const TOO_LATE_MS = 3600_000;
const MOST_LATELY = 200;
/** Before a question that could not be read again, as it seems for a while, is tried once more. */
const READ_AGAIN_MS = 30_000;

export function createHelpWaiting({ waits, voice, clock, log, signal, decide }: HelpWaitingOptions): HelpWaiting {
  const entries = new Map<string, Entry>();
  /** An answer may be told of before its question, when much happens at once. */
  const lately: WrittenMessage[] = [];
  const later = new Set<() => void>();
  /** Those from before a restart that are to be read again, so that none is taken up twice. */
  const unread = new Set<string>();
  let work: Promise<void> = Promise.resolve();
  let reading: Promise<void> = Promise.resolve();

  /** From now on it is noted what is written below it. */
  function watch(message: ChatMessage): Entry | undefined {
    const key = messageKey(message.ref);
    if (entries.has(key) || signal.aborted) return undefined;
    const entry: Entry = { state: 'waiting', hasThread: false, message, callOff: () => {} };
    entries.set(key, entry);
    for (const written of lately) note(entry, written);
    return entry;
  }

  function schedule(entry: Entry, dueAt: number): void {
    if (entry.state === 'gone' || signal.aborted) return;
    entry.callOff = clock.after(Math.max(0, dueAt - clock.now()), () => enqueue(entry));
  }

  function enqueue(entry: Entry): void {
    work = work.then(async () => {
      if (signal.aborted) return;
      try {
        if (entry.state !== 'gone') await decide(entry, entry.message);
      } catch (error) {
        // Stopped half-way: the next start goes on with it.
        if (signal.aborted) return;
        log.error('A question in a help channel could not be dealt with', { error });
      }
      entries.delete(messageKey(entry.message.ref));
      waits.remove(entry.message.ref);
    });
  }

  function note(entry: Entry, written: WrittenMessage): void {
    const { ref } = entry.message;
    if (written.ref.channel === ref.channel && written.ref.thread === ref.message) entry.hasThread = true;
    if (entry.state === 'waiting' && answers(written, entry.message)) entry.state = 'answered';
  }

  /** What people wrote below it while the bot was away counts as well. */
  async function takeUp({ message: ref, dueAt }: HelpWait): Promise<void> {
    if (signal.aborted || entries.has(messageKey(ref))) return;
    const chat = voice.chat(ref.platform);
    const isLate = clock.now() - dueAt > TOO_LATE_MS;
    const message = isLate || !chat.reads(ref) ? undefined : await chat.read(ref, signal);
    if (!message || !asksSomething(message.text ?? '')) return waits.remove(ref);
    const entry = watch(message);
    if (!entry) return;
    try {
      for (const written of await chat.writtenAfter(ref, signal)) note(entry, written);
    } catch (error) {
      entries.delete(messageKey(ref));
      throw error;
    }
    schedule(entry, dueAt);
  }

  /** What nobody told while the connection was lost. */
  async function renew(entry: Entry): Promise<void> {
    const { ref } = entry.message;
    const chat = voice.chat(ref.platform);
    const isOpen = () => !signal.aborted && entries.get(messageKey(ref)) === entry;
    if (!isOpen()) return;
    const message = await chat.read(ref, signal);
    if (!isOpen()) return;
    if (!message || !asksSomething(message.text ?? '')) return drop(ref);
    if ((message.editedAt ?? 0) > (entry.message.editedAt ?? 0)) entry.message = message;
    for (const written of await chat.writtenAfter(ref, signal)) note(entry, written);
  }

  /** One after the other: a platform lets a bot read so many times a minute. */
  function inTurn(read: () => Promise<void>, failed: (error: unknown) => void): void {
    reading = reading.then(read).catch((error: unknown) => {
      if (signal.aborted) return;
      log.info('A question that waits could not be read again', { error });
      failed(error);
    });
  }

  function resume(wait: HelpWait): void {
    const key = messageKey(wait.message);
    const ended = () => void unread.delete(key);
    unread.add(key);
    inTurn(
      () => takeUp(wait).then(ended),
      (error) => {
        if (error instanceof ChatRefusal) {
          waits.remove(wait.message);
          return ended();
        }
        const callOff = clock.after(READ_AGAIN_MS, () => {
          later.delete(callOff);
          resume(wait);
        });
        later.add(callOff);
      },
    );
  }

  function drop(ref: MessageRef): void {
    const key = messageKey(ref);
    const entry = entries.get(key);
    waits.remove(ref);
    if (!entry) return;
    entry.state = 'gone';
    entry.callOff();
    entries.delete(key);
  }

  return {
    add(message, dueAt) {
      const entry = waits.add({ message: message.ref, dueAt }) && watch(message);
      if (entry) schedule(entry, dueAt);
    },
    noteAnswer(written) {
      lately.push(written);
      if (lately.length > MOST_LATELY) lately.shift();
      for (const entry of entries.values()) note(entry, written);
    },
    change(message) {
      const entry = entries.get(messageKey(message.ref));
      if (entry) entry.message = message;
    },
    drop,
    resume(platform) {
      for (const wait of waits.pending()) {
        const key = messageKey(wait.message);
        const entry = entries.get(key);
        if (wait.message.platform !== platform || unread.has(key)) continue;
        if (entry)
          inTurn(
            () => renew(entry),
            () => {},
          );
        else resume(wait);
      }
    },
    async close() {
      for (const callOff of later) callOff();
      for (const { callOff } of entries.values()) callOff();
      await reading;
      await work;
    },
  };
}
