import type { App } from '@slack/bolt';
import type { MessageRef } from '../help/chat.ts';
import type { Conversations } from '../help/conversations.ts';
import type { Logger } from '../log.ts';
import type { Identity } from './identity.ts';
import { ACCESS_EVENTS } from './manifest.ts';
import type { MessageReader, SlackMessageJson } from './message-reader.ts';
import type { RecentMessages } from './recent-messages.ts';
import type { Work } from './service.ts';

export type EventsOptions = {
  readonly conversations: Conversations;
  readonly reader: MessageReader;
  readonly recent: RecentMessages;
  /** The bot's own workspace, and itself in it. */
  readonly identity: Pick<Identity, 'teamId' | 'botUserId'>;
  readonly work: Work;
  readonly log: Logger;
};

type Envelope = { readonly team_id?: string; readonly is_ext_shared_channel?: boolean };

/** What the events of messages have in common; Slack sends more, and sometimes less. */
type MessageEvent = SlackMessageJson & {
  readonly channel?: string | undefined;
  readonly deleted_ts?: string;
  readonly message?: SlackMessageJson;
  readonly previous_message?: SlackMessageJson;
};

type ReactionEvent = {
  readonly user?: string;
  readonly reaction?: string;
  readonly item?: { readonly type?: string; readonly channel?: string; readonly ts?: string };
};

/** Hands over what happened; what was told twice is told apart behind it. */
export function registerEvents(app: App, { conversations, reader, recent, identity, work, log }: EventsOptions): void {
  const { teamId, botUserId } = identity;
  /** Slack has its acknowledgement by now, so nothing that goes wrong here may be thrown at it. */
  const follow = (what: string, act: () => Promise<void>) =>
    work.follow(act().catch((error: unknown) => log.error(`Slack: ${what} could not be handed over`, { error })));

  app.event('app_mention', ({ event, body }) => follow('a mention', () => written(event as MessageEvent, body)));
  app.event('message', ({ event, body }) => follow('a message', () => happened(event as MessageEvent, body)));
  app.event('reaction_added', ({ event }) => follow('an emoji', () => reacted(event as ReactionEvent, true)));
  app.event('reaction_removed', ({ event }) => follow('an emoji', () => reacted(event as ReactionEvent, false)));
  for (const name of ACCESS_EVENTS) {
    app.event(name, ({ event: { channel } }) =>
      follow('what became of a channel', () =>
        conversations.accessChanged({ platform: 'slack', server: teamId, channel }),
      ),
    );
  }
  app.event('app_uninstalled', () => follow('that it was uninstalled', left));
  // Slack tells the one, the other or both, in any order.
  app.event('tokens_revoked', ({ event }) =>
    follow('that a token was revoked', async () => {
      if (event.tokens.bot?.includes(botUserId)) await left();
    }),
  );

  const left = () => conversations.left({ platform: 'slack', server: teamId });

  async function happened(event: MessageEvent, envelope: Envelope): Promise<void> {
    const { channel, subtype, message, previous_message: previous, deleted_ts: deleted } = event;
    if (subtype === 'message_deleted') return gone(channel, deleted, previous);
    if (subtype !== 'message_changed') return written(event, envelope);
    // The first message of a thread with replies is never gone: something else stands in its place.
    if (message?.subtype === 'tombstone') return gone(channel, message.ts, previous);
    // A preview that appeared, or a reply, changes a message as well.
    if (!message || message.text === previous?.text) return;
    await written({ ...message, channel, edited: message.edited ?? { ts: event.ts } }, envelope);
  }

  /** A mention that was added to a message comes as a new one that says it was edited. */
  async function written({ channel, ...event }: MessageEvent, envelope: Envelope): Promise<void> {
    if (!channel) return;
    const at = { channel, server: envelope.team_id, external: envelope.is_ext_shared_channel };
    const { kind } = reader.authorOf(event);
    if (kind === 'us' || kind === 'bot') return;
    const message = await reader.read(event, at);
    if (!message) return;
    recent.add(message);
    await (message.editedAt === undefined ? conversations.message(message) : conversations.edited(message));
  }

  async function gone(channel: string | undefined, ts: string | undefined, previous: SlackMessageJson | undefined) {
    if (!channel || !ts) return;
    recent.remove(channel, ts);
    await conversations.deleted(refOf(channel, ts, previous?.thread_ts));
  }

  async function reacted({ user, reaction, item }: ReactionEvent, added: boolean): Promise<void> {
    if (!user || !reaction || item?.type !== 'message' || !item.channel || !item.ts) return;
    const by = reader.authorOf({ user });
    // `wave::skin-tone-2` is a `wave`.
    const [emoji = reaction] = reaction.split('::');
    await conversations.reacted({ on: refOf(item.channel, item.ts, undefined), by, emoji, added });
  }

  function refOf(channel: string, message: string, root: string | undefined): MessageRef {
    const thread = root !== undefined && root !== message ? root : undefined;
    return { platform: 'slack', server: teamId, channel, thread, message };
  }
}
