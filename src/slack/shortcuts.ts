import type { App, MessageShortcut } from '@slack/bolt';
import type { Command, MessageAction } from '../command.ts';
import { describeError } from '../errors.ts';
import type { Room } from '../help/chat.ts';
import { orAbort } from '../or-abort.ts';
import { runCommand } from '../run-command.ts';
import { modal } from './blocks.ts';
import { acknowledge, actionsThere, allowed, privately } from './commands.ts';
import { encodeOrigin } from './modal-origin.ts';
import { renderAnswer, renderOutcome, renderText, type SlackMessage } from './reply.ts';
import { createResponder } from './respond.ts';
import { typedText } from './sanitize.ts';
import type { Service } from './service.ts';

/** What Slack calls a message action to the bot. */
export function callbackOf({ name }: Pick<MessageAction, 'name'>): string {
  return `precedent_message_${name}`;
}

/** Serves what is chosen in the menu of a message: whoever chose it sees the answer, in a modal. */
export function registerShortcuts(app: App, service: Service): void {
  for (const action of service.actions) registerAction(app, action, service);
}

function registerAction(app: App, action: MessageAction, service: Service): void {
  const { client, identity, log, work } = service;
  app.shortcut<MessageShortcut>(
    { type: 'message_action', callback_id: callbackOf(action) },
    async ({ ack, shortcut }) => {
      await acknowledge(() => ack(), log);
      const { channel, user, message, response_url: url, trigger_id: trigger } = shortcut;
      const threadTs = threadOf(message);
      const origin = { channel: channel.id, threadTs, about: message.ts };
      const responder = createResponder({ url, place: { channel: channel.id, user: user.id, threadTs }, client, log });
      const room: Room = { platform: 'slack', server: identity.teamId, channel: channel.id, thread: threadTs };
      let viewId: string | undefined;
      const show = async (shown: SlackMessage, signal = work.postSignal) => {
        if (viewId === undefined) return responder.tellUser(shown, signal);
        const view = modal(action.label.slice(0, 24), shown.blocks, { private_metadata: encodeOrigin(origin) });
        await orAbort(() => client.views.update({ view_id: viewId ?? '', view }), signal);
      };
      await work.run({
        what: action.name,
        tell: show,
        async do(requestId) {
          viewId = await open(action.label, trigger, service);
          const { id: server = identity.teamId } = shortcut.team ?? {};
          const place = await service.whereabouts.of({ channel: channel.id, user: user.id, server });
          const context = { platform: 'slack', user: user.id, server, channel: channel.id, place, requestId } as const;
          const text = typedText(message.text ?? '', identity.botUserId);
          const run: Command['run'] = (_values, asked, signal) => action.run({ text }, asked, signal);
          const found = await runCommand({ name: action.name, run }, {}, context, service.running);
          const outcome = allowed(found, service.conversations.policyOf(room));
          if (viewId === undefined || outcome.kind !== 'answer') {
            return show(
              outcome.kind === 'answer' ? privately(outcome, { room, place }, service) : renderOutcome(outcome, {}),
            );
          }
          const view = { audience: 'asker', room, automatic: false } as const;
          const all = service.conversations.actionsFor(outcome, view).filter(({ kind }) => kind !== 'share');
          await show(renderAnswer(outcome, { actions: actionsThere(all, place), about: true, inModal: true }));
        },
      });
    },
  );
}

/** Slack gives three seconds for it, so it opens before there is anything to show. */
async function open(label: string, trigger: string, { client, log, work }: Service): Promise<string | undefined> {
  const view = modal(label.slice(0, 24), renderText('Looking for an answer …').blocks);
  try {
    const { view: opened } = await orAbort(() => client.views.open({ trigger_id: trigger, view }), work.postSignal);
    return opened?.id;
  } catch (error) {
    log.warn('Slack: could not open a modal', { reason: describeError(error) });
    return undefined;
  }
}

function threadOf({ thread_ts: root, ts }: MessageShortcut['message']): string | undefined {
  return typeof root === 'string' && root !== ts ? root : undefined;
}
