// How many threads a FAISS search in a worker starts, depending on who sets OMP_NUM_THREADS=1: run with `worker` or
// `main`. Prints the number. A process of its own, since the library reads the variable once.
import { readdirSync } from 'node:fs';
import { Worker } from 'node:worker_threads';

const [, , who] = process.argv;

const code = `
  const { parentPort, workerData } = require('node:worker_threads');
  if (workerData === 'worker') process.env.OMP_NUM_THREADS = '1';
  const { IndexFlatIP } = require('faiss-node');
  const index = new IndexFlatIP(8);
  index.add(Array.from({ length: 8000 }, (_, place) => place % 7));
  parentPort.once('message', () => {
    // Several questions in one call: FAISS shares them out among its threads.
    index.search(Array.from({ length: 16 * 8 }, (_, place) => place % 5), 5);
    // Here, where those of the search wait for the next one.
    parentPort.postMessage(require('node:fs').readdirSync('/proc/self/task'));
  });
  parentPort.postMessage('loaded');
`;

if (who === 'main') process.env.OMP_NUM_THREADS = '1';
// Before the worker: what its library starts may come when it loads or when it searches.
const before = new Set(readdirSync('/proc/self/task'));
const worker = new Worker(code, { eval: true, workerData: who });
const next = () => new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject));
await next();
worker.postMessage('search');
const after = await next();
console.log(after.filter((thread) => !before.has(thread)).length);
await worker.terminate();
