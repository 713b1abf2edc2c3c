import type { Answer, Band, Hit } from './answer.ts';

/** What `ask --json` prints and `/api/ask` answers. Texts are verbatim and untrusted; what is not known is absent. */
export type AnswerJson = {
  readonly question: string | null;
  readonly mode: Answer['mode'];
  readonly model: string | null;
  readonly device: string | null;
  /** What `score` is: `ip` (inner product, more is nearer), `l2` (squared distance, less is nearer), `bm25`. */
  readonly metric: Answer['metric'];
  readonly tookMs: number;
  /** ISO 8601; null while there is no index. */
  readonly indexedAt: string | null;
  /** `strong`, `fair` or `weak`: how sure the first hit is; null where it was not measured. */
  readonly band: Answer['band'] | null;
  readonly notes: readonly string[];
  /** Best first. */
  readonly hits: readonly HitJson[];
};

type HitJson = Pick<Hit, 'rank' | 'score' | 'comment' | 'title' | 'issueUrl'> & {
  readonly band?: Band;
  /** Which part of such hits was right when it was measured. */
  readonly precision?: number;
  readonly because?: string;
  readonly commentUrl?: string;
  readonly author?: string;
  readonly authorAssociation?: string;
  readonly byReporter?: boolean;
  readonly reactions?: number;
  readonly createdAt?: string;
  readonly state?: string;
  readonly stateReason?: string;
  readonly closedAt?: string;
  readonly version?: string;
  readonly closedBy?: string;
  readonly accepted?: boolean;
  readonly labels?: readonly string[];
};

/** An answer as the plain object that programs read. */
export function answerJson(answer: Answer): AnswerJson {
  return {
    question: answer.question ?? null,
    mode: answer.mode,
    model: answer.model,
    device: answer.device,
    metric: answer.metric,
    tookMs: Math.round(answer.tookMs * 10) / 10,
    indexedAt: answer.indexedAt,
    band: answer.band ?? null,
    notes: answer.notes,
    hits: answer.hits.map(hitJson),
  };
}

function hitJson(hit: Hit): HitJson {
  const { rank, score, comment, title, issueUrl } = hit;
  const known = Object.entries({
    band: hit.band?.name,
    precision: hit.band?.precision,
    because: hit.because,
    commentUrl: hit.commentUrl,
    author: hit.author,
    authorAssociation: hit.authorAssociation,
    byReporter: hit.byReporter,
    reactions: hit.reactions,
    createdAt: hit.createdAt,
    state: hit.state,
    stateReason: hit.stateReason,
    closedAt: hit.closedAt,
    version: hit.version,
    closedBy: hit.closedBy,
    accepted: hit.accepted,
    labels: hit.labels,
  }).filter(([, value]) => value !== undefined);
  return { rank, score, comment, title, issueUrl, ...Object.fromEntries(known) };
}
