import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { documentOf, prepare } from '../../src/corpus/prepare.ts';
import type { SourceIssue } from '../../src/corpus/source.ts';
import type { Embedder } from '../../src/embedding/embedder.ts';
import { loadTokenizer, type Tokenizer } from '../../src/embedding/tokenizer.ts';
import { startEmbedder } from '../../src/embedding/worker-embedder.ts';
import { silentLogger } from '../../src/log.ts';
import { testAsset } from '../assets.ts';
import {
  decodeVectors,
  expectSameTopFive,
  expectSameVector,
  type Metric,
  readGolden,
  rowsOf,
  type TopFive,
} from './golden.ts';
import { resolveFolder } from './tiny-model.ts';

type Rankings = Readonly<Record<Metric, readonly TopFive[]>>;
type Golden = {
  readonly maxTokens: number;
  readonly pooling: string;
  readonly normalized: boolean;
  readonly corpus: { readonly sha256: string; readonly documents: number };
  /** Row, tokens without a limit, digest of the text, digest of its ids. */
  readonly tokens: readonly (readonly [number, number, string, string])[];
  readonly vectors: { readonly rows: readonly number[]; readonly values: string };
  readonly questions: readonly string[];
  readonly all: Rankings;
  /** The same over the first documents only. */
  readonly first: Rankings & { readonly documents: number };
};

/** `TEST_FULL=1` embeds the whole corpus with every model: many minutes for MiniLM. */
const FULL = process.env.TEST_FULL === '1';

agrees('the tiny MPNet (first token, 512 tokens)', 'mpnet-tiny-random', 'shared-mpnet-tiny-random');
agrees('the real MiniLM (mean, 256 tokens, length 1)', 'all-MiniLM-L6-v2', 'shared-minilm');

function agrees(name: string, folder: string, goldenName: string): void {
  const modelFolder = testAsset('models', folder);
  const corpusFile = testAsset('data', 'github-issues.jsonl');
  const golden = readGolden<Golden>(goldenName);
  const missing = !modelFolder || !corpusFile ? ' (skipped: the shared models and data are not there)' : '';
  const rankings = FULL ? golden.all : golden.first;
  const count = FULL ? golden.corpus.documents : golden.first.documents;

  describe.skipIf(missing)(`${name} agrees with the Python reference on real issues${missing}`, () => {
    let documents: readonly string[];
    let embedder: Embedder;
    let tokenizer: Tokenizer;
    beforeAll(async () => {
      documents = readDocuments(corpusFile ?? '', golden);
      const model = await resolveFolder(modelFolder ?? '');
      tokenizer = await loadTokenizer(model.description);
      embedder = await startEmbedder({ model, device: 'cpu', log: silentLogger });
    });
    afterAll(() => embedder?.close());

    const embed = async (texts: readonly string[]) =>
      rowsOf(await embedder.embed(texts, { priority: 'indexing' }), embedder.identity.dimensions);

    it('in how a text becomes a vector', () => {
      const { maxTokens, pooling, normalized } = golden;
      expect(embedder.identity).toMatchObject({ maxTokens, pooling, normalized });
    });

    it('in the token ids of 2,000 texts, 400 of them over the limit', () => {
      expect(golden.tokens).toHaveLength(2000);
      expect(golden.tokens.filter(([, tokens]) => tokens > golden.maxTokens)).toHaveLength(400);
      const differing = golden.tokens.filter(([row, tokens, textDigest, idsDigest]) => {
        const text = documents[row] ?? '';
        if (digest(text, 12) !== textDigest) throw new Error(`document ${row} is another text than the reference had`);
        const ids = tokenizer.encode(text);
        return digest(ids.join(' '), 16) !== idsDigest || tokenizer.truncates(text) !== tokens > golden.maxTokens;
      });
      expect(differing).toEqual([]);
    });

    it(`in the vectors of ${golden.vectors.rows.length} texts`, async () => {
      const vectors = await embed(golden.vectors.rows.map((row) => documents[row] ?? ''));
      decodeVectors(golden.vectors.values, embedder.identity.dimensions).forEach((expected, index) => {
        expectSameVector(vectors[index], expected, `document ${golden.vectors.rows[index]}`);
      });
    });

    const scope = FULL ? `all ${count}` : `the first ${count} of ${golden.corpus.documents}`;
    it(`in the five nearest of ${golden.questions.length} questions among ${scope} documents`, async () => {
      const vectors = await embed(documents.slice(0, count));
      const questions = await embed(golden.questions);
      golden.questions.forEach((text, row) => {
        for (const metric of ['ip', 'l2'] as const) {
          expectSameTopFive(vectors, questions[row], metric, rankings[metric][row], `${text} (${metric})`);
        }
      });
    }, 1_200_000);
  });
}

/** The documents of recipe `seed`, in their order. */
function readDocuments(file: string, { corpus }: Golden): readonly string[] {
  const bytes = readFileSync(file);
  const same = createHash('sha256').update(bytes).digest('hex') === corpus.sha256;
  if (!same) throw new Error(`${file} is another version than the golden files were made from: make them anew`);
  const issues = bytes.toString('utf8').split('\n').filter(Boolean).map(toIssue);
  const documents = prepare(issues).prepared.flatMap(({ issue, kept }) =>
    kept.map(({ comment }) => documentOf({ title: issue.title, body: issue.body, text: comment.text })),
  );
  if (documents.length !== corpus.documents)
    throw new Error(`${documents.length} documents, the reference had ${corpus.documents}`);
  return documents;
}

function toIssue(line: string): SourceIssue {
  const row = JSON.parse(line) as {
    html_url: string;
    title: string;
    body: string;
    comments: string[];
    is_pull_request: boolean;
  };
  const comments = row.comments.map((text) => ({ text }));
  return { url: row.html_url, title: row.title, body: row.body, isPullRequest: row.is_pull_request, comments };
}

function digest(text: string, length: number): string {
  return createHash('sha256').update(text).digest('hex').slice(0, length);
}
