import type { CommandContext } from '../../src/command.ts';
import type { Comment } from '../../src/corpus/store.ts';
import type { AnswerBook } from '../../src/memory/answer-book.ts';
import type { Answer, Hit } from '../../src/retrieval/answer.ts';

/** A hit with everything known; `overrides` says what matters to the test. */
export function aHit(overrides: Partial<Hit> = {}): Hit {
  const rank = overrides.rank ?? 1;
  return {
    rank,
    key: `comment-${rank}`,
    source: 'hub:example/issues',
    sample: false,
    score: 25.5 - rank,
    comment: `Comment ${rank}: save the dataset on the machine that is online, copy the folder, then load it from disk.`,
    title: `Using datasets without a connection (${rank})`,
    issueUrl: `https://github.com/example/project/issues/${rank}`,
    commentUrl: `https://github.com/example/project/issues/${rank}#issuecomment-${rank}`,
    author: `person-${rank}`,
    createdAt: '2021-03-04T05:06:07Z',
    state: 'closed',
    ...overrides,
  };
}

/** A semantic answer with five hits of a ranking of twelve. */
export function anAnswer(overrides: Partial<Answer> = {}): Answer {
  const offset = overrides.offset ?? 0;
  const hits = overrides.hits ?? [1, 2, 3, 4, 5].map((rank) => aHit({ rank: rank + offset }));
  return {
    kind: 'answer',
    question: 'How can I load a dataset offline?',
    mode: 'semantic',
    model: 'sentence-transformers/multi-qa-mpnet-base-dot-v1',
    device: 'cpu',
    metric: 'ip',
    tookMs: 41.7,
    indexedAt: '2026-11-20T10:00:00Z',
    notes: [],
    hits,
    offset,
    more: true,
    ranking: Array.from({ length: 12 }, (_, index) => ({ key: `comment-${index + 1}`, score: 24.5 - index })),
    ...overrides,
  };
}

/** The comment behind a hit of `anAnswer`, by its key, as the store has it; `text` where it was edited. */
export function aStoredComment(key: string, text?: string): Comment {
  const rank = Number(key.split('-').at(-1));
  const { source, comment, title, issueUrl, commentUrl, author, createdAt, state } = aHit({ rank });
  return {
    row: rank,
    key,
    source,
    text: text ?? comment,
    title,
    body: '',
    issueUrl,
    url: commentUrl,
    author,
    createdAt,
    issueState: state,
  };
}

/** An answer book in memory: what it keeps it can show again; `forget` makes an answer too old. */
export function fakeAnswerBook(): AnswerBook & {
  readonly kept: ReadonlyMap<string, Answer>;
} {
  const kept = new Map<string, Answer>();
  return {
    kept,
    forget: async (id) => void kept.delete(id),
    async keep(answer: Answer, _context: CommandContext) {
      const withId = { ...answer, id: `answer${kept.size + 1}` };
      kept.set(withId.id, withId);
      return withId;
    },
    async page(id, offset) {
      const answer = kept.get(id);
      if (!answer) return undefined;
      const page = answer.ranking.slice(offset, offset + 5);
      const hits = page.map(({ key, score }, index) => ({ ...aHit({ rank: offset + index + 1 }), key, score }));
      return { ...answer, hits, offset, more: offset + hits.length < answer.ranking.length };
    },
    async hit(id, rank) {
      const answer = kept.get(id);
      return answer?.hits.find((hit) => hit.rank === rank) ?? (answer && aHit({ rank }));
    },
    async replace(id, answer) {
      if (!kept.has(id)) return false;
      kept.set(id, { ...answer, id });
      return true;
    },
    recall: async () => undefined,
  };
}
