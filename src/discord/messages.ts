import { type Message, MessageType, PermissionFlagsBits } from 'discord.js';
import type { Command } from '../command.ts';
import { failureText, STOPPING } from '../reply-text.ts';
import { newRequestId } from '../request-id.ts';
import { runCommand } from '../run-command.ts';
import { type DiscordReply, renderOutcome, renderText } from './reply.ts';
import type { Service } from './service.ts';

const { ViewChannel, SendMessages, SendMessagesInThreads, ReadMessageHistory } = PermissionFlagsBits;
/** Discord shows "is typing" for ten seconds. */
const TYPING_EVERY_MS = 8_000;

/**
 * Answers a direct message, or one that mentions the bot, once. Everything else is none of its business. Never
 * rejects.
 */
export async function handleMessage(service: Service, message: Message, botId: string): Promise<void> {
  const question = questionTo(botId, message);
  if (question === undefined || !service.seen.add(message.id)) return;
  const requestId = newRequestId();
  const access = accessTo(message);
  if (!access.mayPost) {
    service.log.info('Mentioned where the bot may not post', { requestId, channel: message.channelId });
    return;
  }
  try {
    const reply = await withTyping(service, message.channelId, () => replyTo(service, message, question, requestId));
    await post(service, message, reply, access);
  } catch (error) {
    service.onError(error);
    service.log.error('A message could not be answered', { requestId, error });
    const reason = renderText(failureText(requestId));
    // Where nothing could be said the message is answered should Discord deliver it again.
    await post(service, message, reason, access).catch(() => service.seen.forget(message.id));
  }
}

async function replyTo(service: Service, message: Message, question: string, requestId: string): Promise<DiscordReply> {
  const command = service.commands.find(takesQuestion);
  const [input] = command?.inputs ?? [];
  if (service.isClosing()) return renderText(STOPPING);
  if (!command || !input) return renderText('The bot answers no questions here.');
  if (!question) return renderText(helpText(command, message));
  const context = {
    platform: 'discord' as const,
    user: message.author.id,
    server: message.guildId ?? undefined,
    channel: message.channelId,
    place: await service.whereabouts.ofMessage(message),
    requestId,
  };
  const outcome = await runCommand(command, { [input.name]: question }, context, service.running);
  return renderOutcome(outcome, { audience: 'everyone' });
}

function helpText({ name }: Command, { guildId }: Message): string {
  return guildId === null
    ? `Write me a question in words, or use /${name}.`
    : `Mention me together with a question, or use /${name}.`;
}

/** The command that plain words are for: the one that begins with a text that it needs. */
function takesQuestion({ inputs }: Command): boolean {
  const [first] = inputs;
  return first?.kind === 'text' && first.required;
}

/** What is asked of the bot; empty for a bare mention, undefined when the message is not for it. */
function questionTo(botId: string, message: Message): string | undefined {
  const written = message.type === MessageType.Default || message.type === MessageType.Reply;
  if (!written || message.author.bot || message.webhookId !== null || message.author.id === botId) return undefined;
  const mention = new RegExp(`<@!?${botId}>`, 'g');
  if (message.guildId !== null && !mention.test(message.content)) return undefined;
  return withoutMarkup(message.content);
}

/** Mentions, channels, emoji of a server, timestamps and command links are no words. */
export function withoutMarkup(content: string): string {
  return content
    .replace(/<(?:@[!&]?\d+|#\d+|a?:\w+:\d+|t:-?\d+(?::\w)?|id:\w+|\/[^:>]+:\d+)>/g, ' ')
    .replace(/[ \t]+/g, ' ')
    .trim();
}

type Access = { readonly mayPost: boolean; readonly mayReply: boolean };

/** Checked before posting: Discord shuts out an address that is refused too often. */
function accessTo({ guildId, channel, client }: Message): Access {
  if (guildId === null || channel.isDMBased()) return { mayPost: true, mayReply: true };
  const may = client.user && channel.permissionsFor(client.user);
  const send = channel.isThread() ? SendMessagesInThreads : SendMessages;
  return { mayPost: may?.has([ViewChannel, send]) ?? false, mayReply: may?.has(ReadMessageHistory) ?? false };
}

/** Under the question's id as nonce, so that a post repeated by the client shows one message. */
async function post(
  service: Service,
  { id, channelId }: Message,
  reply: DiscordReply,
  { mayReply }: Access,
): Promise<void> {
  await service.api.post(channelId, reply, { nonce: id, replyTo: mayReply ? id : undefined });
}

async function withTyping<Result>(service: Service, channelId: string, work: () => Promise<Result>): Promise<Result> {
  // A sign of work that fails is no reason to stop.
  const show = () => void service.api.typing(channelId).catch(service.onError);
  show();
  const timer = setInterval(show, TYPING_EVERY_MS);
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}
