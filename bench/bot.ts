// The whole bot on a corpus: how fast it indexes, how soon it answers meanwhile and afterwards, how free its event loop
// stays, how much memory it takes; beside it the usual way to embed a corpus, in the same run. Options:
//   npx tsx bench/bot.ts [--corpus FILE.jsonl] [--model FOLDER|true-shape] [--precision fp32|int8] [--comments 400]
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { SourceIssue } from '../src/corpus/source.ts';
import { testAsset } from '../test/assets.ts';
import { TINY_MODEL } from '../test/embedding/tiny-model.ts';
import { trueShapeModel } from '../test/gpu/true-shape.ts';
import { runBot } from './bot-run.ts';
import { documentsOf, readIssues, rowOf } from './corpus.ts';
import { type Row, report, round } from './harness.ts';
import { comparePadding } from './padded-batches.ts';

type Precision = 'fp32' | 'int8';
type Options = { readonly model: string; readonly corpus: string; readonly comments: number };

const { values } = parseArgs({
  options: {
    corpus: { type: 'string', default: testAsset('data', 'github-issues.jsonl') ?? '' },
    model: { type: 'string', default: testAsset('models', 'all-MiniLM-L6-v2') ?? TINY_MODEL },
    precision: { type: 'string' },
    comments: { type: 'string', default: '400' },
    /** Where to leave the figures of one precision, for the run that started this one. */
    out: { type: 'string' },
  },
});
const options: Options = {
  model: values.model === 'true-shape' ? await trueShapeModel() : path.resolve(values.model),
  corpus: values.corpus,
  comments: Number(values.comments),
};
const precisions = values.precision ? [values.precision as Precision] : precisionsIn(options.model);

if (values.out) await writeFile(values.out, JSON.stringify(await measure(precisions[0] ?? 'fp32', options)));
else await inTemporaryFolder(async (folder) => report('bot', await Promise.all(precisions.map(apart(folder)))));

/** In a process of its own, so that its memory is its own. One after the other: the parent waits. */
function apart(folder: string) {
  return async (precision: Precision): Promise<Row> => {
    const out = path.join(folder, `${precision}.json`);
    const given = ['--model', options.model, '--corpus', options.corpus, '--comments', String(options.comments)];
    const args = [
      ...process.execArgv,
      fileURLToPath(import.meta.url),
      ...given,
      '--precision',
      precision,
      '--out',
      out,
    ];
    const { status } = spawnSync(process.execPath, args, { stdio: 'inherit' });
    if (status !== 0) throw new Error(`The run for ${precision} ended with ${status}.`);
    return JSON.parse(await readFile(out, 'utf8')) as Row;
  };
}

function precisionsIn(model: string): readonly Precision[] {
  return existsSync(path.join(model, 'onnx', 'model_quantized.onnx')) ? ['fp32', 'int8'] : ['fp32'];
}

async function measure(precision: Precision, { model, corpus, comments }: Options): Promise<Row> {
  return inTemporaryFolder(async (folder) => {
    const issues = await readIssues(corpus, comments);
    const middle = Math.ceil(issues.length / 2);
    const first = await writeIssues(path.join(folder, 'first.jsonl'), issues.slice(0, middle));
    const second = await writeIssues(path.join(folder, 'second.jsonl'), issues.slice(middle));
    const environment = { DATA_DIR: folder, MODEL: model, PRECISION: precision, DEVICE: 'cpu', PORT: '0' };
    const bot = await runBot(environment, [first, second]);
    const documents = documentsOf(issues.slice(0, middle));
    const padding = await comparePadding(model, precision, documents);
    return {
      model: path.basename(model),
      precision,
      comments: bot.comments,
      'comments/s': round(bot.commentsPerSecond, 1),
      'tokens/s': round((bot.commentsPerSecond * padding.tokens) / documents.length, 0),
      'idle p50 ms': bot.idle.p50Ms,
      'idle p99 ms': bot.idle.p99Ms,
      'indexing p50 ms': bot.indexing.p50Ms,
      'indexing p99 ms': bot.indexing.p99Ms,
      'asked while indexing': bot.indexing.runs,
      'loop p99 ms': bot.loopP99Ms,
      'loop max ms': bot.loopMaxMs,
      'RSS MB': bot.rssMb,
      'one by one tokens/s': padding.oneByOne,
      'padded 16 tokens/s': padding.inBatches,
      ratio: round(padding.oneByOne / padding.inBatches, 2),
    };
  });
}

async function writeIssues(file: string, issues: readonly SourceIssue[]): Promise<string> {
  await writeFile(file, issues.map(rowOf).join(''));
  return file;
}

async function inTemporaryFolder<Result>(work: (folder: string) => Promise<Result>): Promise<Result> {
  const folder = await mkdtemp(path.join(tmpdir(), 'precedent-bench-'));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
