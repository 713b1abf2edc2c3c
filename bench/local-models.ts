import { existsSync } from 'node:fs';
import { cp, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { EmbedderIdentity } from '../src/embedding/embedder.ts';
import { createModelOpener, type PortableEmbedder } from '../src/embedding/open-model.ts';
import { createHub } from '../src/hub/http-hub.ts';
import { silentLogger } from '../src/log.ts';

const assets = process.env.TEST_ASSETS ?? '../shared';

export const here = (file: string) => path.join(import.meta.dirname, '..', file);

/** What the benches of the model in the box take from the command line. */
export const BOX_OPTIONS = {
  box: { type: 'string', default: here('models/box') },
  teacher: { type: 'string', default: path.join(assets, 'models/all-MiniLM-L6-v2') },
  issues: { type: 'string', default: path.join(assets, 'data/github-issues.jsonl') },
  duplicates: { type: 'string', default: path.join(assets, 'data/duplicates.jsonl') },
} as const;

/** Of vectors that no model made. */
export function madeUpIdentity(dimensions: number): EmbedderIdentity {
  return {
    model: 'bench',
    revision: '',
    weightsSha256: '',
    precision: 'fp32',
    pooling: 'cls',
    normalized: false,
    dimensions,
    maxTokens: 512,
  };
}

/** Nobody is asked for a folder. */
export function noHub(scratch: string) {
  return createHub({ endpoint: 'http://127.0.0.1:9', token: undefined, cacheDir: scratch, log: silentLogger });
}

/** Opens the model of a folder, in a thread of its own, on the processor. */
export async function openLocalModel(
  folder: string,
  { precision, scratch }: { readonly precision: 'auto' | 'int8'; readonly scratch: string },
): Promise<PortableEmbedder> {
  const hub = noHub(scratch);
  const open = createModelOpener({ hub, device: 'cpu', directory: scratch, log: silentLogger });
  const request = { model: folder, revision: 'main', precision };
  const model = await open(request, { fetch: false, signal: new AbortController().signal });
  if (!model) throw new Error(`there is no model in ${folder}`);
  return model;
}

/** The same weights, in int8, with two maximum lengths; none where the folder is missing. */
export async function openTeachers(
  folder: string,
  scratch: string,
): Promise<Readonly<Record<string, PortableEmbedder>>> {
  if (!existsSync(folder)) return {};
  const longer = path.join(scratch, 'teacher-512');
  const settings = path.join(longer, 'sentence_bert_config.json');
  await cp(folder, longer, { recursive: true, dereference: true });
  await rm(settings, { force: true });
  await writeFile(settings, '{"max_seq_length":512}');
  return {
    'teacher at 256': await openLocalModel(folder, { precision: 'int8', scratch }),
    'teacher at 512': await openLocalModel(longer, { precision: 'int8', scratch }),
  };
}
