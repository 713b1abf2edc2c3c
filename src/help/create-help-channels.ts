import type { CommandName } from '../command-name.ts';
import type { Logger } from '../log.ts';
import type { ChannelRules } from '../memory/channel-settings.ts';
import type { HelpDecision, HelpVerdict } from '../memory/help-outcomes.ts';
import type { Memory } from '../memory/memory.ts';
import type { Answer } from '../retrieval/answer.ts';
import { createChannelWatch, type WatchTiming } from './channel-watch.ts';
import type { ChatMessage, MessageRef, Room } from './chat.ts';
import { type Clock, systemClock } from './clock.ts';
import type { HelpChannels, RoomPolicy, Verdict, Voice } from './help-channels.ts';
import { createHelpWaiting, type Waiting } from './help-waiting.ts';
import { bannerOf, isSure } from './how-sure.ts';
import { asksSomething } from './question.ts';

export type HelpChannelsOptions = {
  readonly memory: Pick<Memory, 'channels' | 'helpWaits' | 'helpOutcomes' | 'helpTroubles' | 'posts' | 'optOuts'>;
  readonly settings: HelpSettings;
  readonly log: Logger;
  readonly clock?: Clock;
};

export type HelpSettings = {
  /** How long people have to answer first, where a channel says nothing else. */
  readonly waitMs: number;
  /** Of the bot, with the recipe and the model that answer now: outcomes are counted by it. */
  readonly version: () => string;
  readonly commandName: CommandName;
  /** For tests: how soon trouble in a channel is told. */
  readonly watch?: WatchTiming;
};

const CHANNEL_COOLDOWN_MS = 60_000;
const USER_COOLDOWN_MS = 5 * 60_000;
/** What is delivered later than this is nobody's question any more. */
const STALE_MS = 3600_000;
/** How long somebody is new to a channel. */
const NEWCOMER_MS = 7 * 24 * 3600_000;
const ISSUE_LINK = /https:\/\/github\.com\/[\w.-]+\/[\w.-]+\/(?:issues|pull|discussions)\/\d+/g;

/** The rules by which the bot speaks without being asked; they hold for every platform alike. */
export function createHelpChannels({ memory, settings, log, clock = systemClock }: HelpChannelsOptions) {
  return (voice: Voice): HelpChannels => {
    const stop = new AbortController();
    const { channels, helpWaits, helpOutcomes, posts, optOuts } = memory;
    const rulesOf = ({ platform, server, channel }: Room) => channels.rulesOf({ platform, server, channel });
    const watch = createChannelWatch({
      memory,
      chat: (platform) => voice.chat(platform),
      timing: settings.watch,
      commandName: settings.commandName,
      clock,
      log,
      signal: stop.signal,
    });
    const waiting = createHelpWaiting({ waits: helpWaits, voice, clock, log, signal: stop.signal, decide });

    async function quietly(act: () => Promise<void>): Promise<void> {
      await act().catch((error: unknown) => {
        if (!stop.signal.aborted) log.error('A message in a help channel could not be dealt with', { error });
      });
    }

    async function isLeftAlone({ ref, author }: ChatMessage): Promise<boolean> {
      const user = userOf({ ref, author });
      return channels.isShutOut(ref, user) || (await optOuts.has(user));
    }

    /** Whether it may be answered at all, by what is known before anybody had the time to answer. */
    async function isCandidate(message: ChatMessage, rules: ChannelRules): Promise<boolean> {
      const { author, ref, place, text = '', stranger, writtenAt } = message;
      if ((rules.mode ?? 'off') === 'off') return false;
      if ((author.kind !== 'person' && author.kind !== 'bridge') || stranger || place.kind === 'outside') return false;
      if (clock.now() - writtenAt > STALE_MS || !standsAlone(message) || !asksSomething(text)) return false;
      if (helpOutcomes.has(ref) || (await isLeftAlone(message))) return false;
      return ref.thread === undefined || (await posts.inThread(ref)).length === 0;
    }

    /** Why the bot stays silent although it might have something to say. */
    function isHeld({ ref, author, ...message }: ChatMessage, rules: ChannelRules): boolean {
      const user = userOf({ ref, author, ...message });
      const within = (since: number | undefined, ms: number) => since !== undefined && clock.now() - since < ms;
      if (within(helpOutcomes.lastSpoke(ref), rules.channelCooldownMs ?? CHANNEL_COOLDOWN_MS)) return true;
      // All who write through a bridge have its id.
      const isPerson = author.kind === 'person';
      if (isPerson && within(helpOutcomes.lastSpoke(ref, user), rules.userCooldownMs ?? USER_COOLDOWN_MS)) return true;
      return rules.newcomersOnly === true && !within(helpWaits.firstSeen(ref, user), NEWCOMER_MS);
    }

    /** After the wait, one question at a time. */
    async function decide(question: Waiting, message: ChatMessage): Promise<void> {
      const rules = rulesOf(message.ref);
      const mode = rules.mode ?? 'off';
      if (mode === 'off' || (await isLeftAlone(message))) return;
      const record = async (decision: HelpDecision, answer: Partial<Answer> = {}) => {
        // Of a question that was deleted nothing is kept, nor of who opted out while it was dealt with.
        if (await optOuts.has(userOf(message))) return;
        if (stateOf(question) === 'gone') return;
        helpOutcomes.add({
          message: message.ref,
          link: voice.chat(message.ref.platform).linkTo(message.ref),
          mode,
          version: settings.version(),
          decision,
          asker: userOf(message),
          answerId: answer.id,
          issues: [...new Set(answer.hits?.map(({ issueUrl }) => issueUrl))],
          best: answer.hits?.[0]?.key,
          vector: answer.vector,
          model: answer.model,
        });
      };
      try {
        if (stateOf(question) === 'answered' || (await othersWrote(message))) return await record('answered');
        const ours = await posts.ofQuestion(message.ref);
        // Posted, and stopped before that was noted.
        const before = ours.find(({ kind }) => kind === 'automatic' || kind === 'suggestion');
        if (before) return await record('spoke', { id: before.answerId });
        // Somebody asked the bot about it meanwhile.
        if (ours.length > 0) return await record('answered');
        if (await isLeftAlone(message)) return;
        if (isHeld(message, rules)) return await record('held');
        const answer = await voice.search(message, stop.signal);
        // People went on writing meanwhile.
        if (stateOf(question) === 'answered') return await record('answered');
        if (stateOf(question) === 'gone' || (await isLeftAlone(message))) return;
        if (!isSure(answer, rules)) return await record('weak', answer);
        if (mode === 'shadow') return await record('spoke', answer);
        const banner = bannerOf(answer);
        const spoken =
          mode === 'auto'
            ? await voice.reply(message, answer, banner, stop.signal)
            : await voice.suggest(question.hasThread ? inItsThread(message) : message, answer, banner, stop.signal);
        await record(spoken ? 'spoke' : 'failed', spoken ?? answer);
        if (!spoken) await watch.doubt(message.ref);
      } catch (error) {
        if (stop.signal.aborted) throw error;
        await record('failed');
        await watch.doubt(message.ref);
        throw error;
      }
    }

    /** In a thread: what was written before the question counts, and what was while the bot was away. */
    async function othersWrote({ ref, room, author }: ChatMessage): Promise<boolean> {
      if (room === 'channel' || ref.thread === undefined) return false;
      return voice.chat(ref.platform).othersWrote(ref, (user) => user === author.id, stop.signal);
    }

    /** Another person in a thread that an automatic reply opened: from now on it is theirs. */
    async function leaveToPeople(message: ChatMessage): Promise<void> {
      if (message.ref.thread === undefined) return;
      const automatic = (await posts.inThread(message.ref)).filter(({ kind }) => kind === 'automatic');
      if (automatic.length === 0 || automatic.some((post) => posts.isAsker(post, message.author.id))) return;
      helpWaits.silence(message.ref);
    }

    /** It may answer a question that is decided already, or link one of its issues. */
    function noteFollowing({ ref, author, repliesTo, text = '' }: ChatMessage): void {
      helpOutcomes.followed({
        spot: ref,
        author: author.kind === 'bridge' ? undefined : userOf({ ref, author }),
        repliesTo: repliesTo?.message,
        issues: [...new Set(text.match(ISSUE_LINK))],
      });
    }

    return {
      connected(platform) {
        watch.connected(platform);
        waiting.resume(platform);
      },
      patrol: () => watch.patrol(),
      accessChanged: (where) => quietly(() => watch.changed(where)),
      refused: (room) => watch.doubt(room),
      seen: (message) =>
        quietly(async () => {
          await leaveToPeople(message);
          const rules = rulesOf(message.ref);
          if ((rules.mode ?? 'off') === 'off') return;
          void watch.heardFrom(message.ref);
          waiting.noteAnswer(message);
          noteFollowing(message);
          if (rules.newcomersOnly && !(await optOuts.has(userOf(message)))) {
            helpWaits.firstSeen(message.ref, userOf(message));
          }
          if (!(await isCandidate(message, rules))) return;
          waiting.add(message, clock.now() + (rules.waitMs ?? settings.waitMs));
        }),
      edited: (message) =>
        quietly(async () => {
          const isOpen = message.addressed === undefined && standsAlone(message);
          if (isOpen && asksSomething(message.text ?? '')) waiting.change(message);
          else waiting.drop(message.ref);
        }),
      deleted: (ref: MessageRef) =>
        quietly(async () => {
          waiting.drop(ref);
          helpOutcomes.forget(ref);
        }),
      async mayFollowUp(message) {
        const { ref, text = '' } = message;
        if ((rulesOf(ref).mode ?? 'off') === 'off' || !asksSomething(text)) return false;
        if (helpWaits.isSilenced(ref) || (await isLeftAlone(message))) return false;
        const automatic = (await posts.inThread(ref)).filter(({ kind }) => kind === 'automatic');
        if (!automatic.some((post) => posts.isAsker(post, message.author.id))) return false;
        if (await othersWrote(message)) return false;
        return isSure(await voice.search(message, stop.signal));
      },
      policyOf(room) {
        const { platform, server } = room;
        return policyFrom(rulesOf(room), channels.of({ platform, server })?.rules);
      },
      judged: ({ answerId, verdict, isVote }) =>
        quietly(async () => {
          if (isVote) return;
          helpOutcomes.judge(answerId, lastWord(verdict));
          if (verdict !== 'not-here' && verdict !== 'removed') return;
          for (const { kind, opened, message } of await posts.ofAnswer(answerId)) {
            if (kind === 'automatic') helpWaits.silence(opened ?? message);
          }
        }),
      async close() {
        stop.abort();
        await waiting.close();
      },
    };
  };
}

/** Asked of everybody: in a channel, as the first of a forum post, or in a thread on Slack; not said to somebody. */
function standsAlone({ ref, room, mentions, repliesTo }: ChatMessage): boolean {
  if (mentions.length > 0 || repliesTo !== undefined || room === 'direct') return false;
  if (room === 'channel') return true;
  return ref.platform === 'slack' || (room === 'forum-post' && ref.message === ref.thread);
}

/** Thumbs are counted with the votes. */
function lastWord(verdict: Verdict): HelpVerdict | undefined {
  return verdict === 'undone' || verdict === 'helpful' ? undefined : verdict;
}

/** Slack: where whoever asked went on in a thread on the message, that is where they look. */
function inItsThread(message: ChatMessage): ChatMessage {
  const { ref } = message;
  if (ref.platform !== 'slack' || ref.thread !== undefined) return message;
  return { ...message, ref: { ...ref, thread: ref.message } };
}

/** It changes while something else is waited for. */
function stateOf({ state }: Waiting): Waiting['state'] {
  return state;
}

function userOf({ ref, author }: Pick<ChatMessage, 'ref' | 'author'>): string {
  return `${ref.platform}:${author.id}`;
}

function policyFrom(rules: ChannelRules, ofServer: ChannelRules = {}): RoomPolicy {
  return {
    answers: rules.answers ?? 'public',
    perHour: rules.perHour,
    serverPerHour: ofServer.perHour,
    buttons: rules.buttons ?? true,
    sources: rules.sources ?? [],
    helpersChannel: rules.helpersChannel,
    helpersRole: rules.helpersRole,
    archiveAfterMinutes: rules.archiveAfterMinutes,
  };
}
