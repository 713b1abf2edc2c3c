import type { HelpMode } from './channel-settings.ts';
import type { MessageSpot, Spot } from './posts.ts';

/**
 * What came of a question in a help channel:
 * - `spoke`: posted, suggested, or under `shadow` would have been.
 * - `weak`: nothing was near enough.
 * - `held`: a cooldown, or that its writer is not new, kept the bot silent.
 * - `answered`: a person was faster.
 * - `failed`: it could not be searched or posted.
 */
export type HelpDecision = 'spoke' | 'weak' | 'held' | 'answered' | 'failed';

export type HelpVerdict = 'solved' | 'helpful' | 'not-helpful' | 'removed' | 'not-here';

export type NewHelpOutcome = {
  readonly message: MessageSpot;
  readonly mode: HelpMode;
  /** Of the bot. */
  readonly version: string;
  readonly decision: HelpDecision;
  /** `PLATFORM:ID`, kept as a keyed hash. */
  readonly asker: string;
  readonly answerId?: string | undefined;
  /** The issues that were shown or would have been, by address. */
  readonly issues: readonly string[];
};

export type HelpCount = {
  readonly platform: Spot['platform'];
  readonly server: string | undefined;
  readonly channel: string;
  readonly mode: HelpMode;
  readonly version: string;
  readonly decision: HelpDecision;
  readonly verdict: HelpVerdict | undefined;
  /** Whether a person later linked one of the issues. */
  readonly linked: boolean;
  readonly count: number;
};

/** What automatic replies did, by id and without texts: what cooldowns look at, and reports count. */
export interface HelpOutcomes {
  /** A message has one outcome, the first. */
  add(outcome: NewHelpOutcome): void;
  has(message: MessageSpot): boolean;
  /** When the bot last spoke in a channel, or to somebody in it; undefined: never. */
  lastSpoke(spot: Spot, user?: string): number | undefined;
  /** What was said about a reply; `undefined` takes it back. */
  judge(answerId: string, verdict: HelpVerdict | undefined): void;
  /** A person linked an issue in a channel: notes it with what was lately shown there, or would have been. */
  linked(spot: Spot, issueUrl: string): void;
  counts(where?: Pick<Spot, 'platform' | 'server'>): readonly HelpCount[];
}
