import { readConfig } from '../config.ts';
import { OperatorError, toError } from '../errors.ts';
import { createLogger, type Logger } from '../log.ts';
import { type Bot, startBot } from '../main.ts';
import { createProgressReporter } from '../progress.ts';
import { withSampleLinks } from '../reply-text.ts';
import { exampleQuestion } from '../seed-question.ts';
import { reportFaults } from './doctor.ts';
import { readArguments } from './read-arguments.ts';
import { renderAnswer } from './reply.ts';

const STOP_TIMEOUT_MS = 10_000;
const MEANING_PATIENCE_MS = 10_000;

const USAGE = 'npm start -- [--discussions]';

/** `npm start`: the bot, until a signal stops it. `--discussions` is `DISCUSSIONS=on`. */
export async function run(args: readonly string[]): Promise<number> {
  const { values } = readArguments(args, USAGE, { options: { discussions: { type: 'boolean', default: false } } });
  const configured = readConfig();
  const config = { ...configured, discussions: configured.discussions || values.discussions };
  const log = createLogger({ ...config.log, secrets: config.secrets });
  const stopping = new AbortController();
  const stop = new Promise<number>((resolve) => {
    for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => resolve(0));
    process.once('uncaughtException', (error) => resolve(broken(log, error)));
    process.once('unhandledRejection', (reason) => resolve(broken(log, toError(reason))));
  });

  await reportFaults(config, log);
  const reporter = createProgressReporter();
  const starting = startBot(config, { log, onProgress: reporter.report, signal: stopping.signal });
  const bot = await Promise.race([starting, stop]);
  if (typeof bot === 'number') {
    stopping.abort();
    await starting.then((started) => started.close()).catch(() => {});
    return bot;
  }
  if (!config.discord && !config.slack) {
    log.info('no chat is configured: set DISCORD_TOKEN or the SLACK_ tokens in .env (the README says how)');
    void showSeedQuestion(bot, config.defaultSource, stopping.signal).catch(() => {});
  }

  const refused = new Promise<number>((resolve) => {
    bot.connecting.catch((error: unknown) => {
      if (!stopping.signal.aborted) resolve(broken(log, toError(error)));
    });
  });
  const code = await Promise.race([stop, refused]);
  log.info('stopping');
  stopping.abort();
  reporter.close();
  await Promise.race([bot.close(), new Promise((resolve) => setTimeout(resolve, STOP_TIMEOUT_MS).unref())]);
  process.exit(code);
}

/**
 * What the course asks, once there is something to answer from; by meaning if that takes only a little longer. Not of
 * the operator's own corpus, which need not know about that.
 */
async function showSeedQuestion(
  { retriever, pageUrl }: Bot,
  defaultSource: string,
  signal: AbortSignal,
): Promise<void> {
  const pause = () => new Promise((resolve) => setTimeout(resolve, 250).unref());
  while (!signal.aborted && !retriever.status().serving) await pause();
  const patience = AbortSignal.timeout(MEANING_PATIENCE_MS);
  const mayComeSoon = () => retriever.status().mode !== 'semantic' && !retriever.status().awaitsModel;
  while (!signal.aborted && !patience.aborted && mayComeSoon()) await pause();
  signal.throwIfAborted();
  const question = exampleQuestion(retriever.status(), defaultSource);
  if (question === undefined) return;
  const answer = withSampleLinks(await retriever.ask(question, { sees: 'all', signal }), pageUrl);
  process.stdout.write(`\n${question}\n\n${renderAnswer(answer, process.stdout.columns)}\n\n`);
}

/** After a fault that nobody caught nothing can be relied on: say it, close, and let a supervisor start anew. */
function broken(log: Logger, error: Error): number {
  log.error(error instanceof OperatorError ? error.message : 'a fault that nobody caught; stopping', { error });
  return 1;
}
