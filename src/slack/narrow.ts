import type { App } from '@slack/bolt';
import type { CommandValues } from '../command.ts';
import { describeError } from '../errors.ts';
import type { Room } from '../help/chat.ts';
import { readNarrowing } from '../narrowing.ts';
import { orAbort } from '../or-abort.ts';
import { runCommand } from '../run-command.ts';
import { acknowledge, privately } from './commands.ts';
import { NARROW_CALLBACK, type NarrowOrigin, narrowValues, readNarrowOrigin, renderNarrowForm } from './narrow-form.ts';
import type { Pressed } from './press.ts';
import { renderText } from './reply.ts';
import { createResponder, type Responder } from './respond.ts';
import type { Service } from './service.ts';

const FORGOTTEN =
  'The words of this question are no longer kept. Ask it again, for example with state:closed or since:2024 behind it.';
const ELSEWHERE =
  'Narrow it with words instead: ask again with source:OWNER/REPO, state:closed, label:bug or since:2024 in the question.';

/** What is chosen holds, and of the words in the question what it says nothing of. */
function narrowed(question: string, chosen: CommandValues): CommandValues {
  const { text, narrowing } = readNarrowing(question);
  const { sources, state, labels, since, author } = narrowing;
  const known = Object.fromEntries(Object.entries(chosen).filter(([, value]) => value !== undefined));
  const words = author === undefined ? text : `${text} author:${author}`;
  return { source: sources?.[0], state, label: labels?.[0], since, ...known, question: words };
}

/** What is asked: the command that narrows. */
function commandOf({ commands }: Service) {
  return commands.find(({ inputs }) => inputs.some(({ narrows }) => narrows));
}

/** Opens the form with what the answer's question can be narrowed to there. */
export async function openNarrowForm(pressed: Pressed, service: Service): Promise<void> {
  const { client, log, work, answers } = service;
  const { action, room, place, trigger, responder, responseUrl } = pressed;
  const command = commandOf(service);
  const record = await answers.recall(action.id);
  if (!command || record?.question === undefined) {
    return responder.tellUser(renderText(FORGOTTEN), work.postSignal);
  }
  const sources = (await command.suggest?.('source', '', place)) ?? [];
  const { channel, thread: threadTs } = room;
  const origin: NarrowOrigin = { answerId: action.id, channel, threadTs, responseUrl, issuedAt: Date.now() };
  const view = renderNarrowForm(command.inputs, sources, origin);
  try {
    const open = pressed.viewId === undefined ? client.views.open : client.views.push;
    await orAbort(() => open({ trigger_id: trigger, view }), work.postSignal);
  } catch (error) {
    log.warn('Slack: could not open a form', { reason: describeError(error) });
    await responder.tellUser(renderText(ELSEWHERE), work.postSignal);
  }
}

/** Serves the form: whoever sent it gets the answer to the same question again, within what was chosen. */
export function registerNarrowing(app: App, service: Service): void {
  const { client, identity, log, work } = service;
  app.view(NARROW_CALLBACK, async ({ ack, view, body }) => {
    await acknowledge(() => ack(), log);
    const origin = readNarrowOrigin(view.private_metadata);
    const command = commandOf(service);
    if (!origin || !command) return;
    const { channel, threadTs, responseUrl: url, issuedAt } = origin;
    const user = body.user.id;
    const server = body.team?.id ?? identity.teamId;
    const responder: Responder = createResponder({ url, issuedAt, place: { channel, user, threadTs }, client, log });
    await work.run({
      what: 'narrowing an answer',
      tell: responder.tellUser,
      async do(requestId) {
        const record = await service.answers.recall(origin.answerId);
        if (record?.question === undefined) return responder.tellUser(renderText(FORGOTTEN), work.postSignal);
        const place = await service.whereabouts.of({ channel, user, server });
        const values = narrowed(record.question, narrowValues(command.inputs, view.state));
        const context = { platform: 'slack', user, server, channel, place, requestId } as const;
        const outcome = await runCommand(command, values, context, service.running);
        const room: Room = { platform: 'slack', server, channel, thread: threadTs };
        await responder.tellUser(privately(outcome, { room, place }, service), work.postSignal);
      },
    });
  });
}
