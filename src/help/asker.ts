import type { Access } from '../access.ts';
import type { CommandContext } from '../command.ts';
import { UserError } from '../errors.ts';
import type { RateLimiter } from '../limits.ts';
import type { AnswerBook } from '../memory/answer-book.ts';
import type { ChannelSettings } from '../memory/channel-settings.ts';
import { scopeOf } from '../memory/scope.ts';
import {
  mergeNarrowing,
  type NarrowedText,
  type Narrowing,
  readNarrowedQuestion,
  readNarrowing,
} from '../narrowing.ts';
import { HITS_PER_PAGE } from '../reply-text.ts';
import type { Answer } from '../retrieval/answer.ts';
import type { Retriever } from '../retrieval/retriever.ts';
import type { Room } from './chat.ts';
import type { LearnedAnswers } from './learned-answers.ts';
import { readQuestion } from './read-question.ts';

/** Answers a question where it is asked: from the sources that may answer there, ranked as people there taught. */
export interface Asker {
  /**
   * @throws UserError when there are no words in the question, or managers shut the asker out
   * @throws BusyError when the asker asked too often, or too many wait
   */
  ask(question: string, context: CommandContext, options: AskerOptions, signal: AbortSignal): Promise<Answer>;
}

export type AskerOptions = {
  /** The question that this one follows: both are searched together. `unknown`: there was one, which is forgotten. */
  readonly follows?: string | 'unknown' | undefined;
  /** It was not written for the bot: none of its words narrows it. Not together with `follows`. */
  readonly literal?: boolean;
  /** What the question is narrowed to beside the words in it, which win. */
  readonly narrowing?: Narrowing | undefined;
  /** Whether it counts against the asker's limit. */
  readonly limited?: boolean;
  /** Whether it is kept, and so has buttons. */
  readonly kept?: boolean;
  /** Whether everybody will see it: then it is kept also where who asked wants nothing kept of them. */
  readonly forEveryone?: boolean;
};

export type AskerDependencies = {
  readonly retriever: Pick<Retriever, 'ask'>;
  readonly learnedAnswers: Pick<LearnedAnswers, 'apply'>;
  readonly answers: Pick<AnswerBook, 'keep'>;
  readonly sees: Access['sees'];
  /** The sources that answer in a room where none is named; none: all that may. */
  readonly usualSources?: (room: Room) => readonly string[];
  /** Per user: `ASK_LIMIT`. */
  readonly limiter: RateLimiter;
  /** Whether managers shut somebody out of a server or workspace; nobody by default. */
  readonly isShutOut?: ChannelSettings['isShutOut'];
};

export function createAsker({
  retriever,
  learnedAnswers,
  answers,
  sees,
  usualSources,
  limiter,
  isShutOut = () => false,
}: AskerDependencies): Asker {
  const refuseShutOut = ({ platform, server, user }: CommandContext) => {
    if (platform !== 'discord' && platform !== 'slack') return;
    if (isShutOut({ platform, server }, `${platform}:${user}`)) throw new UserError(SHUT_OUT);
  };
  const usualIn = ({ platform, server, channel, place }: CommandContext) => {
    const isChat = platform === 'discord' || platform === 'slack';
    if (!usualSources || !isChat || channel === undefined) return [];
    const parent = place.parent ?? channel;
    return usualSources({ platform, server, channel: parent, thread: parent === channel ? undefined : channel });
  };

  return {
    async ask(
      text,
      context,
      { follows, literal, narrowing, limited = true, kept = true, forEveryone = false },
      signal,
    ) {
      refuseShutOut(context);
      const question = readQuestion(text);
      const asked = literal ? { text: question, narrowing: narrowing ?? {} } : readBoth(question, follows, narrowing);
      if (limited) limiter.take(`${context.platform}:${context.user}`);
      const allowed = await sees(context.place);
      const found = await retriever.ask(asked.text, {
        sees: allowed,
        literal: true,
        narrowing: asked.narrowing,
        defaultSources: usualIn(context),
        limit: HITS_PER_PAGE,
        signal,
      });
      const isNarrowed = Object.keys(asked.narrowing).length > 0;
      const following = followNotes(follows);
      const answer = {
        ...found,
        question,
        notes: [...following, ...found.notes],
        lastingNotes: [...following, ...(found.lastingNotes ?? [])],
      };
      const learned = await learnedAnswers.apply(answer, { scope: scopeOf(context), sees: allowed, isNarrowed });
      if (!kept) return learned;
      // An answer that cannot be kept is still one; it has no buttons.
      return answers.keep(learned, context, { forEveryone }).catch(() => learned);
    },
  };
}

/** What whoever was shut out is told. */
export const SHUT_OUT = 'Managers shut you out here, so I do not answer you.';

/**
 * A follow-up is searched behind the question it follows, on a line of its own: one text, so words count as well. It
 * stays within what that was narrowed to, unless it says otherwise.
 */
function readBoth(question: string, follows: AskerOptions['follows'], narrowing: Narrowing = {}): NarrowedText {
  const own = readNarrowedQuestion(question);
  if (follows === undefined || follows === 'unknown') {
    return { text: own.text, narrowing: mergeNarrowing(narrowing, own.narrowing) };
  }
  const before = readNarrowing(follows);
  return {
    text: `${before.text}\n${own.text}`,
    narrowing: mergeNarrowing(mergeNarrowing(narrowing, before.narrowing), own.narrowing),
  };
}

function followNotes(follows: AskerOptions['follows']): string[] {
  if (follows === undefined) return [];
  return follows === 'unknown'
    ? ['Searched alone: the question that this follows is no longer kept.']
    : ['Searched together with the question that this follows.'];
}
