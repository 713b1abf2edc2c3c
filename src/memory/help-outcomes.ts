import type { Place } from '../access.ts';
import type { HelpMode } from './channel-settings.ts';
import type { MessageSpot, Spot } from './posts.ts';

/**
 * What the bot did about a question in a help channel:
 * - `spoke`: posted, suggested, or under `shadow` would have been.
 * - `weak`: nothing was near enough.
 * - `held`: a cooldown, or that its writer is not new, kept the bot silent.
 * - `answered`: a person was faster.
 * - `failed`: it could not be searched or posted.
 */
export type HelpDecision = 'spoke' | 'weak' | 'held' | 'answered' | 'failed';

/** The last word of who asked, of helpers and managers; `posted` and `dismissed` are said of a suggestion. */
export type HelpVerdict = 'solved' | 'not-helpful' | 'removed' | 'not-here' | 'posted' | 'dismissed';

/** Of a manager, about what would have been shown under `shadow`. */
export type HelpJudgement = 'right' | 'wrong';

export type NewHelpOutcome = {
  readonly message: MessageSpot;
  /** The address under which people open the message. */
  readonly link: string;
  readonly mode: HelpMode;
  /** Of the bot, with the recipe and the model that answered. */
  readonly version: string;
  readonly decision: HelpDecision;
  /** `PLATFORM:ID`, kept as a keyed hash. */
  readonly asker: string;
  readonly answerId?: string | undefined;
  /** The issues that were shown or would have been, by address, the best first. */
  readonly issues: readonly string[];
  /** The comment that was found first, by key. */
  readonly best?: string | undefined;
  /** The question's vector, and the model that made it. */
  readonly vector?: Float32Array | undefined;
  readonly model?: string | null | undefined;
};

/** What is known of a question by now. */
export type HelpFacts = {
  readonly platform: Spot['platform'];
  readonly server: string | undefined;
  readonly channel: string;
  readonly mode: HelpMode;
  readonly version: string;
  readonly decision: HelpDecision;
  readonly verdict: HelpVerdict | undefined;
  readonly judged: HelpJudgement | undefined;
  /** Thumbs up less thumbs down for the whole answer: above, below or at 0. */
  readonly thumbs: 1 | 0 | -1;
  /** Whether a person linked one of its issues within a day, anywhere in the channel. */
  readonly linked: boolean;
  /** Whether another person replied to it or wrote in its thread within a day after the bot had decided. */
  readonly replied: boolean;
  /** Whether such a reply linked an issue, of the five or not. */
  readonly repliedWithIssue: boolean;
};

/** How many questions have the same facts in one week. */
export type HelpCount = HelpFacts & {
  /** When the week began, a Monday in UTC, in milliseconds since 1970. */
  readonly week: number;
  readonly count: number;
};

export type HelpOutcome = HelpFacts & {
  readonly id: number;
  readonly message: MessageSpot;
  /** Empty for what an older version noted. */
  readonly link: string;
  readonly issues: readonly string[];
  /** The issues that people linked for it. */
  readonly links: readonly string[];
  /** The comment that solved it, by key. */
  readonly solution: string | undefined;
  /** The comment that was found first, by key. */
  readonly best: string | undefined;
  /** Milliseconds since 1970. */
  readonly decidedAt: number;
};

/** What a person wrote later, which may answer questions before it. */
export type LaterMessage = {
  readonly spot: MessageSpot;
  /** `PLATFORM:ID`; undefined where many people write under one id. */
  readonly author: string | undefined;
  readonly repliesTo: string | undefined;
  /** The issues that it links, by address. */
  readonly issues: readonly string[];
};

/** The part of `HelpOutcomes` that reports read; many rows at once, so beside a running bot in a thread (`Reports`). */
export interface HelpRecords {
  counts(where?: WhereHelped): readonly HelpCount[];
  /** The newest first. */
  list(where?: WhereHelped, limit?: number): readonly HelpOutcome[];
  get(id: number): HelpOutcome | undefined;
  /** The vector of its question, which only those of the same model can be compared with. */
  vectorOf(id: number): { readonly model: string; readonly vector: Float32Array } | undefined;
}

/** What is absent may be any. */
export type WhereHelped = { readonly [Key in 'platform' | 'server' | 'channel']?: Spot[Key] | undefined };

/** What automatic replies did, by id and without texts: what cooldowns look at, and reports count. */
export interface HelpOutcomes extends HelpRecords {
  /** A message has one outcome, the first. */
  add(outcome: NewHelpOutcome): void;
  has(message: MessageSpot): boolean;
  /** The messages that have one, the newest outcome first. */
  messages(platform: Spot['platform']): readonly MessageSpot[];
  /** When the bot last spoke in a channel, or to somebody in it; undefined: never. */
  lastSpoke(spot: Spot, user?: string): number | undefined;
  /** The last word about a reply; `undefined` takes it back. */
  judge(answerId: string, verdict: HelpVerdict | undefined): void;
  /** A person wrote something: it is noted with the questions of the last day that it answers, or links an issue of. */
  followed(later: LaterMessage): void;
  /** The issue that was found first, where it may be shown in that place and is still there. */
  issueFor(outcome: HelpOutcome, place: Place): Promise<string | undefined>;
  /** What a manager says of a question that would have been answered. */
  assess(id: number, judged: HelpJudgement): void;
  /** The message is gone, so nothing of it is kept. */
  forget(message: MessageSpot): void;
}
