import { readConfig } from '../config.ts';
import { createModelOpener } from '../embedding/open-model.ts';
import { OperatorError } from '../errors.ts';
import { createHub } from '../hub/http-hub.ts';
import { createLogger } from '../log.ts';
import { createProgressReporter } from '../progress.ts';
import { readArguments } from './read-arguments.ts';

/**
 * `npm run model -- fetch`: gets the configured model onto this machine and tries it. Goes on where an earlier download
 * stopped; a running bot picks the model up by itself.
 */
export async function run(args: readonly string[]): Promise<number> {
  const { positionals } = readArguments(args, 'npm run model -- fetch', { allowPositionals: true });
  if (positionals.length !== 1 || positionals[0] !== 'fetch') {
    throw new OperatorError('Expected `npm run model -- fetch`, which downloads the model that MODEL names.');
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
  const { embedding, dataDir: directory } = config;
  try {
    const hub = createHub({ ...config.hub, log });
    const openModel = createModelOpener({ hub, device: embedding.device, directory, log });
    const embedder = await openModel(embedding, {
      fetch: true,
      signal: stopping.signal,
      onProgress: reporter.report,
    });
    if (embedder) log.info(`${embedder.identity.model} is here: ${embedder.identity.precision} on ${embedder.device}`);
    await embedder?.close();
    return 0;
  } finally {
    reporter.close();
  }
}
