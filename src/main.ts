import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { createAskCommand, readQuestion } from '../commands/ask.ts';
import { createSourcesCommand } from '../commands/sources.ts';
import type { Config } from './config.ts';
import { readSampleIssue } from './corpus/sample-issue.ts';
import { openSqliteStore } from './corpus/sqlite-store.ts';
import { createDiscordPlatform } from './discord/bot.ts';
import { createModelOpener } from './embedding/open-model.ts';
import { createHub } from './hub/http-hub.ts';
import { createJobQueue, createRateLimiter } from './limits.ts';
import { lockDataDir } from './lock.ts';
import type { Logger } from './log.ts';
import { openAnswerBook } from './memory/sqlite-answer-book.ts';
import type { Platform } from './platform.ts';
import type { OnProgress } from './progress.ts';
import { createRetriever, type Retriever } from './retrieval/retriever.ts';
import { createUpkeep } from './retrieval/upkeep.ts';
import { createSlackPlatform } from './slack/bot.ts';
import { createWebPlatform } from './web/bot.ts';
import { openPublicListener } from './web/public-listener.ts';

export type Bot = {
  readonly retriever: Retriever;
  /** Where the local page is. */
  readonly pageUrl: string;
  close(): Promise<void>;
};

export type BotOptions = { readonly log: Logger; readonly onProgress?: OnProgress; readonly signal: AbortSignal };

export const STORE_FILE = 'corpus.sqlite';
const MEMORY_FILE = 'memory.sqlite';
/** Questions embedded and searched at once: they share one model and one index thread. */
const QUESTIONS_AT_ONCE = 4;

/**
 * Wires the bot together and starts it: resolves when questions are answered on every configured platform.
 *
 * @throws OperatorError when the operator has to mend something: another bot on the folder, a wrong token
 */
export async function startBot(config: Config, { log, onProgress, signal }: BotOptions): Promise<Bot> {
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
    const store = open(await openSqliteStore(storeFile));
    const retriever = createRetriever({
      queue: createJobQueue({ concurrency: QUESTIONS_AT_ONCE, capacity: config.askQueue }),
      log,
    });
    const answers = open(
      await openAnswerBook({
        file: path.join(config.dataDir, MEMORY_FILE),
        comments: retriever.comments,
        keepDays: config.answerDays,
      }),
    );
    const upkeep = open(
      createUpkeep({
        retriever,
        store,
        storeFile,
        directory: config.dataDir,
        vectorIndex: config.vectorIndex,
        model: config.embedding,
        openModel: createModelOpener({
          hub: createHub({ ...config.hub, log }),
          device: config.embedding.device,
          directory: config.dataDir,
          log,
        }),
        sources: config.sources,
        defaultSource: config.defaultSource,
        worker: { hub: config.hub, log: { ...config.log, secrets: config.secrets } },
        log,
        onProgress,
      }),
    );
    await upkeep.start();

    const limiter = createRateLimiter({ limit: config.askLimit, windowMs: 60_000 });
    const commands = [
      createAskCommand({ retriever, answers, limiter }),
      createSourcesCommand({ sources: () => store.sources(), status: retriever.status }),
    ];
    const publicListener =
      config.web.publicPort === undefined
        ? undefined
        : open(await openPublicListener({ host: config.web.publicHost, port: config.web.publicPort, log }));
    const chats: Platform[] = [];
    if (config.discord) chats.push(createDiscordPlatform({ config: config.discord, commands, answers, log }));
    if (config.slack) chats.push(createSlackPlatform({ config: config.slack, publicListener, commands, answers, log }));
    const page = open(
      createWebPlatform({
        config: config.web,
        ask: (question, top, askSignal) => retriever.ask(readQuestion(question), { limit: top, signal: askSignal }),
        status: retriever.status,
        sampleIssue: (number) => readSampleIssue(number, config.dataDir),
        platforms: chats,
        log,
      }),
    );
    await page.start(signal);
    await Promise.all(chats.map((platform) => open(platform).start(signal)));
    return { retriever, pageUrl: page.url ?? '', close };
  } catch (error) {
    await close();
    throw error;
  }
}
