import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createAskCommand } from '../../commands/ask.ts';
import { type Access, createAccess, type Grant } from '../../src/access.ts';
import type { Command } from '../../src/command.ts';
import type { Comment } from '../../src/corpus/store.ts';
import { createAsker } from '../../src/help/asker.ts';
import { createRateLimiter } from '../../src/limits.ts';
import { silentLogger } from '../../src/log.ts';
import type { Memory } from '../../src/memory/memory.ts';
import { openMemory } from '../../src/memory/sqlite-memory.ts';
import { toHit } from '../../src/retrieval/hit.ts';
import type { Sees } from '../../src/retrieval/retriever.ts';
import { anAnswer } from './answers.ts';

export const OPEN = 'github:example/open';
export const SECRET = 'github:example/secret';

/** `/ask` and the book of its answers over two sources, one private: what they show goes by the real rules. */
export type PrivateCorpus = {
  readonly commands: readonly Command[];
  readonly answers: Memory['answers'];
  readonly access: Access;
  /** What holds for the private source from now on. */
  allow(...grants: readonly Grant[]): void;
  close(): Promise<void>;
};

/** Twelve comments, by turns public (odd) and private (even); their texts say which. */
export async function aPrivateCorpus(): Promise<PrivateCorpus> {
  const grants: Grant[] = [];
  const rules = new Map([[SECRET, grants]]);
  const sources = [OPEN, SECRET].map((spec) => ({ spec, isPrivate: spec === SECRET }));
  const access = createAccess({ rules, sources: async () => sources });
  const corpus = Array.from({ length: 12 }, (_, index) => commentOf(index + 1));
  const seen = (sees: Sees) => corpus.filter(({ source }) => sees === 'all' || sees.includes(source));
  const comments = async (keys: readonly string[], sees: Sees) =>
    keys.map((key) => seen(sees).find((comment) => comment.key === key));
  const folder = await mkdtemp(path.join(tmpdir(), 'private-'));
  const memory = await openMemory(path.join(folder, 'memory.sqlite'), {
    comments,
    sees: access.sees,
    keepDays: 30,
    log: silentLogger,
  });
  const asker = createAsker({
    retriever: {
      async ask(question, { sees, limit = 5 }) {
        const found = seen(sees);
        return anAnswer({
          question,
          hits: found.slice(0, limit).map((comment, index) => toHit(comment, index + 1, 30 - index)),
          ranking: found.map(({ key }, index) => ({ key, score: 30 - index })),
          more: found.length > limit,
        });
      },
    },
    answers: memory.answers,
    learnedAnswers: { apply: async (answer) => answer },
    sees: access.sees,
    limiter: createRateLimiter({ limit: 1_000, windowMs: 1_000 }),
  });
  return {
    commands: [createAskCommand({ asker, sees: access.sees })],
    answers: memory.answers,
    access,
    allow: (...more) => void grants.push(...more),
    close: () => memory.close(),
  };
}

function commentOf(number: number): Comment {
  const isPrivate = number % 2 === 0;
  return {
    row: number,
    key: String(number),
    source: isPrivate ? SECRET : OPEN,
    text: `${isPrivate ? 'Classified' : 'Public'} comment ${number}`,
    title: `${isPrivate ? 'Classified' : 'Public'} issue ${number}`,
    body: '',
    issueUrl: `https://github.com/example/${isPrivate ? 'secret' : 'open'}/issues/${number}`,
  };
}
