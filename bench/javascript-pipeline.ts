// The usual JavaScript pipeline (transformers.js, vectors in memory, cosine) ranks the questions of `npm run eval`, which
// takes the files written as rows of its table (`--ranking NAME=FILE`):
//   npx tsx bench/javascript-pipeline.ts --model FOLDER --from FILE.jsonl [--queries FILE.jsonl]… [--dtype fp32|q8] [--out FOLDER]
// Twice: each document cut at the model's limit, as transformers.js does, and in chunks of 1,000 characters, as LangChain's
// tutorials do. Its packages are installed beside it on the first run; the product knows nothing of them.
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { MINED_SETS, type QuerySet } from '../src/evaluation/query-sets.ts';
import { issuesOfFile, writtenSetOfFile } from '../src/evaluation/read-inputs.ts';
import { textsOf } from '../src/evaluation/variants.ts';
import { BOX_OPTIONS, here } from './local-models.ts';

const DEPTH = 10;
const FOLDER = here('bench/javascript-pipeline');

const { values: options } = parseArgs({
  options: {
    model: BOX_OPTIONS.teacher,
    from: BOX_OPTIONS.issues,
    queries: { type: 'string', multiple: true, default: [] },
    dtype: { type: 'string', default: 'q8' },
    out: { type: 'string', default: here('.cache/javascript-pipeline') },
  },
});

if (!existsSync(path.join(FOLDER, 'node_modules'))) {
  execFileSync('npm', ['ci', '--ignore-scripts'], { cwd: FOLDER, stdio: 'inherit' });
}
const issues = await issuesOfFile(options.from);
const sets = Object.values(MINED_SETS).map((mine) => mine(issues));
for (const file of options.queries) sets.push(await writtenSetOfFile(file, issues));
await mkdir(options.out, { recursive: true });
for (const [name, rankings] of Object.entries(await rank(sets))) {
  const file = path.join(options.out, `${name}.jsonl`);
  await writeFile(file, toLines(sets, rankings));
  console.log(`kept in ${path.relative(process.cwd(), file)}`);
}

/** Of each set, of each question: places of passages, best first. */
type Rankings = readonly (readonly (readonly number[])[])[];

async function rank(all: readonly QuerySet[]): Promise<Record<'truncated' | 'chunked', Rankings>> {
  const scratch = await mkdtemp(path.join(tmpdir(), 'javascript-pipeline-'));
  try {
    const [input, output] = [path.join(scratch, 'input.json'), path.join(scratch, 'output.json')];
    const model = path.resolve(options.model);
    const request = { model, dtype: options.dtype, depth: DEPTH, sets: all.map(toInput) };
    await writeFile(input, JSON.stringify(request));
    execFileSync(process.execPath, [path.join(FOLDER, 'rank.mjs'), input, output], { stdio: 'inherit' });
    return JSON.parse(await readFile(output, 'utf8'));
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

function toInput(set: QuerySet) {
  const { passages, queries } = set;
  const questions = queries.map(({ text, leftOut }) => ({
    text,
    leftOut: passages.flatMap(({ issue }, place) => (issue === leftOut ? [place] : [])),
  }));
  return { documents: textsOf(set), questions };
}

/** What `npm run eval -- --ranking` reads. */
function toLines(all: readonly QuerySet[], rankings: Rankings): string {
  const lines = all.flatMap(({ name: set, queries, passages }, at) =>
    queries.map(({ text: question }, query) => {
      const hits = (rankings[at]?.[query] ?? []).map((place) => {
        const { issue, position: comment } = passages[place] as (typeof passages)[number];
        return { issue, comment };
      });
      return JSON.stringify({ set, question, hits });
    }),
  );
  return `${lines.join('\n')}\n`;
}
