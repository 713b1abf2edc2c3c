import path from 'node:path';
import type { Check } from '../check.ts';
import { commandNames } from '../command-name.ts';
import { type Config, readConfig } from '../config.ts';
import { repositoryOf } from '../corpus/github.ts';
import { sourceKey } from '../corpus/source-key.ts';
import { doctor, hasFault, logFindings, runChecks } from '../doctor/doctor.ts';
import { deviceCheck, indexCheck, modelCheck } from '../doctor/engine-checks.ts';
import {
  configurationCheck,
  dataFolderCheck,
  NATIVE_LIBRARIES,
  nativeLibraryCheck,
  nodeCheck,
  portCheck,
} from '../doctor/machine-checks.ts';
import { addressCheck, clockCheck, outsideAddresses, runningBotCheck } from '../doctor/network-checks.ts';
import { CROSS_ENCODER } from '../embedding/cross-encoder-folder.ts';
import { providersFor } from '../embedding/devices.ts';
import { cachedModel, type ModelKind, type ModelOptions } from '../embedding/model-files.ts';
import { ENCODER } from '../embedding/model-folder.ts';
import { createModelOpener, MEMORY_FILE, type ModelRequest } from '../embedding/open-model.ts';
import { ConfigError, describeError, OperatorError } from '../errors.ts';
import { createGithub } from '../github/client.ts';
import { githubCheck } from '../github/doctor.ts';
import { createHub } from '../hub/http-hub.ts';
import { runningBot } from '../lock.ts';
import { type Logger, silentLogger } from '../log.ts';
import { readIndex, readManifest } from '../retrieval/index-files.ts';
import { countComments } from './corpus-file.ts';
import { describedActions, describedCommands } from './described-commands.ts';
import { helpChannelsCheck } from './help-channels-check.ts';
import { pageUrl } from './page-url.ts';
import { readArguments } from './read-arguments.ts';
import { sourcesCheck } from './sources-check.ts';
import { settingsSpelling } from './spelling.ts';

const TIMEOUT_MS = 60_000;

/** `npm run doctor [-- --json]`: everything that can be wrong, and what mends it. Exit code 1 on a fault. */
export async function run(args: readonly string[]): Promise<number> {
  const { values } = readArguments(args, 'npm run doctor [-- --json]', {
    options: { json: { type: 'boolean', default: false } },
  });
  const config = readOrUndefined();
  const checks = config ? await allChecks(config) : [nodeCheck(), configurationCheck(readConfig), settingsSpelling()];
  return doctor({ checks, json: values.json, secrets: config?.secrets ?? [], timeoutMs: TIMEOUT_MS });
}

/**
 * The fast part, at every start: what it finds goes to the log.
 *
 * @throws OperatorError when there is a fault: the bot would not work
 */
export async function reportFaults(config: Config, log: Logger): Promise<void> {
  const results = await runChecks(
    (await allChecks(config)).filter(({ fast }) => fast),
    { timeoutMs: 5000 },
  );
  logFindings(results, log);
  if (hasFault(results))
    throw new OperatorError('The bot was not started: mend the faults above. `npm run doctor` looks at everything.');
}

async function allChecks(config: Config): Promise<readonly Check[]> {
  const { dataDir, embedding, rerank, web } = config;
  const addresses = outsideAddresses(config);
  const running = async () => (await runningBot(dataDir)) !== undefined;
  return [
    nodeCheck(),
    configurationCheck(readConfig),
    settingsSpelling(),
    dataFolderCheck(dataDir),
    ...NATIVE_LIBRARIES.map(nativeLibraryCheck),
    portCheck({ host: web.host, port: web.port, setting: 'PORT', running }),
    ...(web.publicPort === undefined
      ? []
      : [portCheck({ host: web.publicHost, port: web.publicPort, setting: 'PUBLIC_PORT', running })]),
    modelCheck({ model: embedding.model, look: (signal) => lookAtModel(config, embedding, ENCODER, signal) }),
    ...(rerank ? [rerankCheck(config, rerank)] : []),
    deviceCheck({ wanted: embedding.device, look: (signal) => lookAtDevice(config, signal) }),
    lookAtIndex(config),
    ...(config.sources.length > 0 ? [sourcesCheck(config.sources)] : []),
    ...addresses.map(addressCheck),
    clockCheck(addresses.map(({ url }) => url)),
    runningBotCheck({ running: () => runningBot(dataDir), pageUrl: pageUrl(web) }),
    ...githubChecks(config),
    helpChannelsCheck(dataDir, commandNames(config.slack?.commandNames)),
    ...(await chatChecks(config)),
  ];
}

function githubChecks({ github, sources, privateSources, discussions }: Config): readonly Check[] {
  const repositories = sources.map(repositoryOf).filter((name) => name !== undefined);
  if (repositories.length === 0) return [];
  const { apiUrl, token, app } = github;
  const client = createGithub({ apiUrl, token, app, log: silentLogger });
  const isAllowed = (name: string) => privateSources.has(sourceKey(`github:${name}`));
  const hasCredentials = token !== undefined || app !== undefined;
  return [githubCheck({ github: client, repositories, isAllowed, hasCredentials, discussions })];
}

/** A platform's client is loaded only where it is used: each takes a good part of a second. */
async function chatChecks({ discord, slack, chat, privateSources }: Config): Promise<readonly Check[]> {
  const commands = describedCommands();
  const checks: Check[] = [];
  if (discord) {
    const { discordChecks } = await import('../discord/doctor.ts');
    checks.push(...discordChecks({ config: discord, chat, commands, actions: describedActions() }));
  }
  if (slack) {
    const [{ slackChecks }, { reachOf }] = await Promise.all([
      import('../slack/doctor.ts'),
      import('../slack/manifest.ts'),
    ]);
    checks.push(...slackChecks({ config: slack, commands, reach: reachOf(chat, slack), privateSources }));
  }
  return checks;
}

function rerankCheck(config: Config, rerank: ModelRequest): Check {
  const look = (signal: AbortSignal) => lookAtModel(config, rerank, CROSS_ENCODER, signal);
  return modelCheck({ name: 'Re-ranking', model: rerank.model, look });
}

async function lookAtModel<Description extends { readonly folder: string }>(
  config: Config,
  request: ModelRequest,
  kind: ModelKind<Description>,
  signal: AbortSignal,
) {
  const hub = createHub({ ...config.hub, log: silentLogger });
  const cached = await cachedModel({ ...modelOptions(config), ...request, hub, signal }, kind);
  if (cached)
    return { where: 'disk', folder: cached.description.folder, precision: cached.weights.cpu.precision } as const;
  try {
    const { files } = await hub.list({ kind: 'model', id: request.model }, request.revision, signal);
    const weights = files.filter(({ path: file }) => file === 'onnx/model.onnx');
    return { where: 'hub', precision: request.precision, sizeBytes: weights[0]?.sizeBytes } as const;
  } catch (error) {
    return { where: 'nowhere', reason: describeError(error) } as const;
  }
}

/** Starts the model as the bot would: only that shows which device serves. */
async function lookAtDevice(config: Config, signal: AbortSignal) {
  const { embedding, dataDir } = config;
  const reasons: string[] = [];
  const log: Logger = { ...silentLogger, info: (message) => reasons.push(message) };
  const hub = createHub({ ...config.hub, log: silentLogger });
  const open = createModelOpener({ hub, device: embedding.device, directory: dataDir, log });
  const embedder = await open(embedding, { fetch: false, signal });
  if (!embedder) return { device: 'not known', reason: 'the model is not on this machine yet' };
  await embedder.close();
  const reason = reasons
    .filter((line) => line.startsWith('embedding: '))
    .map((line) => line.slice('embedding: '.length));
  return { device: embedder.device, reason: reason.join('; ') || undefined };
}

function lookAtIndex(config: Config): Check {
  const { dataDir } = config;
  return {
    name: 'Index',
    fast: false,
    run: async (signal) => {
      const manifest = await readManifest(dataDir).catch(() => undefined);
      const model = await configuredIdentity(config, signal);
      const check = indexCheck({
        fast: false,
        read: async () => (await readIndex(dataDir))?.manifest,
        configured: model ?? { model: manifest?.model ?? '', revision: manifest?.revision ?? '' },
        comments: () => countComments(dataDir),
      });
      return check.run(signal);
    },
  };
}

/** What the configured model calls itself: a branch has a commit behind it, a folder has no revision. */
async function configuredIdentity(config: Config, signal: AbortSignal) {
  const hub = createHub({ ...config.hub, log: silentLogger });
  return cachedModel({ ...modelOptions(config), hub, signal }).catch(() => undefined);
}

function modelOptions({ embedding, dataDir }: Config): Omit<ModelOptions, 'hub'> {
  return {
    ...embedding,
    providers: providersFor(embedding.device).providers,
    memoryFile: path.join(dataDir, MEMORY_FILE),
  };
}

function readOrUndefined(): Config | undefined {
  try {
    return readConfig();
  } catch (error) {
    if (error instanceof ConfigError) return undefined;
    throw error;
  }
}
