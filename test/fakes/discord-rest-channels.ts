import { channelJson } from './discord-json.ts';
import { type Call, Refusal } from './discord-refusal.ts';
import { reachable, standing } from './discord-rest-messages.ts';
import { type Json, toArray, toObject } from './discord-rules.ts';
import type { FakeDiscord } from './discord-server.ts';
import { ANNOUNCEMENT, type FakeChannel, MAY, PUBLIC_THREAD, TEXT } from './discord-state.ts';

const ARCHIVE_MINUTES: readonly unknown[] = [60, 1_440, 4_320, 10_080];

export function readChannel(state: FakeDiscord, { parts: [channelId] }: Call): unknown {
  return channelJson(reachable(state, channelId, false), state.botUser);
}

export function openThread(state: FakeDiscord, { parts: [channelId, messageId], body: raw }: Call): unknown {
  const channel = reachable(state, channelId, false);
  if (channel.type !== TEXT && channel.type !== ANNOUNCEMENT)
    throw new Refusal(400, 50_024, 'Cannot execute action on this channel type');
  if ((channel.permissions & MAY.createThreads) === 0n) throw new Refusal(403, 50_013, 'Missing Permissions');
  const message = standing(state, channel, messageId);
  if (state.channels.has(message.id)) {
    throw new Refusal(400, 160_004, 'A thread has already been created for this message');
  }
  if (state.threadsAreFull) throw new Refusal(400, 160_006, 'Maximum number of active threads reached');
  const { name, auto_archive_duration: archiveMinutes } = toObject(raw);
  checkThread({ name, auto_archive_duration: archiveMinutes });
  const options = { id: message.id, ...(archiveMinutes !== undefined && { archiveMinutes: Number(archiveMinutes) }) };
  return channelJson(state.addThread(channel, String(name).trim(), options), state.botUser);
}

/** Who opened a thread may change it while it is not locked; else it takes Manage Threads. */
export function changeThread(state: FakeDiscord, { parts: [channelId], body: raw }: Call): unknown {
  const thread = reachable(state, channelId, false);
  if (thread.type !== PUBLIC_THREAD) throw new Refusal(403, 50_013, 'Missing Permissions');
  const may = state.permissionsIn(thread);
  const change = toObject(raw);
  const manages = (may & MAY.manageThreads) !== 0n;
  const owns = thread.ownerId === state.botUser.id && !thread.locked && change.locked === undefined;
  const opensOnly = change.archived === false && Object.keys(change).length === 1 && !thread.locked;
  if (!manages && !owns && !(opensOnly && (may & MAY.sendInThreads) !== 0n)) {
    throw new Refusal(403, 50_013, 'Missing Permissions');
  }
  if (thread.archived && change.archived !== false) throw new Refusal(400, 50_083, 'Thread is archived');
  checkThread(change);
  if (change.applied_tags !== undefined) checkTags(state, thread, toArray(change.applied_tags), manages);
  state.changeThread(thread, {
    ...(typeof change.archived === 'boolean' && { archived: change.archived }),
    ...(typeof change.locked === 'boolean' && { locked: change.locked }),
    ...(typeof change.name === 'string' && { name: change.name.trim() }),
    ...(change.applied_tags !== undefined && { appliedTags: toArray(change.applied_tags).map(String) }),
    ...(change.auto_archive_duration !== undefined && { archiveMinutes: Number(change.auto_archive_duration) }),
  });
  return channelJson(thread, state.botUser);
}

export function removeThread(state: FakeDiscord, { parts: [channelId] }: Call): unknown {
  const thread = reachable(state, channelId, false);
  const isThread = thread.type === PUBLIC_THREAD;
  if (!isThread || (state.permissionsIn(thread) & MAY.manageThreads) === 0n) {
    throw new Refusal(403, 50_013, 'Missing Permissions');
  }
  state.deleteThread(thread);
  return channelJson(thread, state.botUser);
}

export function readMember(state: FakeDiscord, { parts: [guildId, userId = ''] }: Call): unknown {
  const guild = state.guilds.get(guildId ?? '');
  if (!guild?.hasBot) throw new Refusal(403, 50_001, 'Missing Access');
  if (!state.users.some(({ id }) => id === userId)) throw new Refusal(404, 10_007, 'Unknown Member');
  return state.memberOf(guild, userId);
}

function checkThread({ name, auto_archive_duration: archive }: Json): void {
  if (name !== undefined && (typeof name !== 'string' || name.trim().length < 1 || name.length > 100)) {
    throw new Refusal(400, 50_035, 'a thread name has 1 to 100 characters');
  }
  if (archive !== undefined && !ARCHIVE_MINUTES.includes(archive)) {
    throw new Refusal(400, 50_035, 'auto_archive_duration is 60, 1440, 4320 or 10080');
  }
}

function checkTags(state: FakeDiscord, thread: FakeChannel, wanted: readonly unknown[], manages: boolean): void {
  const forum = state.channels.get(thread.parentId ?? '');
  const tags = forum?.tags ?? [];
  if (wanted.length > 5) throw new Refusal(400, 50_035, 'at most 5 tags');
  if (wanted.some((id) => !tags.some((tag) => tag.id === id))) throw new Refusal(400, 10_087, 'Unknown Tag');
  if (wanted.length === 0 && forum?.requiresTag) throw new Refusal(400, 40_067, 'A tag is required');
  const changed = tags.filter(({ id }) => wanted.includes(id) !== thread.appliedTags.includes(id));
  if (!manages && changed.some(({ moderated }) => moderated)) throw new Refusal(403, 50_013, 'Missing Permissions');
}
