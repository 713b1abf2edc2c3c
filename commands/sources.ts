import type { Access } from '../src/access.ts';
import type { Command, CommandContext, Notice } from '../src/command.ts';
import { shortName } from '../src/corpus/short-name.ts';
import type { SourceRecord } from '../src/corpus/store.ts';
import type { Conversations } from '../src/help/conversations.ts';
import type { ChannelSettings } from '../src/memory/channel-settings.ts';
import type { HelpTroubles } from '../src/memory/help-troubles.ts';
import { ageText } from '../src/reply-text.ts';
import { namedChannels, silentChannels } from '../src/report/silence.ts';
import { missingNote, progressNote, type RetrieverStatus } from '../src/retrieval/serving.ts';

export type SourcesDependencies = {
  readonly sources: () => Promise<readonly SourceRecord[]>;
  readonly status: () => RetrieverStatus;
  /** The sources that may answer at a place: no others are told of there. */
  readonly sees: Access['sees'];
  readonly standing: Conversations['standing'];
  /** Where it is known which help channels are in trouble, and which can only be silent. */
  readonly memory: {
    readonly helpTroubles: Pick<HelpTroubles, 'list'>;
    readonly channels: Pick<ChannelSettings, 'active' | 'rulesOf'>;
  };
};

/** `/sources`: what is indexed, how fresh it is, which model answers and on what; for managers also what is wrong. */
export function createSourcesCommand(dependencies: SourcesDependencies): Command {
  const { sources, status, sees, standing } = dependencies;
  return {
    name: 'sources',
    description: 'What is indexed, how fresh it is, and which model answers',
    inputs: [],
    audience: () => 'asker',
    async run(_values, context, signal) {
      const visible = await sees(context.place);
      const records = (await sources()).filter(({ spec }) => visible.includes(spec));
      const operator = (await standing(context, signal)) === 'manager';
      const { lines, ...notice } = describeSources(records, status(), { operator });
      return { ...notice, lines: operator ? [...lines, ...describeTroubles(context, dependencies)] : lines };
    },
  };
}

/** The same text for every platform and the terminal. */
export function describeSources(
  records: readonly SourceRecord[],
  status: RetrieverStatus,
  /** Whether budget, errors and sources without comments are told: to managers, and whoever runs the bot. */
  { operator = false } = {},
): Notice {
  const published = records.filter(({ comments }) => comments > 0);
  const total = published.reduce((sum, { comments }) => sum + comments, 0);
  const empty = operator ? records.length - published.length : 0;
  const text =
    published.length === 0
      ? 'Nothing is indexed yet.'
      : `${count(total, 'comment')} from ${count(published.length, 'source')}${empty > 0 ? `; ${count(empty, 'source')} without comments` : ''}.`;
  const lines = records.flatMap((record) => [
    ...(operator || record.comments > 0 ? [describeSource(record)] : []),
    ...(operator ? describeSync(record) : []),
  ]);
  return { kind: 'notice', text, lines: [...lines, ...describeEngine(status)] };
}

/** Of the server that it is asked in, for its managers. */
function describeTroubles(
  { platform, server }: CommandContext,
  { memory: { helpTroubles, channels }, status }: SourcesDependencies,
): string[] {
  if ((platform !== 'discord' && platform !== 'slack') || server === undefined) return [];
  const where = { platform, server } as const;
  return [
    ...helpTroubles
      .list(where)
      .map(
        ({ spot: { channel }, detail, since }) =>
          `Help channel ${channel}, since ${day(new Date(since).toISOString())}: ${detail}`,
      ),
    ...silentChannels(channels, status(), where).map(({ line, spots }) => `${namedChannels(spots)}: ${line}`),
  ];
}

function describeSource({ spec, isPrivate, comments, readAt, newestCommentAt, sync, run }: SourceRecord): string {
  const facts = [
    isPrivate && 'private',
    comments > 0 ? count(comments, 'comment') : 'no comments',
    readAt === undefined && 'never read to its end',
    readAt && `${sync ? 'synced' : 'read'} ${day(readAt)}`,
    newestCommentAt && `newest comment ${day(newestCommentAt)} (${ageText(newestCommentAt)})`,
    run?.alive && (comments > 0 ? 'being read again' : 'being read'),
  ];
  return `${shortName(spec)}: ${facts.filter(Boolean).join(', ')}`;
}

const GITHUB = { request: 'GitHub', point: "GitHub's GraphQL" };

function describeSync({ spec, sync }: SourceRecord): string[] {
  const lines: string[] = [];
  if (sync?.error) lines.push(`${shortName(spec)}: the last sync failed: ${sync.error}`);
  for (const [budget, unit] of [
    [sync?.budget, 'request'],
    [sync?.points, 'point'],
  ] as const) {
    if (!budget) continue;
    const left = `${budget.left.toLocaleString('en-US')} of ${count(budget.limit, unit)}`;
    lines.push(`${shortName(spec)}: ${left} to ${GITHUB[unit]} left until ${day(budget.resetsAt)}`);
  }
  return lines;
}

function describeEngine(status: RetrieverStatus): string[] {
  const lines: string[] = [];
  if (status.sample) lines.push('These are sample data: no real source could be read yet.');
  lines.push(
    status.mode === 'semantic'
      ? `Search by meaning: ${status.model} (${status.precision}) on ${status.device}, ${metricName(status.metric)}`
      : `Keyword search: ${status.keywordReason}`,
  );
  if (status.mode === 'semantic' && status.indexedAt) lines.push(`Index made ${day(status.indexedAt)}`);
  if (status.reranking) lines.push(describeReranking(status.reranking));
  lines.push(...(status.progress ? [progressNote(status.progress)] : missingNote(status)));
  return lines;
}

function describeReranking({ model, precision, device, reason }: NonNullable<RetrieverStatus['reranking']>): string {
  return reason === undefined
    ? `Re-ranking: ${model} (${precision}) on ${device}`
    : `No re-ranking with ${model}: ${reason}`;
}

function metricName(metric: RetrieverStatus['metric']): string {
  return { ip: 'inner product', l2: 'squared L2 distance', bm25: 'BM25' }[metric];
}

function count(number: number, noun: string): string {
  return `${number.toLocaleString('en-US')} ${noun}${number === 1 ? '' : 's'}`;
}

function day(isoDate: string): string {
  return isoDate.slice(0, 16).replace('T', ' ');
}
