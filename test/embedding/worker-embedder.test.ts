import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Worker } from 'node:worker_threads';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Embedder } from '../../src/embedding/embedder.ts';
import { connectEmbedder, type StartEmbedderOptions, startEmbedder } from '../../src/embedding/worker-embedder.ts';
import { OperatorError } from '../../src/errors.ts';
import { createLogger, silentLogger } from '../../src/log.ts';
import { rowsOf } from './golden.ts';
import { resolveFolder, TINY_MODEL, tinyModel } from './tiny-model.ts';

async function start(folder = TINY_MODEL, options: Partial<StartEmbedderOptions> = {}) {
  const model = await resolveFolder(folder);
  const embedder = await startEmbedder({ model, device: 'cpu', log: silentLogger, ...options });
  onTestFinished(() => embedder.close());
  return embedder;
}

/** Documents of several hundred tokens each. */
const documents = (count: number) =>
  Array.from({ length: count }, (_, index) => `document ${index} ${'about the index and its cache '.repeat(40)}`);

describe('the embedder in its worker thread', () => {
  it('answers questions while an index is made, and the index goes on', async () => {
    const embedder = await start();
    const finished: string[] = [];
    const index = embedder.embed(documents(40), { priority: 'indexing' }).then(() => finished.push('index'));
    for (const number of [1, 2, 3]) {
      await embedder.embed([`question ${number}`]);
      finished.push(`question ${number}`);
    }
    await index;
    expect(finished).toEqual(['question 1', 'question 2', 'question 3', 'index']);
  });

  it('embeds again, with the same vectors, after its thread has failed', async () => {
    const threads: Worker[] = [];
    const note = (worker: Worker) => threads.push(worker);
    process.on('worker', note);
    onTestFinished(() => void process.off('worker', note));
    const lines: string[] = [];
    const embedder = await start(TINY_MODEL, { log: createLogger({ write: (line) => lines.push(line) }) });
    const before = await embedder.embed(['How does caching work?']);
    await threads[0]?.terminate();
    expect(await embedder.embed(['How does caching work?'])).toEqual(before);
    expect(threads).toHaveLength(2);
    expect(lines.join('\n')).toContain('the thread that embeds has failed');
    await embedder.close();
    await expect(embedder.embed(['later'])).rejects.toThrow('the model was closed');
  });

  it('lets questions overtake an index that another thread makes through a port', async () => {
    const embedder = await start();
    const indexer = await connectEmbedder(await embedder.port());
    const finished: string[] = [];
    const index = indexer.embed(documents(40), { priority: 'indexing' }).then(() => finished.push('index'));
    await embedder.embed(['question']).then(() => finished.push('question'));
    await index;
    expect(finished).toEqual(['question', 'index']);
  });

  it('leaves the main thread free while it embeds', async () => {
    const embedder = await start();
    let running = true;
    const index = embedder.embed(documents(25), { priority: 'indexing' }).finally(() => {
      running = false;
    });
    let turns = 0;
    while (running) {
      await nextTurn();
      turns++;
    }
    await index;
    // Inference in this thread would leave two turns a text.
    expect(turns).toBeGreaterThan(200);
  });

  it('drops what waits when its caller gives up, and answers the others', async () => {
    const embedder = await start();
    const gaveUp = new AbortController();
    const dropped = embedder.embed(documents(2000), { priority: 'indexing', signal: gaveUp.signal });
    const question = embedder.embed(['question']);
    gaveUp.abort(new Error('nobody waits any more'));
    await expect(dropped).rejects.toThrow('nobody waits any more');
    expect((await question).length).toBe(32);
    // Comes only once nothing of the 2,000 stands before it.
    expect((await embedder.embed(['after'], { priority: 'indexing' })).length).toBe(32);
  });

  it('drops the work of a port that closes, and goes on for the others', async () => {
    const embedder = await start();
    const indexer = await connectEmbedder(await embedder.port());
    const dropped = indexer.embed(documents(2000), { priority: 'indexing' });
    await indexer.close();
    await expect(dropped).rejects.toThrow(/closed/);
    expect((await embedder.embed(['after'], { priority: 'indexing' })).length).toBe(32);
  });

  it('rejects what is under way when it is closed', async () => {
    const embedder = await start();
    const under = embedder.embed(documents(50));
    const closing = embedder.close();
    await expect(under).rejects.toThrow(/closed/);
    await closing;
  });

  it('says in the log what it runs', async () => {
    const lines: string[] = [];
    await start(TINY_MODEL, { log: createLogger({ write: (line) => lines.push(line) }) });
    expect(lines.join('\n')).toMatch(/the model is ready model=mpnet-tiny device=cpu precision=fp32/);
  });

  it('pools by mean and by largest value, and scales to length 1, as the folder says', async () => {
    const flags = { pooling_mode_cls_token: false };
    const withPooling = async (config: Record<string, boolean>, modules?: string) =>
      vectorOf(
        await start(
          await tinyModel({
            '1_Pooling/config.json': { ...flags, ...config },
            ...(modules ? { 'modules.json': modules } : {}),
          }),
        ),
      );
    const cls = await vectorOf(await start());
    const mean = await withPooling({ pooling_mode_mean_tokens: true });
    const max = await withPooling({ pooling_mode_max_tokens: true });
    expect(new Set([cls, mean, max].map((vector) => vector.join())).size).toBe(3);
    mean.forEach((value, index) => {
      expect(value).toBeLessThanOrEqual((max[index] ?? 0) + 1e-6);
    });
    const modules = JSON.parse(await readFile(path.join(TINY_MODEL, 'modules.json'), 'utf8'));
    const normalize = { idx: 2, name: '2', path: '2_Normalize', type: 'sentence_transformers.models.Normalize' };
    const unit = await withPooling({ pooling_mode_mean_tokens: true }, JSON.stringify([...modules, normalize]));
    const length = Math.hypot(...mean);
    unit.forEach((value, index) => {
      expect(value).toBeCloseTo((mean[index] ?? 0) / length, 5);
    });
  });

  it('refuses weights that are cut short, with their size and what to do', async () => {
    const whole = await readFile(path.join(TINY_MODEL, 'onnx/model.onnx'));
    const folder = await tinyModel({ 'onnx/model.onnx': whole.subarray(0, 200_000) });
    const starting = start(folder);
    await expect(starting).rejects.toThrow(
      /model\.onnx are not a whole ONNX model \(200,000 bytes here\): .* fetch the model again/,
    );
    await expect(starting).rejects.toBeInstanceOf(OperatorError);
  });

  it('refuses weights of another dimension than the folder says', async () => {
    const folder = await tinyModel({
      'config.json': { hidden_size: 64 },
      '1_Pooling/config.json': { word_embedding_dimension: 64 },
    });
    await expect(start(folder)).rejects.toThrow(/give 32 dimensions: expected 64, as config\.json says/);
  });

  it.skipIf(process.platform !== 'linux' || process.arch !== 'x64')(
    'refuses DEVICE=cuda where it does not load, with what to install',
    async (context) => {
      const starting = start(TINY_MODEL, { device: 'cuda' });
      const outcome = await starting.then(
        (embedder) => embedder.device,
        (error: unknown) => error,
      );
      context.skip(outcome === 'cuda', 'CUDA loads on this machine');
      expect(outcome).toBeInstanceOf(OperatorError);
      expect(String(outcome)).toMatch(/CUDA does not load/);
    },
  );
});

async function vectorOf(embedder: Embedder): Promise<readonly number[]> {
  const [vector] = rowsOf(await embedder.embed(['the bot runs as a service']), embedder.identity.dimensions);
  return [...(vector ?? [])];
}
