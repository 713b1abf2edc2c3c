/** What was asked lately, by the answer's id: in memory alone, for a limited time, and no more than so many characters. */
export interface RecentQuestions {
  add(id: string, text: string): void;
  get(id: string): string | undefined;
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
  const questions = new Map<string, { readonly text: string; readonly until: number }>();
  let characters = 0;

  const remove = (id: string) => {
    characters -= questions.get(id)?.text.length ?? 0;
    questions.delete(id);
  };
  return {
    add(id, text) {
      remove(id);
      questions.set(id, { text, until: now() + lifeMs });
      characters += text.length;
      for (const oldest of questions.keys()) {
        if (characters <= mostCharacters) break;
        remove(oldest);
      }
    },
    remove,
    get(id) {
      const entry = questions.get(id);
      return entry && entry.until > now() ? entry.text : undefined;
    },
    sweep() {
      for (const [id, { until }] of questions) if (until <= now()) remove(id);
    },
  };
}
