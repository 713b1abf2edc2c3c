import { setTimeout as sleep } from 'node:timers/promises';
import { startEmbedder } from '../../src/embedding/worker-embedder.ts';
import { silentLogger } from '../../src/log.ts';
import { resolveFolder } from '../embedding/tiny-model.ts';

// A process of its own, which an abort in native code takes along.
const model = await resolveFolder(process.argv[2] ?? '');
const texts = Array.from({ length: 1500 }, (_, index) => `text ${index} `.repeat(60));
for (let round = 0; round < 3; round++) {
  const embedder = await startEmbedder({ model, device: 'cpu', log: silentLogger });
  const outcome = embedder.embed(texts, { priority: 'indexing' }).then(
    () => 'done',
    (error: Error) => error.message,
  );
  await sleep(400);
  await embedder.close();
  console.log(await outcome);
}
