import type { Client, GatewayDispatchPayload, REST } from 'discord.js';
import { createSeenSet } from '../seen-set.ts';
import { createApi } from './api.ts';
import type { DiscordPlatformOptions } from './bot.ts';
import { createChannels } from './channels.ts';
import { createDiscordChat } from './chat.ts';
import { createEventHandler } from './events.ts';
import { createHandles } from './handles.ts';
import { createPeople } from './people.ts';
import { createMessageReader } from './read-message.ts';
import type { Service } from './service.ts';
import { createWhereabouts } from './whereabouts.ts';

/** What the parts need to know of the connection. */
export type Connection = Pick<Service, 'isClosing' | 'stopping' | 'onError'> & {
  readonly rest: REST;
  /** The client that knows the servers and their channels. */
  readonly client: () => Client | undefined;
  /** Whether the message-content intent is there. */
  readonly readsContent: () => boolean;
};

/** Puts the parts together: what answers interactions, and what hands over events. */
export function assemble(
  options: Required<DiscordPlatformOptions>,
  { rest, client, readsContent, isClosing, stopping, onError }: Connection,
): { readonly service: Service; readonly handleEvent: (event: GatewayDispatchPayload) => Promise<void> } {
  const { commands, actions, conversations, answers, access, log, runTimeoutMs } = options;
  const { chat: settings, timing } = options;
  const api = createApi(rest);
  const channels = createChannels(client);
  const handles = createHandles(timing);
  const whereabouts = createWhereabouts({ rest, servers: access.servers('discord') });
  const botId = () => client()?.user?.id;
  const reader = createMessageReader({
    botId,
    readsContent,
    bridges: settings.bridges,
    channels,
    whereabouts,
  });
  const people = createPeople({
    api,
    client,
    managers: settings.managers,
    helpersRole: (room) => conversations.policyOf(room).helpersRole,
  });
  const { allowedServers = [] } = options.config;
  const isOpenTo = (server: string | undefined) =>
    server === undefined || allowedServers.length === 0 || allowedServers.includes(server);
  const chat = createDiscordChat({ api, channels, reader, people, handles, readsContent, isOpenTo, onError, timing });
  conversations.attach(chat);
  const service: Service = {
    api,
    chat,
    conversations,
    handles,
    whereabouts,
    commands,
    actions,
    answers,
    log,
    running: { answers, log, timeoutMs: runTimeoutMs, signal: stopping },
    seen: createSeenSet(),
    shared: createSeenSet({ windowMs: 60 * 60_000 }),
    isOpenTo,
    isClosing,
    stopping,
    onError,
  };
  return { service, handleEvent: createEventHandler({ ...service, reader, channels, botId }) };
}
