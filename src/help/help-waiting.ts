import type { Logger } from '../log.ts';
import type { HelpWaits } from '../memory/help-waits.ts';
import { type ChatMessage, type ChatPlatform, ChatRefusal, type MessageRef } from './chat.ts';
import type { Clock } from './clock.ts';
import type { Voice } from './help-channels.ts';
import { messageKey } from './help-desk.ts';
import { answers } from './is-answered.ts';

/** A question that people may answer first. `gone`: deleted, or no question any more. */
export type Waiting = { state: 'waiting' | 'answered' | 'gone' };

/** The questions of help channels while people have the time to answer; kept by id, so that a restart loses none. */
export interface HelpWaiting {
  add(message: ChatMessage, dueAt: number): void;
  /** Somebody wrote something, which may answer what waits. */
  noteAnswer(later: ChatMessage): void;
  /** The question has another text now. */
  change(message: ChatMessage): void;
  drop(message: MessageRef): void;
  /** What waited on this platform before a restart is read again, and skipped where it is gone. */
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
const READ_AGAIN_MS = 30_000;

export function createHelpWaiting({ waits, voice, clock, log, signal, decide }: HelpWaitingOptions): HelpWaiting {
  const entries = new Map<string, Entry>();
  let work: Promise<void> = Promise.resolve();

  function schedule(message: ChatMessage, dueAt: number): void {
    const key = messageKey(message.ref);
    if (entries.has(key) || signal.aborted) return;
    const entry: Entry = { state: 'waiting', message, callOff: () => {} };
    entries.set(key, entry);
    entry.callOff = clock.after(Math.max(0, dueAt - clock.now()), () => enqueue(key, entry));
  }

  function enqueue(key: string, entry: Entry): void {
    work = work.then(async () => {
      if (signal.aborted) return;
      try {
        if (entry.state !== 'gone') await decide(entry, entry.message);
      } catch (error) {
        // Stopped half-way: the next start goes on with it.
        if (signal.aborted) return;
        log.error('A question in a help channel could not be dealt with', { error });
      }
      entries.delete(key);
      waits.remove(entry.message.ref);
    });
  }

  /** What may pass is tried again for as long as somebody might still wait. */
  async function readAgain(ref: MessageRef, dueAt: number): Promise<void> {
    if (signal.aborted) return;
    if (clock.now() - dueAt > TOO_LATE_MS) return waits.remove(ref);
    try {
      const message = await voice.chat(ref.platform).read(ref, signal);
      if (message) schedule(message, dueAt);
      else waits.remove(ref);
    } catch (error) {
      if (signal.aborted) return;
      log.info('A question from before the restart could not be read again', { error });
      if (error instanceof ChatRefusal) waits.remove(ref);
      else clock.after(READ_AGAIN_MS, () => void readAgain(ref, dueAt));
    }
  }

  return {
    add(message, dueAt) {
      if (waits.add({ message: message.ref, dueAt })) schedule(message, dueAt);
    },
    noteAnswer(later) {
      for (const entry of entries.values()) {
        if (entry.state === 'waiting' && answers(later, entry.message)) entry.state = 'answered';
      }
    },
    change(message) {
      const entry = entries.get(messageKey(message.ref));
      if (entry) entry.message = message;
    },
    drop(ref) {
      const key = messageKey(ref);
      const entry = entries.get(key);
      waits.remove(ref);
      if (!entry) return;
      entry.state = 'gone';
      entry.callOff();
      entries.delete(key);
    },
    resume(platform) {
      for (const { message, dueAt } of waits.pending()) {
        if (message.platform !== platform || entries.has(messageKey(message))) continue;
        void readAgain(message, dueAt);
      }
    },
    async close() {
      for (const { callOff } of entries.values()) callOff();
      await work;
    },
  };
}
