import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createAskCommand } from '../commands/ask.ts';
import { createPrivacyCommand } from '../commands/ask-privacy.ts';
import { createTeachCommand } from '../commands/ask-teach.ts';
import { createVotesCommand } from '../commands/ask-votes.ts';
import { createFindAnswersAction } from '../commands/find-answers.ts';
import { createHelpChannelCommand } from '../commands/help-channel.ts';
import { createSourcesCommand } from '../commands/sources.ts';
import { createAccess, type Place } from './access.ts';
import { withRules } from './access-rules.ts';
import { commandNames } from './command-name.ts';
import { type Config, isLoopback } from './config.ts';
import { readSampleIssue } from './corpus/sample-issue.ts';
import { openDeliveries } from './corpus/sqlite-deliveries.ts';
import { openSqliteStore } from './corpus/sqlite-store.ts';
import { createChats } from './create-chats.ts';
import { EVALUATION_FILE, MEMORY_FILE, STORE_FILE } from './data-files.ts';
import { BOX_MODEL } from './embedding/box.ts';
import { createModelOpener } from './embedding/open-model.ts';
import { createRerankerOpener } from './embedding/open-reranker.ts';
import { readEvaluation } from './evaluation/kept-evaluation.ts';
import { followSettings } from './follow-settings.ts';
import { serveWebhooks } from './github/webhooks.ts';
import { createAsker } from './help/asker.ts';
import type { Conversations } from './help/conversations.ts';
import { watchCorpus } from './help/corpus-watch.ts';
import { createConversations } from './help/create-conversations.ts';
import { createHelpChannels } from './help/create-help-channels.ts';
import { createLearnedAnswers } from './help/learned-answers.ts';
import { patrolChannels } from './help/patrol-channels.ts';
import { readQuestion } from './help/read-question.ts';
import { createHub } from './hub/http-hub.ts';
import { createJobQueue, createRateLimiter } from './limits.ts';
import { lockDataDir } from './lock.ts';
import type { Logger } from './log.ts';
import { openMemory } from './memory/sqlite-memory.ts';
import type { OnProgress } from './progress.ts';
import { openReports } from './report/reports.ts';
import { createReranking } from './retrieval/reranking.ts';
import { createRetriever, type Retriever } from './retrieval/retriever.ts';
import { createUpkeep } from './retrieval/upkeep.ts';
import type { UpkeepTiming } from './retrieval/upkeep-options.ts';
import { exampleQuestion } from './seed-question.ts';
import { standingFilter } from './source-filters.ts';
import { startChats } from './start-chats.ts';
import { answeringVersion } from './version.ts';
import { createWebPlatform } from './web/bot.ts';
import { openPublicListener } from './web/public-listener.ts';

export type Bot = {
  readonly retriever: Retriever;
  /** Where the local page is. */
  readonly pageUrl: string;
  /**
   * Resolves when every configured chat is connected, which may be long after the start where one cannot be reached;
   * rejects with an `OperatorError` when the operator has to mend it.
   */
  readonly connecting: Promise<void>;
  close(): Promise<void>;
};

export type BotOptions = {
  readonly log: Logger;
  readonly onProgress?: OnProgress;
  readonly signal: AbortSignal;
  /** For tests: how soon changes are looked for, and what failed is tried again. */
  readonly timing?: UpkeepTiming;
};

/** Questions embedded and searched at once: they share one model and one index thread. */
const QUESTIONS_AT_ONCE = 4;
/** What an asked answer may take, and how long an edited question is left alone before it is searched again. */
const ANSWER_TIMEOUT_MS = 60_000;
const EDIT_DELAY_MS = 2_000;
/** Before a change of a posted answer that failed is tried again. */
const RETRY_DELAYS_MS = [1_000, 10_000, 60_000];
/** How often it is looked whether posted answers still show what the corpus has. */
const WATCH_EVERY_MS = 2_000;
/** How often the next help channel is looked after. */
const PATROL_EVERY_MS = 2_000;
/** A chat that does not answer must not hold up the rest for longer. */
const CHAT_PATIENCE_MS = 20_000;

/**
 * Wires the bot together and starts it: resolves when questions are answered on every configured platform, or on
 * those that can be reached by now.
 *
 * @throws OperatorError when the operator has to mend something: another bot on the folder, a wrong token
 */
export async function startBot(config: Config, { log, onProgress, signal, timing }: BotOptions): Promise<Bot> {
  /** What is open, in the order opened; closed in reverse. */
  const opened: { close(): Promise<void> }[] = [];
  const close = async () => {
    for (const part of opened.splice(0).reverse()) {
      await part.close().catch((error: unknown) => log.error('a part did not close cleanly', { error }));
    }
  };
  const open = <Part extends { close(): Promise<void> }>(part: Part): Part => {
    opened.push(part);
    return part;
  };

  try {
    await mkdir(config.dataDir, { recursive: true }).catch(() => {});
    open({ close: await lockDataDir(config.dataDir) });
    const storeFile = path.join(config.dataDir, STORE_FILE);
    const evaluationFile = path.join(config.dataDir, EVALUATION_FILE);
    const store = open(await openSqliteStore(storeFile, { runName: 'the bot' }));
    await store.removeAuthors(config.excludeAuthors);
    const { webhookSecret } = config.github;
    // Before what works them off, so that it is closed after that.
    const deliveries = webhookSecret ? open(await openDeliveries(storeFile)) : undefined;
    const { device } = config.embedding;
    const models = { hub: createHub({ ...config.hub, log }), device, directory: config.dataDir, log };
    const openReranker = createRerankerOpener(models);
    const reranking = open(createReranking({ model: config.rerank, openReranker, log }));
    const retriever = createRetriever({
      queue: createJobQueue({ concurrency: QUESTIONS_AT_ONCE, capacity: config.askQueue }),
      log,
      reranking,
      standing: (spec) => standingFilter(config.sourceFilters, spec),
    });
    const access = createAccess({ rules: config.privateSources, sources: () => store.sources() });
    const memoryFile = path.join(config.dataDir, MEMORY_FILE);
    const memory = open(
      await openMemory(memoryFile, {
        comments: retriever.comments,
        sees: access.sees,
        keepDays: config.answerDays,
        log,
      }),
    );
    const reports = open(openReports(memoryFile));
    const upkeep = open(
      createUpkeep({
        retriever,
        store,
        storeFile,
        directory: config.dataDir,
        vectorIndex: config.vectorIndex,
        recipe: config.recipe,
        model: config.embedding,
        standIn: { model: BOX_MODEL, revision: '', precision: 'auto' },
        openModel: createModelOpener(models),
        sources: config.sources,
        defaultSource: config.defaultSource,
        hub: config.hub,
        follow: followSettings(config),
        log,
        onProgress,
        timing,
      }),
    );
    await upkeep.start(signal);
    await reranking.start();
    signal.throwIfAborted();

    const limiter = createRateLimiter({ limit: config.askLimit, windowMs: 60_000 });
    const learnedAnswers = createLearnedAnswers({ retriever, memory, log });
    const asker = createAsker({
      retriever,
      learnedAnswers,
      answers: memory.answers,
      sees: access.sees,
      usualSources: (room) => conversations.policyOf(room).sources,
      limiter,
      isShutOut: memory.channels.isShutOut,
    });
    const commandName = commandNames(config.slack?.commandNames);
    const waitMs = config.helpWaitMs;
    const { readsMessages } = config.chat;
    const version = () => answeringVersion(retriever.status());
    const conversations: Conversations & { close(): Promise<void> } = open(
      createConversations({
        asker,
        memory,
        reports,
        helpChannels: createHelpChannels({ memory, settings: { waitMs, version, commandName }, log }),
        settings: {
          ...config.chat,
          answerTimeoutMs: ANSWER_TIMEOUT_MS,
          editDelayMs: EDIT_DELAY_MS,
          retryDelaysMs: RETRY_DELAYS_MS,
          commandName,
        },
        log,
      }),
    );
    const people = { standing: conversations.standing, managers: config.chat.managers };
    const comments = async (keys: readonly string[], place: Place) =>
      retriever.comments(keys, await access.sees(place));
    const asked = { memory, reports, sees: access.sees, status: retriever.status, commandName };
    const commands = [
      createAskCommand({ asker, sees: access.sees }),
      createSourcesCommand({
        ...asked,
        sources: async () => withRules(await store.sources(), config.privateSources),
        standing: conversations.standing,
      }),
      createVotesCommand({ memory, ...people, comments }),
      createTeachCommand({ asker, taught: memory.taught, ...people, comments, commandName }),
      createPrivacyCommand({ optOuts: memory.optOuts, keepDays: config.answerDays, commandName }),
      createHelpChannelCommand({ ...conversations, ...asked, readsMessages, waitMs }),
    ];
    const actions = [createFindAnswersAction({ asker })];
    const publicListener =
      config.web.publicPort === undefined
        ? undefined
        : open(await openPublicListener({ host: config.web.publicHost, port: config.web.publicPort, log }));
    if (webhookSecret && deliveries && publicListener) {
      serveWebhooks({ listener: publicListener, secret: webhookSecret, take: upkeep.take, deliveries, log });
    }
    const chats = await createChats(config, {
      commands,
      actions,
      answers: memory.answers,
      conversations,
      access,
      publicListener,
      log,
    });
    const pagePlace: Place = { platform: 'web', kind: isLoopback(config.web.host) ? 'local' : 'outside' };
    const pageStatus = async () => {
      if (pagePlace.kind === 'local') return retriever.status();
      const visible = await access.sees(pagePlace);
      const counts = (await store.sources()).map(({ spec, comments: rows }) => (visible.includes(spec) ? rows : 0));
      return { ...retriever.status(), rows: counts.reduce((sum, rows) => sum + rows, 0) };
    };
    const page = open(
      createWebPlatform({
        config: config.web,
        ask: async (question, top, askSignal) =>
          retriever.ask(readQuestion(question), { sees: await access.sees(pagePlace), limit: top, signal: askSignal }),
        status: pageStatus,
        example: () => exampleQuestion(retriever.status(), config.defaultSource),
        quality: pagePlace.kind === 'local' ? () => readEvaluation(evaluationFile) : undefined,
        report: pagePlace.kind === 'local' ? () => reports.of() : undefined,
        sampleIssue: (number) => readSampleIssue(number, config.dataDir),
        platforms: chats,
        helpTroubles: () => memory.helpTroubles.list().length,
        log,
      }),
    );
    await page.start(signal);
    log.info(`the local page is at ${page.url}`);
    open(
      watchCorpus({
        conversations,
        posts: memory.posts,
        comments: retriever.comments,
        version: () => store.version(),
        privateSources: async () => (await store.sources()).flatMap(({ spec, isPrivate }) => (isPrivate ? spec : [])),
        everyMs: WATCH_EVERY_MS,
        log,
      }),
    );
    open(patrolChannels({ conversations, everyMs: PATROL_EVERY_MS, log }));
    const connecting = startChats(chats.map(open), { log, signal });
    // Whoever started the bot looks at it; a stop in between is no fault.
    connecting.catch(() => {});
    await Promise.race([connecting, sleep(CHAT_PATIENCE_MS, undefined, { ref: false })]);
    return { retriever, pageUrl: page.url, connecting, close };
  } catch (error) {
    await close();
    throw error;
  }
}
