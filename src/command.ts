import type { Place } from './access.ts';
import type { Answer } from './retrieval/answer.ts';

/**
 * What a platform serves: a slash command on Discord and Slack. A platform registers it from the same object that it
 * runs, so that the two cannot disagree.
 */
export interface Command {
  /** Lower case, 1 to 32 characters: what people type after the slash, unless a setting renames it. */
  readonly name: string;
  /** 1 to 100 characters, shown beside the name. */
  readonly description: string;
  /** In the order shown; required ones first. */
  readonly inputs: readonly CommandInput[];
  /**
   * What may stand in an input that `suggests`, for what was typed so far: the best first, at most 25 are shown. Only
   * what may be known at that place.
   */
  suggest?(input: string, typed: string, place: Place): Promise<readonly string[]>;
  /** Who will see what this call answers. A platform must know before it acknowledges, so it is decided at once. */
  audience(values: CommandValues): Audience;
  /**
   * Answers, or throws: a `UserError` is said to the asker as it stands; anything else is logged whole, and the asker
   * gets one calm sentence with the request id.
   */
  run(values: CommandValues, context: CommandContext, signal: AbortSignal): Promise<Answer | Notice>;
}

export type Audience = 'asker' | 'everyone';

/** What stands in the menu of a message. A platform registers it from the same object that it runs. */
export interface MessageAction {
  /** Lower case, as a command's. */
  readonly name: string;
  /** 1 to 32 characters: what people choose in the menu. */
  readonly label: string;
  /** Answers whoever chose it, alone. Throws as a command does. */
  run(message: ActedOn, context: CommandContext, signal: AbortSignal): Promise<Answer | Notice>;
}

/** The message that an action was chosen on. */
export type ActedOn = {
  /** Without the platform's markup for mentions. Untrusted. */
  readonly text: string;
};

export type CommandInput = TextInput | ChoiceInput;

export type TextInput = {
  readonly kind: 'text';
  readonly name: string;
  readonly description: string;
  readonly required: boolean;
  /** In characters; a platform's own limit holds where it is lower. */
  readonly maxLength: number;
  /** Whether mentions in it name people, roles or channels by id, and so stay as the platform writes them. */
  readonly keepsMentions?: boolean;
  /** Whether `Command.suggest` knows what may stand in it. */
  readonly suggests?: boolean;
  /** Narrows the question; where a line of text or a short form is all there is, words in the question do. */
  readonly narrows?: boolean;
};

export type ChoiceInput = {
  readonly kind: 'choice';
  readonly name: string;
  readonly description: string;
  /** The first is what is meant when nothing is chosen. At most 25. */
  readonly choices: readonly { readonly value: string; readonly label: string }[];
  /** As in `TextInput`. */
  readonly narrows?: boolean;
};

/** By input name; what was left out is absent. */
export type CommandValues = Readonly<Record<string, string | undefined>>;

export type PlatformName = Place['platform'];

export type CommandContext = {
  readonly platform: PlatformName;
  /** The asker's id on the platform: limits are per user. */
  readonly user: string;
  /** The server (Discord) or workspace (Slack); absent in a direct message on Discord. */
  readonly server?: string | undefined;
  readonly channel?: string | undefined;
  /** Which sources may answer is decided by it. */
  readonly place: Place;
  /** Names this request in the log and to the asker; from `newRequestId`. */
  readonly requestId: string;
};

/** A short text instead of hits: what is indexed, or why there is no answer. */
export type Notice = {
  readonly kind: 'notice';
  /** The first line. Trusted text without markup. */
  readonly text: string;
  /** Further lines, one fact each. Trusted text without markup. */
  readonly lines: readonly string[];
  /** Below the lines, as many as there is room for. */
  readonly items?: readonly NoticeItem[] | undefined;
};

/** Something to look at, and perhaps to judge. */
export type NoticeItem = {
  /** Trusted text without markup. */
  readonly text: string;
  /** Untrusted addresses: a renderer links to those that are `https` alone. */
  readonly links: readonly { readonly label: string; readonly url: string }[];
  /** Asks right or wrong about it: the id that comes back with the press. */
  readonly judge?: string | undefined;
};
