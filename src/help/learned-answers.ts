import type { Logger } from '../log.ts';
import type { Memory } from '../memory/memory.ts';
import type { Scope } from '../memory/scope.ts';
import type { Taught } from '../memory/taught.ts';
import { HITS_PER_PAGE } from '../reply-text.ts';
import type { Answer, Ranked } from '../retrieval/answer.ts';
import { ALIKE, cosine } from '../retrieval/cosine.ts';
import { explainOrder } from '../retrieval/explain-order.ts';
import { asAsked, toHit } from '../retrieval/hit.ts';
import type { Retriever } from '../retrieval/retriever.ts';
import { applyLessons, type Lessons, TAUGHT } from './lessons.ts';

/** Ranks answers as people in a server or workspace taught the bot. */
export interface LearnedAnswers {
  apply(answer: Answer, where: Learned): Promise<Answer>;
  /** Resolves when taught questions that an other model embedded have their new vectors. */
  settled(): Promise<void>;
}

export type Learned = {
  readonly scope: Scope;
  /** The sources that may answer there. */
  readonly sees: readonly string[];
  /** What was narrowed away stays away, whatever was taught. */
  readonly isNarrowed: boolean;
};

export type LearnedAnswersOptions = {
  readonly retriever: Pick<Retriever, 'ask' | 'comments' | 'scores'>;
  readonly memory: Pick<Memory, 'votes' | 'taught' | 'hides'>;
  readonly log: Logger;
};

export function createLearnedAnswers({ retriever, memory, log }: LearnedAnswersOptions): LearnedAnswers {
  /** One at a time, and none twice: each costs an embedding. */
  let renewing: Promise<void> = Promise.resolve();
  const renewed = new Set<number>();

  async function taughtFor({ vector, model }: Answer, scope: Scope): Promise<ReadonlyMap<string, number>> {
    const alike = new Map<string, number>();
    if (!vector || model === null) return alike;
    const all = await memory.taught.of(scope);
    renew(all.filter((taught) => taught.model !== model && !renewed.has(taught.id)));
    for (const { comment, model: itsModel, vector: itsVector } of all) {
      const similarity = itsModel === model ? cosine(vector, itsVector) : 0;
      if (similarity >= ALIKE) alike.set(comment, Math.max(similarity, alike.get(comment) ?? 0));
    }
    return alike;
  }

  /** Another model has come since they were taught. They count again from the next question on. */
  function renew(outdated: readonly Taught[]): void {
    for (const { id, question } of outdated) {
      renewed.add(id);
      renewing = renewing
        .then(async () => {
          const { vector, model } = await retriever.ask(question, { sees: 'all', literal: true, limit: 1 });
          if (vector && model !== null) await memory.taught.renew(id, model, vector);
        })
        .catch((error: unknown) => log.warn('A taught question could not be embedded anew', { error }))
        .finally(() => renewed.delete(id));
    }
  }

  /** The ranking with what was taught, also where the search did not come upon it. */
  async function withTaught(answer: Answer, taught: Lessons['taught'], sees: readonly string[]): Promise<Answer> {
    const { ranking, vector } = answer;
    const known = new Set(ranking.map(({ key }) => key));
    const missing = [...taught.keys()].filter((key) => !known.has(key));
    if (missing.length === 0 || !vector) return answer;
    const [comments, scores] = await Promise.all([
      retriever.comments(missing, sees),
      retriever.scores(vector, missing).catch(() => []),
    ]);
    const added = missing.flatMap((key, index): Ranked[] => {
      const score = scores[index];
      return comments[index] && score !== undefined ? [{ key, score }] : [];
    });
    return { ...answer, ranking: [...ranking, ...added] };
  }

  async function hiddenAmong(keys: readonly string[], { scope, sees }: Learned): Promise<ReadonlySet<string>> {
    const { comments, authors } = await memory.hides.of(scope);
    if (authors.size === 0) return comments;
    const hidden = new Set(comments);
    for (const comment of await retriever.comments(keys, sees)) {
      if (comment?.author && authors.has(comment.author.toLowerCase())) hidden.add(comment.key);
    }
    return hidden;
  }

  async function showing(answer: Answer, ranking: readonly Ranked[], sees: readonly string[]): Promise<Answer> {
    const first = ranking.slice(0, HITS_PER_PAGE);
    const comments = await retriever.comments(
      first.map(({ key }) => key),
      sees,
    );
    const hits = first.flatMap(({ score, band: sure, because }, index) => {
      const comment = comments[index];
      return comment ? [{ ...toHit(comment, index + 1, score, { sources: sees }), band: sure, because }] : [];
    });
    // How sure the answer is was measured of the hit that stood first; one that was taught is close all the same.
    const [best] = ranking;
    const isNowClose = answer.band === 'weak' && best?.because === TAUGHT;
    const band = best?.key === answer.ranking[0]?.key && !isNowClose ? answer.band : undefined;
    return {
      ...answer,
      band,
      ranking,
      hits: explainOrder(asAsked(hits, answer.question), answer.metric),
      more: ranking.length > first.length,
    };
  }

  return {
    async apply(found, where) {
      const { scope, sees, isNarrowed } = where;
      const near = await taughtFor(found, scope);
      const answer = isNarrowed ? found : await withTaught(found, near, sees);
      const keys = answer.ranking.map(({ key }) => key);
      const [votes, hidden] = await Promise.all([memory.votes.net(scope, keys), hiddenAmong(keys, where)]);
      const ranking = applyLessons(answer.ranking, answer.metric, { votes, taught: near, hidden });
      return isSame(ranking, found.ranking) ? found : showing(answer, ranking, sees);
    },
    settled: () => renewing,
  };
}

function isSame(one: readonly Ranked[], other: readonly Ranked[]): boolean {
  if (one.length !== other.length) return false;
  return one.every(({ key, because }, index) => key === other[index]?.key && because === other[index].because);
}
