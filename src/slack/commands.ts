import type { App } from '@slack/bolt';
import type { Place } from '../access.ts';
import type { Command, CommandValues } from '../command.ts';
import { slackCommandName } from '../command-name.ts';
import { describeError, UserError } from '../errors.ts';
import type { Action } from '../help/action.ts';
import type { Room } from '../help/chat.ts';
import type { RoomPolicy } from '../help/help-channels.ts';
import type { Logger } from '../log.ts';
import { orAbort } from '../or-abort.ts';
import { NO_ANSWERS } from '../reply-text.ts';
import { type Outcome, problem, runCommand } from '../run-command.ts';
import {
  FORM_CALLBACK,
  type FormOrigin,
  formErrors,
  formValues,
  lineValues,
  needsForm,
  readOrigin,
  renderForm,
} from './form.ts';
import { publish } from './publish.ts';
import { renderAnswer, renderOutcome, renderText, type SlackMessage } from './reply.ts';
import { createResponder, type Responder } from './respond.ts';
import { typedText } from './sanitize.ts';
import type { Service } from './service.ts';

/** Serves the slash commands and the forms that they open. */
export function registerCommands(app: App, service: Service): void {
  for (const command of service.commands) registerCommand(app, command, service);
  registerForm(app, service);
}

function registerCommand(app: App, command: Command, service: Service): void {
  const { config, identity, client, log, work } = service;
  app.command(`/${slackCommandName(command.name, config.commandNames)}`, async ({ ack, payload }) => {
    await acknowledge(() => ack(), log);
    const { user_id: user, channel_id: channel, team_id: server, response_url: url, trigger_id: trigger } = payload;
    const values = lineValues(command, typedText(payload.text ?? '', identity.botUserId));
    const responder = createResponder({ url, place: { channel, user }, client, log });
    await work.run({
      what: `/${command.name}`,
      tell: responder.tellUser,
      async do(requestId) {
        if (needsForm(command, values)) {
          const origin = { command: command.name, channel, responseUrl: url, issuedAt: Date.now() };
          await openForm(command, { origin, values, trigger }, responder, service);
        } else await serve(command, values, { user, channel, server, requestId, responder }, service);
      },
    });
  });
}

function registerForm(app: App, service: Service): void {
  const { commands, client, log, work } = service;
  app.view(FORM_CALLBACK, async ({ ack, view, body }) => {
    const origin = readOrigin(view.private_metadata);
    const command = commands.find(({ name }) => name === origin?.command);
    const values = command ? formValues(command, view.state) : {};
    const errors = command && formErrors(command, values);
    await acknowledge(() => (errors ? ack({ response_action: 'errors', errors }) : ack()), log);
    if (errors || !command || !origin) return;
    const { channel, responseUrl: url, issuedAt } = origin;
    const user = body.user.id;
    const server = body.team?.id ?? service.identity.teamId;
    const responder = createResponder({ url, issuedAt, place: { channel, user }, client, log });
    await work.run({
      what: `/${command.name}`,
      tell: responder.tellUser,
      do: (requestId) => serve(command, values, { user, channel, server, requestId, responder }, service),
    });
  });
}

type Call = {
  readonly user: string;
  readonly channel: string;
  readonly server: string;
  readonly requestId: string;
  readonly responder: Responder;
};

async function serve(command: Command, values: CommandValues, call: Call, service: Service): Promise<void> {
  const { user, channel, server, requestId, responder } = call;
  const place = await service.whereabouts.of({ channel, user, server });
  const outcome = await runCommand(
    command,
    values,
    { platform: 'slack', user, server, channel, place, requestId },
    service.running,
  );
  const room = { platform: 'slack', server: service.identity.teamId, channel } as const;
  const isPublic = service.conversations.policyOf(room).answers === 'public';
  if (outcome.kind === 'answer' && command.audience(values) === 'everyone' && isPublic) {
    try {
      const shared = { answer: outcome, room, place, asker: user, key: `command:${requestId}` };
      return await publish(shared, responder, service);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      await responder.tellUser(renderText(error.message), service.work.postSignal);
    }
  }
  await responder.tellUser(privately(outcome, { room, place }, service), service.work.postSignal);
}

/** For whoever asked, with what may be done with it there. */
export function privately(
  found: Outcome,
  { room, place }: { room: Room; place: Place },
  { conversations }: Service,
): SlackMessage {
  const outcome = allowed(found, conversations.policyOf(room));
  if (outcome.kind !== 'answer') return renderOutcome(outcome, {});
  return renderAnswer(outcome, {
    actions: actionsThere(conversations.actionsFor(outcome, { audience: 'asker', room, automatic: false }), place),
    inThread: room.thread !== undefined,
  });
}

/** What was found, or why it is not shown there. */
export function allowed(found: Outcome, { answers }: Pick<RoomPolicy, 'answers'>): Outcome {
  return found.kind === 'answer' && answers === 'none' ? problem(NO_ANSWERS) : found;
}

const PUBLIC = new Set<Action['kind']>(['share', 'thread', 'helper', 'post']);

/** Where others than the workspace read along nothing is posted. */
export function actionsThere(actions: readonly Action[], place: Place): readonly Action[] {
  return place.kind === 'outside' ? actions.filter(({ kind }) => !PUBLIC.has(kind)) : actions;
}

/** Slack gives three seconds for it. Where they passed, or the modal is refused, a line says how to go without. */
async function openForm(
  command: Command,
  { origin, values, trigger }: { origin: FormOrigin; values: CommandValues; trigger: string },
  responder: Responder,
  { client, config, log, work }: Service,
): Promise<void> {
  try {
    const view = renderForm(command, origin, values);
    await orAbort(() => client.views.open({ trigger_id: trigger, view }), work.postSignal);
  } catch (error) {
    log.warn('Slack: could not open a form', { reason: describeError(error) });
    const name = slackCommandName(command.name, config.commandNames);
    await responder.tellUser(renderText(`Write it behind the command, on one line: /${name} …`), work.postSignal);
  }
}

/**
 * Always first. Where it does not reach Slack any more the user sees Slack's own error, and may still get the answer
 * through the address that came with the command.
 */
export async function acknowledge(send: () => Promise<void>, log: Logger): Promise<void> {
  try {
    await send();
  } catch (error) {
    log.warn('Slack: an acknowledgement did not get through', { reason: describeError(error) });
  }
}
