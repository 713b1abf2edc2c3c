import type { REST } from 'discord.js';
import { type ChannelApi, createChannelApi } from './channel-api.ts';
import { createInteractionApi, type InteractionApi } from './interaction-api.ts';

/** The calls that the bot makes, over discord.js's queue and rate limits. */
export type DiscordApi = InteractionApi & ChannelApi;

export function createApi(rest: REST): DiscordApi {
  return { ...createInteractionApi(rest), ...createChannelApi(rest) };
}
