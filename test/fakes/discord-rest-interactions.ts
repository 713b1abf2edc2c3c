import { checkChoices, checkModal } from './discord-forms.ts';
import { type Call, Refusal, refuseBroken } from './discord-refusal.ts';
import { checkMessage, FLAGS, isObject, type Json, toObject } from './discord-rules.ts';
import type { FakeDiscord } from './discord-server.ts';
import type { FakeInteraction, FakeMessage } from './discord-state.ts';

const ACKNOWLEDGE_MS = 3_000;
const TOKEN_LIFE_MS = 15 * 60_000;

/** What each kind of interaction may be answered with first. */
const ANSWERS: Readonly<Record<FakeInteraction['kind'], readonly number[]>> = {
  command: [4, 5, 9],
  component: [4, 5, 6, 7, 9],
  autocomplete: [8],
  modal: [4, 5, 6, 7],
};

export function acknowledge(state: FakeDiscord, { parts: [id, token], body: raw }: Call): undefined {
  const interaction = state.interactions.get(id ?? '');
  if (!interaction || interaction.token !== token) throw new Refusal(404, 10_062, 'Unknown interaction');
  if (state.now() - interaction.createdAt > ACKNOWLEDGE_MS) {
    throw new Refusal(404, 10_062, 'Unknown interaction: acknowledged after 3 s');
  }
  if (interaction.acknowledged) throw new Refusal(400, 40_060, 'Interaction has already been acknowledged.');
  const body = toObject(raw);
  const type = Number(body.type);
  const data = toObject(body.data);
  if (!ANSWERS[interaction.kind].includes(type)) {
    throw new Refusal(400, 50_035, `an answer of type ${type} is not for a ${interaction.kind}`);
  }
  if ((type === 6 || type === 7) && !interaction.source)
    throw new Refusal(400, 50_035, 'there is no message to update');
  const flags = Number(data.flags ?? 0);
  if (type === 5 && ((flags & ~FLAGS.ephemeral) !== 0 || Object.keys(data).some((key) => key !== 'flags'))) {
    throw new Refusal(400, 50_035, 'a deferral takes the EPHEMERAL flag and nothing else');
  }
  if (type === 4 || type === 7) refuseBroken(state, checkMessage(data, type === 4 ? 'reply' : 'edit'), 'reply');
  if (type === 8) refuseBroken(state, checkChoices(data), 'choices');
  if (type === 9) refuseBroken(state, checkModal(data), 'form');
  const forced = interaction.isUserInstallOnly && !state.allowsPublic(interaction.channel);
  const isPrivate = forced || (flags & FLAGS.ephemeral) !== 0;
  interaction.acknowledged = { type, isPrivate };
  if (type === 8) interaction.choices = data.choices as readonly Json[];
  else if (type === 9) interaction.modal = data;
  else if (type >= 6) interaction.original = interaction.source;
  else interaction.original = state.addMessage(interaction.channel, undefined, { interaction, isPrivate });
  if ((type === 4 || type === 7) && interaction.original) give(interaction, interaction.original, data);
  return undefined;
}

export function editAnswer(state: FakeDiscord, { parts: [application, token, which], body }: Call): unknown {
  const { interaction, message } = answerOf(state, application, token, which);
  const edit = toObject(body);
  const before = Number(message.payload?.flags ?? 0);
  const after = Number(edit.flags ?? before);
  if ((before & FLAGS.componentsV2) !== 0 && (after & FLAGS.componentsV2) === 0) {
    throw new Refusal(400, 50_035, 'components v2 cannot be taken away');
  }
  refuseBroken(state, checkMessage(edit, 'webhook edit'), 'edit');
  give(interaction, message, edit);
  return asJson(message);
}

export function removeAnswer(state: FakeDiscord, { parts: [application, token, which] }: Call): undefined {
  const { interaction, message } = answerOf(state, application, token, which);
  message.deleted = true;
  interaction.answers++;
  return undefined;
}

export function followUp(state: FakeDiscord, { parts: [application, token], body: raw }: Call): unknown {
  const interaction = liveInteraction(state, application, token);
  const body = toObject(raw);
  refuseBroken(state, checkMessage(body, 'follow-up'), 'follow-up');
  if (interaction.isUserInstallOnly && interaction.followUps.length >= 5) {
    throw new Refusal(400, 40_094, 'at most 5 follow-ups for an app that is not in the server');
  }
  const thinking = interaction.original?.payload === undefined ? interaction.original : undefined;
  if (thinking) {
    // The first follow-up of a deferred answer takes its place, and its audience.
    give(interaction, thinking, body);
    return asJson(thinking);
  }
  const forced = interaction.isUserInstallOnly && !state.allowsPublic(interaction.channel);
  const isPrivate = forced || (Number(body.flags ?? 0) & FLAGS.ephemeral) !== 0;
  const message = state.addMessage(interaction.channel, body, { interaction, isPrivate });
  interaction.followUps.push(message);
  return asJson(message);
}

function answerOf(
  state: FakeDiscord,
  application: string | undefined,
  token: string | undefined,
  which: string | undefined,
): { readonly interaction: FakeInteraction; readonly message: FakeMessage } {
  const interaction = liveInteraction(state, application, token);
  const own = [interaction.original, ...interaction.followUps];
  const message = which === '@original' ? interaction.original : own.find((one) => one?.id === which);
  if (!message || message.deleted) throw new Refusal(404, 10_008, 'Unknown Message');
  return { interaction, message };
}

function liveInteraction(
  state: FakeDiscord,
  application: string | undefined,
  token: string | undefined,
): FakeInteraction {
  const interaction = [...state.interactions.values()].find((candidate) => candidate.token === token);
  if (!interaction || application !== state.applicationId || !interaction.acknowledged) {
    throw new Refusal(404, 10_015, 'Unknown Webhook');
  }
  if (state.now() - interaction.createdAt > TOKEN_LIFE_MS) {
    throw new Refusal(401, 50_027, 'Invalid Webhook Token: 15 minutes are over');
  }
  return interaction;
}

function give(interaction: FakeInteraction, message: FakeMessage, body: Json): void {
  if (message.payload !== undefined) message.edits++;
  message.payload = { ...message.payload, ...body };
  interaction.answers++;
}

function asJson(message: FakeMessage): Json {
  const flags = Number(message.payload?.flags ?? 0) & ~FLAGS.ephemeral;
  return {
    id: message.id,
    channel_id: message.channelId,
    flags: message.visibleTo === 'everyone' ? flags : flags | FLAGS.ephemeral,
    ...(isObject(message.payload) && { components: message.payload.components }),
  };
}
