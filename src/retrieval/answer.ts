/** One comment of an answer, as a person wrote it, with how near it is to the question. */
export type Hit = {
  /** 1 is the best. */
  readonly rank: number;
  /** The comment's key: its GitHub id, or what stands for it. The same across index runs. */
  readonly key: string;
  /** As configured: `hub:OWNER/DATASET`, `github:OWNER/REPO`, or a file's path. */
  readonly source: string;
  /** The source as it is named to people, where several may answer. */
  readonly sourceName?: string | undefined;
  /** Sample data ships with the bot; its links open only on the local page (`/sample/N`), so chat shows none. */
  readonly sample: boolean;
  /** Under metric `ip` the inner product, under `l2` the squared distance, under `bm25` the keyword score. */
  readonly score: number;
  /** How sure it is; absent where that was not measured. */
  readonly band?: HitBand | undefined;
  /** Why it stands where it does, in three words, where its score does not tell. Trusted text. */
  readonly because?: string | undefined;
  /** The whole comment, verbatim and untrusted. */
  readonly comment: string;
  /** Where in the comment the part begins that speaks most of the question, for who shows only so much; absent: 0. */
  readonly passage?: number | undefined;
  /** The version that it speaks of, where the question names one: digits and dots. */
  readonly version?: string | undefined;
  /** The issue's title, verbatim and untrusted. */
  readonly title: string;
  /** Untrusted: a renderer checks it with `safeLink` before it links to it. */
  readonly issueUrl: string;
  readonly commentUrl?: string | undefined;
  readonly author?: string | undefined;
  /** What the author is to the repository, as GitHub says it: `MEMBER`, `OWNER`, `NONE`. */
  readonly authorAssociation?: string | undefined;
  /** Whether the author is who opened the issue. */
  readonly byReporter?: boolean | undefined;
  /** How many reactions the comment has. */
  readonly reactions?: number | undefined;
  /** ISO 8601. */
  readonly createdAt?: string | undefined;
  /** `open`, `closed` or whatever the source says. */
  readonly state?: string | undefined;
  /** Why: `completed`, `not_planned`, `duplicate`, `reopened`. */
  readonly stateReason?: string | undefined;
  /** ISO 8601. */
  readonly closedAt?: string | undefined;
  /** The address of the pull request that closed the issue. Untrusted, as `issueUrl` is. */
  readonly closedBy?: string | undefined;
  /** Whether the comment was accepted as the answer in its discussion. */
  readonly accepted?: boolean | undefined;
  /** Of the issue; untrusted. */
  readonly labels?: readonly string[] | undefined;
};

/** `ip`: inner product, more is nearer. `l2`: squared distance, less is nearer. `bm25`: keyword score, more is better. */
export type Metric = 'ip' | 'l2' | 'bm25';

/** How sure a hit is for this corpus, model and recipe, measured (`Manifest.bands`). */
export type Band = 'strong' | 'fair' | 'weak';

export type HitBand = {
  readonly name: Band;
  /** Which part of such hits was right, 0 to 1, when it was measured. */
  readonly precision: number;
};

export type Mode = 'semantic' | 'keyword';

export type Answer = {
  readonly kind: 'answer';
  /** Names the answer to buttons, once it is kept (`AnswerBook`). */
  readonly id?: string | undefined;
  /** As asked; undefined when the answer is shown again after the text was forgotten. */
  readonly question: string | undefined;
  readonly mode: Mode;
  /** Null under `keyword`. */
  readonly model: string | null;
  readonly device: string | null;
  readonly metric: Metric;
  readonly tookMs: number;
  /** ISO 8601: when the index that answered was made; under `keyword`, when the corpus was last read. Null before. */
  readonly indexedAt: string | null;
  /** What the asker should know, one short sentence each: "Indexing, 34 %.", "Keyword search: …". Trusted text. */
  readonly notes: readonly string[];
  /**
   * Those of the notes that stay true for as long as the answer is shown, and are kept with it. They hold no word of the
   * question.
   */
  readonly lastingNotes?: readonly string[] | undefined;
  /**
   * The note that names what the question was narrowed to, in the asker's words: kept as the question itself is, and shown
   * only where all sources that it names may answer.
   */
  readonly narrowedNote?: { readonly text: string; readonly sources: readonly string[] } | undefined;
  /** Best first; fewer than asked for when the corpus is smaller, none when it is empty (a note says why). */
  readonly hits: readonly Hit[];
  /** How many hits stand before these in the ranking: 0 on the first page. */
  readonly offset: number;
  /** Whether the ranking goes on after these hits. */
  readonly more: boolean;
  /** The best keys and scores, these hits and those after them: what "next five" shows without searching again. */
  readonly ranking: readonly Ranked[];
  /** The question's vector, where there is one. */
  readonly vector?: Float32Array | undefined;
  /** Whether the index has bands: hits have none all the same where too few were ranked to tell. */
  readonly calibrated?: boolean | undefined;
  /**
   * Of the hit that is shown first; `weak`: nothing close was found. Absent where it was not measured, and where people
   * put another hit first. Without a calibration `strong` where that hit is nearer than coincidence, else absent; the
   * hits then have none.
   */
  readonly band?: Band | undefined;
};

export type Ranked = {
  readonly key: string;
  readonly score: number;
  /** As in `Hit`. */
  readonly band?: HitBand | undefined;
  /** Why it stands where it does, in three words, when it was not the search that put it there. Trusted text. */
  readonly because?: string | undefined;
};
