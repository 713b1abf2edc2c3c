import type { Place } from '../access.ts';

/** A message or thread, by the ids under which a platform finds it again. */
export type Spot = {
  readonly platform: 'discord' | 'slack';
  readonly server: string | undefined;
  readonly channel: string;
  readonly thread?: string | undefined;
};

export type MessageSpot = Spot & { readonly message: string };

/**
 * - `answer`: somebody asked for it.
 * - `automatic`: nobody did.
 * - `suggestion`: shown to helpers, who post or dismiss it.
 * - `call`: helpers were asked to answer.
 */
export type PostKind = 'answer' | 'automatic' | 'suggestion' | 'call';

/** An answer as everybody sees it: a message of the bot, which changes and goes with its question. */
export type PostRecord = {
  readonly id: number;
  readonly answerId: string;
  readonly kind: PostKind;
  readonly message: MessageSpot;
  /** The message that the question stands in, if it does. */
  readonly question?: MessageSpot | undefined;
  /** The thread that the bot opened for it. */
  readonly opened?: Spot | undefined;
  readonly through: 'bot' | 'interaction';
  /** How many hits of the answer's ranking stand before those shown. */
  readonly offset: number;
  /** Which sources may be shown there is decided by it, whenever the message changes. */
  readonly place: Place;
  /** Who asked, as a keyed hash; empty where they opted out. */
  readonly asker: string;
  /** Above an automatic one. */
  readonly banner?: string | undefined;
  /** Milliseconds since 1970. */
  readonly postedAt: number;
};

/** A comment as it is shown. */
export type Shown = {
  readonly comment: string;
  /** A hash of its text and title. */
  readonly content: string;
};

export type NewPost = Omit<PostRecord, 'id' | 'postedAt' | 'asker'> & {
  /** Who asked, by id: kept as a keyed hash. */
  readonly asker: string;
  readonly shows: readonly Shown[];
};

/** Where answers are posted, for as long as answers are kept. */
export interface Posts {
  /** A message that is known already stays as it was. */
  add(post: NewPost): Promise<void>;
  /** In the order posted. */
  ofAnswer(answerId: string): Promise<readonly PostRecord[]>;
  ofMessage(message: MessageSpot): Promise<PostRecord | undefined>;
  /** Answers to the question that this message asks. */
  ofQuestion(question: MessageSpot): Promise<readonly PostRecord[]>;
  /** Answers in a thread, and the one that it was opened for. */
  inThread(thread: Spot): Promise<readonly PostRecord[]>;
  /** Of a server, or all. */
  inServer(where: Pick<Spot, 'platform' | 'server'> | undefined): Promise<readonly PostRecord[]>;
  /** Those that show one of these comments. */
  showing(comments: readonly string[]): Promise<readonly PostRecord[]>;
  /**
   * When asked answers were posted in a channel and its threads, or without one in the whole server. Milliseconds since
   * 1970, the oldest first.
   */
  timesSince(since: number, where: Omit<Spot, 'channel'> & { readonly channel?: string }): Promise<readonly number[]>;
  /** Calls for helpers in a server that were posted since then, in milliseconds since 1970. */
  callsSince(since: number, where: Pick<Spot, 'platform' | 'server'>): Promise<readonly PostRecord[]>;
  isAsker(post: PostRecord, user: string): boolean;
  /** The comments that it shows, by key. */
  shown(post: PostRecord): Promise<readonly string[]>;
  /** What all of them show. */
  allShown(): Promise<readonly Shown[]>;
  /** What it shows from now on. */
  shows(post: PostRecord, comments: readonly Shown[]): Promise<void>;
  remove(post: PostRecord): Promise<void>;
}
