import type { Health, Platform } from '../platform.ts';
import { percent } from '../progress.ts';
import type { RetrieverStatus } from '../retrieval/serving.ts';
import { dateText } from './reply.ts';

/** What the page needs to know of the retriever. */
export type WebStatus = Pick<
  RetrieverStatus,
  | 'serving'
  | 'mode'
  | 'keywordReason'
  | 'rows'
  | 'sample'
  | 'model'
  | 'precision'
  | 'recipe'
  | 'device'
  | 'indexedAt'
  | 'progress'
  | 'reranking'
>;

/** What `/api/status` answers. */
export type StatusJson = {
  readonly serving: boolean;
  readonly mode: WebStatus['mode'];
  readonly comments: number;
  readonly sample: boolean;
  readonly model: string | null;
  readonly device: string | null;
  readonly indexedAt: string | null;
  /** Whole percent of what is being made ready; null when nothing is, or it cannot be told. */
  readonly percent: number | null;
  /** The line that the page shows. */
  readonly line: string;
};

export function statusJson(status: WebStatus): StatusJson {
  return {
    serving: status.serving,
    mode: status.mode,
    comments: status.rows,
    sample: status.sample,
    model: status.model,
    device: status.device,
    indexedAt: status.indexedAt,
    percent: percentOf(status) ?? null,
    line: statusLine(status),
  };
}

/** `2,098 comments · multi-qa-mpnet-base-dot-v1 on cpu · indexed on 20 November 2026` */
function statusLine(status: WebStatus): string {
  const date = dateText(status.indexedAt);
  const rows = status.rows.toLocaleString('en-US');
  const corpus = status.rows > 0 ? `${rows} ${status.sample ? 'sample comments' : 'comments'}` : 'nothing indexed yet';
  const parts = [
    progressText(status),
    corpus,
    status.serving && engineText(status),
    status.serving && status.mode === 'semantic' && date && `indexed on ${date}`,
  ];
  return parts.filter(Boolean).join(' · ');
}

function engineText({ mode, model, device }: WebStatus): string {
  return mode === 'semantic' ? `${model?.split('/').at(-1)} on ${device}` : 'keyword search';
}

/** `indexing, 34 %` */
function progressText(status: WebStatus): string | undefined {
  const done = percentOf(status);
  return status.progress && `${status.progress.what}${done === undefined ? '' : `, ${done} %`}`;
}

function percentOf({ progress }: WebStatus): number | undefined {
  if (progress?.total === undefined || progress.total <= 0) return undefined;
  return percent(progress.done, progress.total);
}

/** What `/healthz` answers: healthy only when questions are answered and every configured platform is connected. */
export type HealthJson = {
  readonly ok: boolean;
  readonly index: Health;
  readonly platforms: Record<string, Health>;
  /** A channel that cannot be posted in is no reason to start the bot again: it does not count. */
  readonly helpChannels: Health;
};

export function healthJson(
  status: WebStatus,
  platforms: readonly Platform[],
  /** Help channels that can no longer be read or posted in. */
  helpTroubles: number,
): HealthJson {
  const index = {
    ok: status.serving,
    detail: status.serving ? 'serving' : (progressText(status) ?? 'nothing indexed'),
  };
  const health = platforms.map((platform) => [platform.name, platform.health()] as const);
  return {
    ok: index.ok && health.every(([, { ok }]) => ok),
    index,
    platforms: Object.fromEntries(health),
    helpChannels: {
      ok: helpTroubles === 0,
      detail:
        helpTroubles === 0 ? 'none is in trouble' : `${helpTroubles} can no longer be read or posted in: see doctor`,
    },
  };
}
