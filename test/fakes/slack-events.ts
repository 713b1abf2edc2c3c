import { randomUUID } from 'node:crypto';
import type { Delivery } from './slack-delivery.ts';
import type { SlackServer } from './slack-server.ts';
import type { Json, WrittenMessage } from './slack-world.ts';

/** What Slack tells the app of what happens in a channel. */

const EVENT_SCOPES: Readonly<Record<string, string | undefined>> = {
  app_mention: 'app_mentions:read',
  'message.im': 'im:history',
  'message.channels': 'channels:history',
  'message.groups': 'groups:history',
  ...scopesOf('channel', 'channels:read'),
  ...scopesOf('group', 'groups:read'),
  reaction_added: 'reactions:read',
  reaction_removed: 'reactions:read',
};

function scopesOf(kind: 'channel' | 'group', scope: string): Readonly<Record<string, string>> {
  const events = ['archive', 'unarchive', 'deleted', 'left'];
  return Object.fromEntries(events.map((what) => [`${kind}_${what}`, scope]));
}

/** Undefined where the manifest asks for no such events, or the scope is not granted, or the bot is not there. */
export function tell(
  server: SlackServer,
  subscription: string,
  event: Json,
  eventId = `Ev${randomUUID()}`,
): Promise<Delivery> | undefined {
  const { world, manifest } = server;
  const scope = EVENT_SCOPES[subscription];
  const asked = manifest.settings.event_subscriptions?.bot_events.includes(subscription);
  if (!asked || (scope !== undefined && !world.scopes.includes(scope))) return undefined;
  if (scope !== undefined) world.scopesUsed.add(scope);
  const item = event.item as Json | undefined;
  const channel = world.channels.get(String(event.channel ?? item?.channel));
  if (channel && !channel.botIn) return undefined;
  return server.deliver({
    type: 'events_api',
    payload: {
      token: 'verification',
      team_id: world.teamId,
      api_app_id: world.appId,
      event,
      type: 'event_callback',
      event_id: eventId,
      event_time: Math.floor(Date.now() / 1000),
      authorizations: [{ team_id: world.teamId, user_id: world.botUserId, is_bot: true, is_enterprise_install: false }],
      is_ext_shared_channel: channel?.external ?? false,
    },
  });
}

/** `message.channels` and the like, and the `channel_type` that goes with it. */
export function kindOf(channel: string): { readonly subscription: string; readonly channelType: string } {
  const kind = channel.charAt(0);
  if (kind === 'D') return { subscription: 'message.im', channelType: 'im' };
  return kind === 'G'
    ? { subscription: 'message.groups', channelType: 'group' }
    : { subscription: 'message.channels', channelType: 'channel' };
}

/** A message as events carry it. */
export function messageJson(
  { user, botId, subtype, text, ts, threadTs, editedTs }: WrittenMessage,
  team: string,
): Json {
  return {
    type: 'message',
    text,
    ts,
    team,
    ...(user && { user }),
    ...(botId && { bot_id: botId }),
    ...(subtype && { subtype }),
    ...(threadTs && { thread_ts: threadTs }),
    ...(editedTs && { edited: { user, ts: editedTs } }),
  };
}

/** What happens to a message after it was written. */
export function tellOfChange(
  server: SlackServer,
  message: WrittenMessage,
  change: { readonly subtype: 'message_changed' | 'message_deleted'; readonly previous: Json; readonly now?: Json },
): Promise<Delivery> | undefined {
  const { channel } = message;
  const ts = server.world.nextTs();
  const { subscription, channelType } = kindOf(channel);
  return tell(server, subscription, {
    type: 'message',
    subtype: change.subtype,
    hidden: true,
    channel,
    channel_type: channelType,
    ts,
    event_ts: ts,
    ...(change.now && { message: change.now }),
    ...(change.subtype === 'message_deleted' && { deleted_ts: message.ts }),
    previous_message: change.previous,
  });
}

/** The deliveries of what the app was told of at all. */
export async function told(deliveries: readonly (Promise<Delivery> | undefined)[]): Promise<readonly Delivery[]> {
  return Promise.all(deliveries.filter((delivery) => delivery !== undefined));
}

/** As Slack's clients encode what people type. */
export function encode(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
