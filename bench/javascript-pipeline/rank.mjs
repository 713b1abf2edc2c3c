// Ranks comments as pages about search in JavaScript do it: transformers.js makes vectors, an array in memory keeps them,
// cosine compares. Started by ../javascript-pipeline.ts, which hands in what is to be ranked:
//   node rank.mjs INPUT.json OUTPUT.json
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { env, pipeline } from '@huggingface/transformers';
import { RecursiveCharacterTextSplitter } from '@langchain/textsplitters';

const [inputFile, outputFile] = process.argv.slice(2);
/** @type {{ model: string, dtype: string, depth: number, sets: { documents: string[], questions: { text: string, leftOut: number[] }[] }[] }} */
const { model, dtype, depth, sets } = JSON.parse(await readFile(inputFile, 'utf8'));

env.allowRemoteModels = false;
env.localModelPath = path.dirname(model);
const extractor = await pipeline('feature-extraction', path.basename(model), { dtype });
// The defaults of many a tutorial.
const splitter = new RecursiveCharacterTextSplitter({ chunkSize: 1000, chunkOverlap: 200 });

const known = new Map();
let embedded = 0;
async function embed(text) {
  const kept = known.get(text);
  if (kept) return kept;
  const { data } = await extractor(text, { pooling: 'mean', normalize: true });
  const vector = Float32Array.from(data);
  known.set(text, vector);
  embedded += 1;
  if (embedded % 500 === 0) console.error(`${embedded} texts embedded`);
  return vector;
}

// Of vectors of length 1 the inner product is the cosine.
function cosine(a, b) {
  let sum = 0;
  for (let at = 0; at < a.length; at++) sum += a[at] * b[at];
  return sum;
}

async function rank({ documents, questions }, partsOf) {
  const store = [];
  for (const [place, document] of documents.entries()) {
    for (const part of await partsOf(document)) store.push({ place, vector: await embed(part) });
  }
  const ranked = [];
  for (const { text, leftOut } of questions) {
    const asked = await embed(text);
    const away = new Set(leftOut);
    const near = store
      .filter(({ place }) => !away.has(place))
      .map(({ place, vector }) => ({ place, score: cosine(asked, vector) }))
      .sort((a, b) => b.score - a.score);
    // Chunks of one comment are one hit.
    ranked.push([...new Set(near.map(({ place }) => place))].slice(0, depth));
  }
  return ranked;
}

const rankings = { truncated: [], chunked: [] };
for (const set of sets) {
  rankings.truncated.push(await rank(set, (document) => [document]));
  rankings.chunked.push(await rank(set, (document) => splitter.splitText(document)));
}
await writeFile(outputFile, JSON.stringify(rankings));
