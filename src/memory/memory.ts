import type { AnswerBook } from './answer-book.ts';
import type { ChannelSettings } from './channel-settings.ts';
import type { Handled } from './handled.ts';
import type { HelpOutcomes } from './help-outcomes.ts';
import type { HelpTroubles } from './help-troubles.ts';
import type { HelpWaits } from './help-waits.ts';
import type { Hides } from './hides.ts';
import type { OptOuts } from './opt-outs.ts';
import type { Posts } from './posts.ts';
import type { Servers } from './servers.ts';
import type { TaughtAnswers } from './taught.ts';
import type { Votes } from './votes.ts';

/**
 * What the bot remembers of chats, in a file of its own (`memory.sqlite`), beside what it knows. One part a subject. A
 * person is in it as a keyed hash alone, but for managers who set how a channel behaves; a question never as text, but for those that a helper taught an answer to.
 */
export interface Memory {
  readonly answers: AnswerBook;
  readonly posts: Posts;
  readonly votes: Votes;
  readonly taught: TaughtAnswers;
  readonly hides: Hides;
  readonly optOuts: OptOuts;
  /** How the bot behaves in channels, as managers set it. */
  readonly channels: ChannelSettings;
  readonly helpWaits: HelpWaits;
  readonly helpOutcomes: HelpOutcomes;
  readonly helpTroubles: HelpTroubles;
  readonly handled: Handled;
  readonly servers: Servers;
  /** Forgets everything of a server or workspace that the bot has left. */
  purge(where: { readonly platform: 'discord' | 'slack'; readonly server: string }): Promise<void>;
  close(): Promise<void>;
}
