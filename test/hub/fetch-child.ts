/** A process of its own that fetches the model's weights and prints where they lie. */
import { createHub } from '../../src/hub/http-hub.ts';
import type { HubFile, HubRepository } from '../../src/hub/hub.ts';
import { silentLogger } from '../../src/log.ts';

const [endpoint = '', cacheDir = ''] = process.argv.slice(2);
const model: HubRepository = { kind: 'model', id: 'example/encoder' };
const hub = createHub({ endpoint, cacheDir, log: silentLogger, retryDelayMs: 200 });
const { commit, files } = await hub.list(model, 'main');
const weights = files.find((file) => file.path === 'onnx/model.onnx') as HubFile;
process.stdout.write(await hub.fetch(model, commit, weights));
