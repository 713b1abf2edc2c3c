import { afterAll, beforeAll, describe } from 'vitest';
import { openOnnxEmbedder } from '../../src/embedding/onnx-embedder.ts';
import { connectEmbedder, type PortableEmbedder, startEmbedder } from '../../src/embedding/worker-embedder.ts';
import { silentLogger } from '../../src/log.ts';
import { embedderCloseContract, embedderContract } from '../contracts/embedder.ts';
import { fakeEmbedder } from '../fakes/embedder.ts';
import { resolveFolder, TINY_MODEL } from './tiny-model.ts';

const inThisThread = async () =>
  openOnnxEmbedder({ model: await resolveFolder(TINY_MODEL), setting: 'cpu', providers: ['cpu'], threads: 1 });
const inWorker = async () =>
  startEmbedder({ model: await resolveFolder(TINY_MODEL), device: 'cpu', log: silentLogger });
const fake = async () => fakeEmbedder();

embedderContract('the embedder of tests', fake);
embedderContract('ONNX Runtime in the same thread', inThisThread);
embedderContract('ONNX Runtime in a worker thread', inWorker);
embedderCloseContract('the embedder of tests', fake);
embedderCloseContract('ONNX Runtime in the same thread', inThisThread);
embedderCloseContract('ONNX Runtime in a worker thread', inWorker);

describe('through a port', () => {
  let owner: PortableEmbedder;
  beforeAll(async () => {
    owner = await inWorker();
  });
  afterAll(() => owner.close());
  const throughPort = async () => connectEmbedder(await owner.port());

  embedderContract('ONNX Runtime behind a port', throughPort);
  embedderCloseContract('ONNX Runtime behind a port', throughPort);
});
