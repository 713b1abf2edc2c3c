import { type ApiAnswer, accept, refuse } from './slack-answer.ts';
import { writable } from './slack-api-chat.ts';
import type { Json, World } from './slack-world.ts';

/** The methods `reactions.*`. */

export function addReaction(world: World, args: Json): ApiAnswer {
  const found = reaction(world, args);
  if ('body' in found) return found;
  if (!/^[a-z0-9_+'-]{1,100}$/.test(found.name)) return refuse('invalid_name');
  if (world.reactions.some((other) => isSame(other, found))) return refuse('already_reacted');
  world.reactions.push(found);
  return accept();
}

export function removeReaction(world: World, args: Json): ApiAnswer {
  const found = reaction(world, args);
  if ('body' in found) return found;
  const index = world.reactions.findIndex((other) => isSame(other, found));
  if (index === -1) return refuse('no_reaction');
  world.reactions.splice(index, 1);
  return accept();
}

function reaction(world: World, { channel: id, timestamp, name }: Json) {
  const channel = writable(world, id);
  if ('body' in channel) return channel;
  const ts = String(timestamp);
  const written = world.findWritten(channel.id, ts);
  const own = world.messages.find((message) => message.channel === channel.id && message.ts === ts && !message.user);
  const isThere = written ? written.deletedAt === undefined : own && !own.deleted;
  if (!isThere) return refuse('message_not_found');
  return { channel: channel.id, ts, name: String(name), user: world.botUserId };
}

function isSame(one: object, other: object): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
