import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type Config, readConfig } from '../config.ts';
import { openSqliteStore } from '../corpus/sqlite-store.ts';
import { EVALUATION_FILE, EVALUATION_FOLDER, STORE_FILE } from '../data-files.ts';
import { createModelOpener, type ModelRequest, type Opener } from '../embedding/open-model.ts';
import { createRerankerOpener } from '../embedding/open-reranker.ts';
import { OperatorError, UnavailableError } from '../errors.ts';
import { evaluate } from '../evaluation/evaluate.ts';
import { type KeptEvaluation, keepEvaluation, modelsText, toKept } from '../evaluation/kept-evaluation.ts';
import { type OwnRanking, readOwnRanking } from '../evaluation/own-rankings.ts';
import type { EvaluatedIssue } from '../evaluation/passages.ts';
import { plotEvaluations } from '../evaluation/plot.ts';
import { MINED_SETS, type QuerySet } from '../evaluation/query-sets.ts';
import { issuesOfFile, issuesOfStore, writtenSetOfFile } from '../evaluation/read-inputs.ts';
import { renderMarkdown, renderTable } from '../evaluation/table.ts';
import { cachedEmbed } from '../evaluation/vector-cache.ts';
import { createHub } from '../hub/http-hub.ts';
import { createLogger } from '../log.ts';
import { createProgressReporter, duration } from '../progress.ts';
import { readArguments } from './read-arguments.ts';

const USAGE =
  'npm run eval -- [--mine links|titles|duplicates|duplicates-with-body]… [--queries FILE.jsonl]… [--from FILE.jsonl] [--ranking NAME=FILE.jsonl]… [--json | --markdown] [--svg FILE]';

/**
 * `npm run eval`: how well ways to rank find what answers a question. Questions are mined from the issues (of the corpus,
 * or of a file, which has also the comments that are too short to be kept), or were written down; rankings that something
 * else made stand in the table too. What was found is kept for the local page.
 */
export async function run(args: readonly string[]): Promise<number> {
  const { values } = readArguments(args, USAGE, {
    options: {
      mine: { type: 'string', multiple: true, default: [] },
      queries: { type: 'string', multiple: true, default: [] },
      from: { type: 'string' },
      ranking: { type: 'string', multiple: true, default: [] },
      json: { type: 'boolean', default: false },
      markdown: { type: 'boolean', default: false },
      svg: { type: 'string' },
    },
  });
  const startedAt = performance.now();
  const config = readConfig();
  const log = createLogger({ ...config.log, level: 'warn', secrets: config.secrets });
  const ownRankings = await Promise.all(values.ranking.map(ownRanking));
  const issues = values.from ? await issuesOfFile(values.from) : await issuesOfCorpus(config);
  const sets = await querySets(issues, values);
  const hub = createHub({ ...config.hub, log });
  const models = { hub, device: config.embedding.device, directory: config.dataDir, log };
  const opened: { close(): Promise<void> }[] = [];
  const open = async <Model extends { close(): Promise<void> }>(opener: Opener<Model>, request: ModelRequest) => {
    const model = await opener(request, { fetch: true, signal: new AbortController().signal });
    if (!model) throw new OperatorError(`The model ${request.model} could not be had.`);
    opened.push(model);
    return model;
  };
  const reporter = createProgressReporter();
  const onProgress = reporter.report;
  try {
    const embedder = await open(createModelOpener(models), config.embedding).catch((cause: unknown) => {
      if (!(cause instanceof UnavailableError)) throw cause;
      // No stand-in here: its figures would be taken for the model's.
      throw new OperatorError('The model could not be had. To measure the small one that ships, set MODEL=box.', {
        cause,
      });
    });
    const reranker = config.rerank && (await open(createRerankerOpener(models), config.rerank));
    const { identity } = embedder;
    const embed = cachedEmbed({ embedder, directory: path.join(config.dataDir, EVALUATION_FOLDER), onProgress });
    const score = reranker?.score;
    const evaluations = await evaluate({ sets, embed, identity, score, ownRankings, onProgress });
    reporter.close();
    const kept = toKept({
      identity,
      reranker: reranker?.identity,
      measuredAt: new Date().toISOString(),
      tookSeconds: Math.round((performance.now() - startedAt) / 1000),
      file: values.from && path.basename(values.from),
      issues: issues.length,
      evaluations,
    });
    await keepEvaluation(path.join(config.dataDir, EVALUATION_FILE), kept);
    process.stdout.write(render(kept, values));
    if (values.svg) await writeFile(values.svg, plotEvaluations(evaluations));
    return 0;
  } finally {
    reporter.close();
    // A thread that is left keeps the command from ending.
    for (const model of opened) await model.close();
  }
}

function render(kept: KeptEvaluation, { json, markdown }: { readonly json: boolean; readonly markdown: boolean }) {
  if (json) return `${JSON.stringify(kept, null, 2)}\n`;
  const { tookSeconds, evaluations } = kept;
  const tables = evaluations.map(markdown ? renderMarkdown : renderTable);
  const head = `${modelsText(kept)}; each figure with its 95 % interval; took ${duration(tookSeconds)}`;
  return `${[head, ...tables].join('\n\n')}\n`;
}

function ownRanking(option: string): Promise<OwnRanking> {
  const [, name, file] = /^([^=]+)=(.+)$/.exec(option) ?? [];
  if (name && file) return readOwnRanking(name, file);
  throw new OperatorError(`--ranking is ${option}: expected NAME=FILE.jsonl, as in --ranking "my search=mine.jsonl".`);
}

async function issuesOfCorpus(config: Config): Promise<readonly EvaluatedIssue[]> {
  const file = path.join(config.dataDir, STORE_FILE);
  const issues = existsSync(file) ? await issuesIn(file) : [];
  if (issues.length > 0) return issues;
  throw new OperatorError(
    `Nothing is indexed in ${config.dataDir}: run \`npm run index\`, or name a file of issues, --from FILE.jsonl.`,
  );
}

async function issuesIn(storeFile: string): Promise<readonly EvaluatedIssue[]> {
  const store = await openSqliteStore(storeFile);
  try {
    return await issuesOfStore(store);
  } finally {
    await store.close();
  }
}

type Wanted = { readonly mine: readonly string[]; readonly queries: readonly string[] };

async function querySets(issues: readonly EvaluatedIssue[], { mine, queries }: Wanted): Promise<readonly QuerySet[]> {
  const mines = mine.length + queries.length > 0 ? mine : Object.keys(MINED_SETS);
  const sets = mines.map((name) => {
    const make = MINED_SETS[name];
    if (!make) throw new OperatorError(`--mine is ${name}: expected ${Object.keys(MINED_SETS).join(', ')}.`);
    return make(issues);
  });
  for (const file of queries) sets.push(await writtenSetOfFile(file, issues));
  const usable = sets.filter(({ queries: found }) => found.length > 0);
  if (usable.length > 0) return usable;
  throw new OperatorError(
    'There are no questions to evaluate with: of a corpus without links between issues take --mine titles, or write some down for --queries.',
  );
}
