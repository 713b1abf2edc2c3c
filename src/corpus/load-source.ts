import { OperatorError } from '../errors.ts';
import type { Logger } from '../log.ts';
import type { OnProgress } from '../progress.ts';
import { shortName } from './short-name.ts';
import type { BadRow, Source } from './source.ts';
import { sourceKey } from './source-key.ts';
import type { CommentStore, PipelineCounts, SourceRun } from './store.ts';

export type LoadSourceOptions = {
  readonly source: Source;
  readonly store: CommentStore;
  readonly log: Logger;
  /** The private sources that are allowed somewhere (`sourceKey`); others are refused. */
  readonly allowedPrivate?: readonly string[] | undefined;
  /** Whether comments by bots are left out, where the source tells bots from people. */
  readonly dropBots?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: OnProgress | undefined;
  /** Called with the owner while another process's run of the same source is waited for. */
  readonly onWait?: ((owner: string) => void) | undefined;
};

export type LoadedSource = {
  /** Has every row of the source and is not published yet: whoever asked publishes or releases it. */
  readonly run: SourceRun;
  /** Over the whole run, also what an interrupted one had read before. */
  readonly counts: PipelineCounts;
  /** The first few that this reading met. */
  readonly badRows: readonly BadRow[];
};

const BAD_ROWS_NAMED = 5;
/** Rises when the same source would give other rows: an interrupted run of an older recipe starts over. */
const RECIPE = 'seed 1';

/**
 * Reads a whole source into a new run of the store, going on where an interrupted run of the same content stopped.
 *
 * @throws OperatorError when the source cannot be reached, is private and not allowed, or holds nothing usable, the signal's reason when it aborts;
 *   what was read stays for a later run
 */
export async function loadSource(options: LoadSourceOptions): Promise<LoadedSource> {
  const { source, store, log, dropBots = false, signal, onProgress, onWait } = options;
  const fingerprint = `${RECIPE}${dropBots ? ' without bots' : ''} ${await source.fingerprint(signal)}`;
  await admit(options);
  const run = await store.beginRun(source.spec, fingerprint, { dropBots, signal, onWait });
  if (run.cursor !== undefined) log.info(`${source.spec}: going on where the interrupted run stopped`);
  const badRows: BadRow[] = [];
  try {
    for await (const { issues, badRows: bad, cursor, done, total, unit } of source.read({
      cursor: run.cursor,
      signal,
      onProgress,
    })) {
      await run.append(issues, cursor, bad.length);
      badRows.push(...bad.slice(0, BAD_ROWS_NAMED - badRows.length));
      onProgress?.({ what: 'reading', source: shortName(source.spec), done, total, unit });
      await run.progress('reading', done, total);
      signal?.throwIfAborted();
    }
    return { run, counts: run.counts, badRows };
  } catch (error) {
    await run
      .release()
      .catch((failure: unknown) => log.warn(`${source.spec}: its run was not ended`, { error: failure }));
    throw error;
  }
}

/** Notes whether the source is private; removes the rows of a private one that nobody allowed. */
async function admit({ source, store, allowedPrivate = [], signal }: LoadSourceOptions): Promise<void> {
  const { spec } = source;
  const isPrivate = source.isPrivate?.();
  if (isPrivate === undefined) return;
  if (isPrivate && !allowedPrivate.includes(sourceKey(spec))) {
    await store.removeSource(spec, { signal });
    throw new OperatorError(
      `${spec} is private, and nobody said where it may answer, so it is not read. ` +
        `Name the places, as in PRIVATE_SOURCES=${spec}=discord:SERVER,slack:TEAM, or take it out of SOURCES.`,
    );
  }
  await store.setPrivate(spec, isPrivate);
}

/** Why a whole source may come to nothing. */
export const NOTHING_KEPT =
  'nothing of it can be found: kept are comments of more than 15 words on issues, none on pull requests and none of EXCLUDE_AUTHORS';

/** `2,855 issues and pull requests -> 771 with comments -> 2,842 comments -> 2,098 kept` */
export function describeCounts({ rows, issuesWithComments, comments, kept }: PipelineCounts): string {
  return (
    `${format(rows)} ${rows === 1 ? 'issue or pull request' : 'issues and pull requests'} -> ` +
    `${format(issuesWithComments)} with comments -> ` +
    `${format(comments)} ${comments === 1 ? 'comment' : 'comments'} -> ${format(kept)} kept`
  );
}

/** `3 bad rows skipped: rows.jsonl line 7: not JSON; rows.jsonl line 9: …; 1 more`; empty for none. */
export function describeBadRows(bad: number, named: readonly BadRow[]): string {
  if (bad === 0) return '';
  const more = bad - named.length;
  const list = [
    ...named.map(({ file, line, reason }) => `${file} line ${line}: ${reason}`),
    ...(more > 0 ? [`${format(more)} more`] : []),
  ];
  return `${format(bad)} bad ${bad === 1 ? 'row' : 'rows'} skipped: ${list.join('; ')}`;
}

function format(value: number): string {
  return value.toLocaleString('en-US');
}
