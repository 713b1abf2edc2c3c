// How fast the model in the box is, beside the model it learned from (int8, 512 tokens), in the same run:
//   npx tsx bench/box-speed.ts [--box FOLDER] [--teacher FOLDER] [--issues FILE.jsonl]
// Times are those of whoever calls the thread that embeds: tokens, inference and the way there and back.
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { documentOf } from '../src/corpus/prepare.ts';
import { sampleSource } from '../src/corpus/sample.ts';
import { openSqliteStore } from '../src/corpus/sqlite-store.ts';
import type { Embedder } from '../src/embedding/embedder.ts';
import { passagesOf } from '../src/evaluation/passages.ts';
import { issuesOfFile } from '../src/evaluation/read-inputs.ts';
import { silentLogger } from '../src/log.ts';
import { indexSource } from '../src/retrieval/indexer.ts';
import { type Row, report, round, timeInTurns, timeOnce } from './harness.ts';
import { BOX_OPTIONS, here, openLocalModel, openTeachers } from './local-models.ts';

const { values: options } = parseArgs({ options: BOX_OPTIONS });
/** So many long documents, which a teacher takes minutes for, and so many of the sample's. */
const DOCUMENTS = { box: 2_000, teacher: 60 };
const QUESTION = 'How can I load a dataset offline?';

const scratch = await mkdtemp(path.join(tmpdir(), 'precedent-box-speed-'));
try {
  await measure();
} finally {
  await rm(scratch, { recursive: true, force: true });
}

async function measure(): Promise<void> {
  const sample = await documentsOf(here('src/corpus/sample.jsonl'));
  const issues = existsSync(options.issues) ? await documentsOf(options.issues) : [];
  const [box, loadMs] = await timeOnce(() => openLocalModel(options.box, { precision: 'auto', scratch }));
  const { 'teacher at 256': shorter, 'teacher at 512': teacher } = await openTeachers(options.teacher, scratch);
  await shorter?.close();
  const rows: Row[] = [];
  const compare = async (work: string, texts: readonly string[]) => {
    const boxMs = await perText(box, texts.slice(0, DOCUMENTS.box));
    const teacherMs = teacher && (await perText(teacher, texts.slice(0, DOCUMENTS.teacher)));
    rows.push(rowOf(work, boxMs, teacherMs));
  };
  rows.push(rowOf('load the model', loadMs));
  // The code is not compiled yet, and no word is known.
  await compare(`a sample comment, the first time`, sample);
  await compare('a sample comment', sample);
  if (issues.length > 0) {
    await compare(`an issue comment with title and body, the first time`, issues);
    await compare(`an issue comment with title and body`, issues);
  }
  const { box: question, teacher: taught } = await timeInTurns(
    { box: () => box.embed([QUESTION]), teacher: () => teacher?.embed([QUESTION]) },
    { rounds: 200 },
  );
  rows.push(rowOf('a question', question.p50Ms, teacher && taught.p50Ms));
  rows.push(rowOf(`index the sample corpus (${sample.length} comments)`, await indexSample(box)));
  await box.close();
  await teacher?.close();
  report('box-speed', rows);
}

async function documentsOf(file: string): Promise<readonly string[]> {
  return passagesOf(await issuesOfFile(file)).map(documentOf);
}

/** All in one call, as an index is made. */
async function perText(model: Embedder, texts: readonly string[]): Promise<number> {
  const [, ms] = await timeOnce(() => model.embed(texts, { priority: 'indexing' }));
  return ms / texts.length;
}

/** From nothing to an index on disk: rows read and kept, documents embedded, both indexes written. */
async function indexSample(embedder: Embedder): Promise<number> {
  const directory = await mkdtemp(path.join(scratch, 'data-'));
  const store = await openSqliteStore(path.join(scratch, 'corpus.sqlite'));
  try {
    const source = sampleSource(path.join(scratch, 'staging'));
    const [, ms] = await timeOnce(() =>
      indexSource(source, { store, directory, recipe: 'precedent', log: silentLogger, embedder }),
    );
    return ms;
  } finally {
    await store.close();
  }
}

function rowOf(work: string, boxMs: number, teacherMs?: number): Row {
  return {
    work,
    'box ms': round(boxMs, 2),
    'teacher ms': teacherMs === undefined ? '' : round(teacherMs, 2),
    'times faster': teacherMs === undefined ? '' : round(teacherMs / boxMs, 0),
  };
}
