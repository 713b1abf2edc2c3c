import type { Answer } from '../retrieval/answer.ts';

export type RecentQuestion = {
  readonly text: string;
  /** What it was narrowed to, as the answer says it. */
  readonly narrowed?: Answer['narrowedNote'];
};

/** What was asked lately, by the answer's id: in memory alone, for a limited time, and no more than so many characters. */
export interface RecentQuestions {
  add(id: string, question: RecentQuestion): void;
  get(id: string): RecentQuestion | undefined;
  remove(id: string): void;
  /** Drops what is past its time. */
  sweep(): void;
}

export type RecentQuestionsOptions = {
  readonly lifeMs: number;
  /** In all; the oldest go first. */
  readonly mostCharacters: number;
  readonly now: () => number;
};

export function createRecentQuestions({ lifeMs, mostCharacters, now }: RecentQuestionsOptions): RecentQuestions {
  /** The oldest first. */
  const questions = new Map<string, RecentQuestion & { readonly until: number }>();
  let characters = 0;

  const remove = (id: string) => {
    characters -= lengthOf(questions.get(id));
    questions.delete(id);
  };
  return {
    add(id, question) {
      remove(id);
      questions.set(id, { ...question, until: now() + lifeMs });
      characters += lengthOf(question);
      for (const oldest of questions.keys()) {
        if (characters <= mostCharacters) break;
        remove(oldest);
      }
    },
    remove,
    get(id) {
      const entry = questions.get(id);
      return entry && entry.until > now() ? entry : undefined;
    },
    sweep() {
      for (const [id, { until }] of questions) if (until <= now()) remove(id);
    },
  };
}

function lengthOf({ text, narrowed }: RecentQuestion = { text: '' }): number {
  return text.length + (narrowed?.text.length ?? 0);
}
