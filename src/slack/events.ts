import type { App } from '@slack/bolt';
import type { Command } from '../command.ts';
import { describeError } from '../errors.ts';
import { runCommand } from '../run-command.ts';
import { createSeenSet, type SeenSet } from '../seen-set.ts';
import { refusalCode } from './api.ts';
import { slackName } from './commands.ts';
import type { Posted } from './posting.ts';
import { renderOutcome, renderText, type SlackMessage } from './reply.ts';
import { typedText } from './sanitize.ts';
import type { Service } from './service.ts';
import { createWorkSign } from './work-sign.ts';

/** The command that a mention or a direct message runs. */
export const ASKED_COMMAND = 'ask';

/** A message that somebody addressed to the bot. */
type Addressed = {
  readonly channel: string;
  readonly ts: string;
  readonly threadTs: string | undefined;
  readonly user: string;
  readonly server: string;
  /** Shared with another organisation; undefined where the event does not say. */
  readonly external: boolean | undefined;
  readonly text: string;
};

/** What the events of interest have in common; Slack sends more, and sometimes less. */
type MessageLike = {
  readonly channel?: string;
  readonly channel_type?: string;
  readonly ts?: string;
  readonly thread_ts?: string;
  readonly user?: string;
  readonly text?: string;
  readonly subtype?: string;
  readonly bot_id?: string;
  readonly edited?: unknown;
};

/** A question with a screenshot, or sent to the channel as well; every other subtype is an edit, a removal, a notice. */
const WRITTEN = new Set(['file_share', 'thread_broadcast']);

type Envelope = {
  readonly event_id?: string;
  readonly team_id?: string;
  readonly api_app_id?: string;
  readonly is_ext_shared_channel?: boolean;
};

export function askedCommand(commands: readonly Command[]): Command | undefined {
  return commands.find(({ name }) => name === ASKED_COMMAND);
}

/** Serves mentions in channels and direct messages: answered in a thread, each once. */
export function registerEvents(app: App, service: Service): void {
  const command = askedCommand(service.commands);
  if (!command) return;
  const events = createSeenSet();
  const answered = createSeenSet({ windowMs: 60 * 60_000 });

  const receive = async (event: MessageLike, envelope: Envelope) => {
    const message = readAddressed(event, envelope, service);
    if (!message) return;
    const keys = [
      [events, `${envelope.api_app_id}:${envelope.team_id}:${envelope.event_id}`],
      // One message may come as several events: a mention in a channel that the bot also listens to.
      [answered, `${message.channel}:${message.ts}`],
    ] as const;
    await once(keys, () =>
      service.work.run({
        what: 'answering a message',
        do: (requestId) => answer(command, message, requestId, service),
        tell: (reply) => post(message, reply, `failure:${message.channel}:${message.ts}`, service).then(() => {}),
      }),
    );
  };
  app.event('app_mention', ({ event, body }) => receive(event, body));
  app.event('message', ({ event, body }) =>
    event.channel_type === 'im' ? receive(event as MessageLike, body) : Promise.resolve(),
  );
}

/** Acts unless one of the keys was seen; where acting fails the keys are free again, so a second delivery is served. */
async function once(keys: readonly (readonly [SeenSet, string])[], act: () => Promise<boolean>): Promise<void> {
  const claimed: (() => void)[] = [];
  for (const [seen, key] of keys) {
    if (!seen.add(key)) return;
    claimed.push(() => seen.forget(key));
  }
  if (!(await act())) for (const release of claimed) release();
}

/** Undefined for what nobody addressed to the bot: its own messages, other bots', edits, joins and the like. */
function readAddressed(event: MessageLike, envelope: Envelope, { identity }: Service): Addressed | undefined {
  const { channel, ts, user, subtype } = event;
  if (!channel || !ts || !user) return undefined;
  if (event.bot_id || user === identity.botUserId || user === 'USLACKBOT') return undefined;
  if (event.edited || (subtype !== undefined && !WRITTEN.has(subtype))) return undefined;
  return {
    channel,
    ts,
    threadTs: event.thread_ts,
    user,
    server: envelope.team_id ?? identity.teamId,
    external: envelope.is_ext_shared_channel,
    text: typedText(event.text ?? '', identity.botUserId),
  };
}

async function answer(command: Command, message: Addressed, requestId: string, service: Service): Promise<void> {
  const input = command.inputs.find(({ kind }) => kind === 'text');
  if (!message.text || !input) {
    await post(message, helpText(command, service), `help:${message.channel}:${message.ts}`, service);
    return;
  }
  const sign = createWorkSign(service.workSignMs, () =>
    post(message, renderText('Looking for an answer …'), `sign:${requestId}`, service, { asked: false }),
  );
  const { user, channel, server, external } = message;
  const place = await service.whereabouts.of({ channel, user, server, external });
  const context = { platform: 'slack', user, server, channel, place, requestId } as const;
  const outcome = await runCommand(command, { [input.name]: message.text }, context, service.running);
  const shown = await sign.settle();
  const reply = renderOutcome(outcome, { audience: 'everyone', inThread: true });
  if (shown && (await replaced(shown, reply, service))) return;
  await post(message, reply, `answer:${message.channel}:${message.ts}`, service);
}

function helpText(command: Command, { identity, config }: Service): SlackMessage {
  const name = slackName(command, config.commandNames);
  return renderText(
    `Write your question behind @${identity.botName}, or use /${name} to be the only one who sees the answer.`,
  );
}

function post(
  { channel, ts, threadTs }: Addressed,
  message: SlackMessage,
  key: string,
  { poster, work }: Service,
  { asked = true }: { asked?: boolean } = {},
): Promise<Posted> {
  return poster.post({ channel, threadTs: threadTs ?? ts, message, key, asked }, work.postSignal);
}

/** Turns the sign of work into the answer; false when somebody deleted it meanwhile. */
async function replaced(shown: Posted, reply: SlackMessage, { poster, work, log }: Service): Promise<boolean> {
  try {
    await poster.update(shown, reply, work.postSignal);
    return true;
  } catch (error) {
    if (refusalCode(error) === undefined) throw error;
    log.warn('Slack: posting an answer anew', { reason: describeError(error) });
    return false;
  }
}
