import { readConfig } from '../config.ts';
import { createModelOpener } from '../embedding/open-model.ts';
import { createRerankerOpener } from '../embedding/open-reranker.ts';
import { OperatorError } from '../errors.ts';
import { createHub } from '../hub/http-hub.ts';
import { createLogger } from '../log.ts';
import { createProgressReporter } from '../progress.ts';
import { readArguments } from './read-arguments.ts';

/**
 * `npm run model -- fetch`: gets the configured models onto this machine and tries them. Goes on where an earlier download
 * stopped; a running bot picks them up by itself.
 */
export async function run(args: readonly string[]): Promise<number> {
  const { positionals } = readArguments(args, 'npm run model -- fetch', { allowPositionals: true });
  if (positionals.length !== 1 || positionals[0] !== 'fetch') {
    throw new OperatorError(
      'Expected `npm run model -- fetch`, which downloads the models that MODEL and RERANK name.',
    );
  }
  const config = readConfig();
  const log = createLogger({ ...config.log, secrets: config.secrets });
  const stopping = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.once(name, () =>
      stopping.abort(new OperatorError('Stopped; what is fetched is kept, and the next run goes on from there.')),
    );
  }
  const reporter = createProgressReporter();
  const { embedding, rerank, dataDir: directory } = config;
  const models = { hub: createHub({ ...config.hub, log }), device: embedding.device, directory, log };
  const options = { fetch: true, signal: stopping.signal, onProgress: reporter.report };
  try {
    for (const fetch of [
      () => createModelOpener(models)(embedding, options),
      async () => rerank && (await createRerankerOpener(models)(rerank, options)),
    ]) {
      // Closed before the next one may fail: a thread that is left keeps the command from ending.
      const model = await fetch();
      if (model) log.info(`${model.identity.model} is here: ${model.identity.precision} on ${model.device}`);
      await model?.close();
    }
    return 0;
  } finally {
    reporter.close();
  }
}
