import type { Access } from '../access.ts';
import type { CommandContext } from '../command.ts';
import type { RateLimiter } from '../limits.ts';
import type { Memory } from '../memory/memory.ts';
import { scopeOf } from '../memory/scope.ts';
import {
  mergeNarrowing,
  type NarrowedText,
  type Narrowing,
  readNarrowedQuestion,
  readNarrowing,
} from '../narrowing.ts';
import { HITS_PER_PAGE } from '../reply-text.ts';
import type { Answer, Ranked } from '../retrieval/answer.ts';
import { toHit } from '../retrieval/hit.ts';
import type { Retriever } from '../retrieval/retriever.ts';
import type { Room } from './chat.ts';
import { applyLessons, type Lessons } from './lessons.ts';
import { readQuestion } from './read-question.ts';

/** Answers a question where it is asked: from the sources that may answer there, ranked as people there taught. */
export interface Asker {
  /**
   * @throws UserError when there are no words in the question
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
};

export type AskerDependencies = {
  readonly retriever: Pick<Retriever, 'ask' | 'comments'>;
  readonly memory: Pick<Memory, 'answers' | 'votes' | 'taught' | 'hides'>;
  readonly sees: Access['sees'];
  /** The sources that answer in a room where none is named; none: all that may. */
  readonly usualSources?: (room: Room) => readonly string[];
  /** Per user: `ASK_LIMIT`. */
  readonly limiter: RateLimiter;
};

/** A taught answer counts for questions at least as alike as this (cosine). */
export const ALIKE = 0.8;

export function createAsker({ retriever, memory, sees, usualSources, limiter }: AskerDependencies): Asker {
  const usualIn = ({ platform, server, channel, place }: CommandContext) => {
    const isChat = platform === 'discord' || platform === 'slack';
    if (!usualSources || !isChat || channel === undefined) return [];
    const parent = place.parent ?? channel;
    return usualSources({ platform, server, channel: parent, thread: parent === channel ? undefined : channel });
  };

  return {
    async ask(text, context, { follows, literal, narrowing, limited = true, kept = true }, signal) {
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
      const learned = await withLessons({ ...found, question, notes: [...followNotes(follows), ...found.notes] });
      if (!kept || learned.hits.length === 0) return learned;
      // An answer that cannot be kept is still one; it has no buttons.
      return memory.answers.keep(learned, context).catch(() => learned);

      async function withLessons(answer: Answer): Promise<Answer> {
        const ranking = applyLessons(answer.ranking, answer.metric, await lessonsFor(answer));
        return isSame(ranking, answer.ranking) ? answer : withRanking(answer, ranking);
      }

      async function lessonsFor({ ranking, vector, model }: Answer): Promise<Lessons> {
        const scope = scopeOf(context);
        const keys = ranking.map(({ key }) => key);
        const [votes, taught, hides] = await Promise.all([
          memory.votes.net(scope, keys),
          vector && model !== null ? memory.taught.of(scope) : [],
          memory.hides.of(scope),
        ]);
        const hidden = new Set(hides.comments);
        if (hides.authors.size > 0) {
          for (const comment of await retriever.comments(keys, allowed)) {
            if (comment?.author && hides.authors.has(comment.author.toLowerCase())) hidden.add(comment.key);
          }
        }
        const alike = new Map<string, number>();
        for (const { comment, model: itsModel, vector: itsVector } of taught) {
          const similarity = vector && itsModel === model ? cosine(vector, itsVector) : 0;
          // What is narrowed away stays away, whatever was taught.
          if (isNarrowed && !keys.includes(comment)) continue;
          if (similarity >= ALIKE) alike.set(comment, Math.max(similarity, alike.get(comment) ?? 0));
        }
        return { votes, taught: alike, hidden };
      }

      async function withRanking(answer: Answer, ranking: readonly Ranked[]): Promise<Answer> {
        const first = ranking.slice(0, HITS_PER_PAGE);
        const comments = await retriever.comments(
          first.map(({ key }) => key),
          allowed,
        );
        const hits = first.flatMap(({ score }, index) => {
          const comment = comments[index];
          return comment ? [toHit(comment, index + 1, score, { sources: allowed })] : [];
        });
        return { ...answer, ranking, hits, more: ranking.length > first.length };
      }
    },
  };
}

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

function isSame(one: readonly Ranked[], other: readonly Ranked[]): boolean {
  return one.length === other.length && one.every(({ key }, index) => key === other[index]?.key);
}

function cosine(one: Float32Array, other: Float32Array): number {
  if (one.length !== other.length) return 0;
  let [product, oneSquared, otherSquared] = [0, 0, 0];
  for (let place = 0; place < one.length; place++) {
    const [a, b] = [one[place] as number, other[place] as number];
    product += a * b;
    oneSquared += a * a;
    otherSquared += b * b;
  }
  return oneSquared === 0 || otherSquared === 0 ? 0 : product / Math.sqrt(oneSquared * otherSquared);
}
