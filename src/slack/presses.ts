import type { App, BlockAction } from '@slack/bolt';
import { describeError, UserError } from '../errors.ts';
import type { Action } from '../help/action.ts';
import { orAbort } from '../or-abort.ts';
import { TOO_OLD, TOO_OLD_OR_GONE } from '../reply-text.ts';
import type { Answer } from '../retrieval/answer.ts';
import { createSeenSet } from '../seen-set.ts';
import { modal } from './blocks.ts';
import { acknowledge, actionsThere } from './commands.ts';
import { renderCommentMessage, renderCommentView } from './comment-view.ts';
import { ACTION_PATTERN, readControl } from './controls.ts';
import { encodeOrigin } from './modal-origin.ts';
import { openNarrowForm } from './narrow.ts';
import { originOf, type Pressed, type PressOrigin, pickBlockId } from './press.ts';
import { renderAnswer, renderOutcome, renderPick, renderPost, renderText, type SlackMessage } from './reply.ts';
import type { Service } from './service.ts';
import { createSharing, type Sharing } from './sharing.ts';

/** What is said of a control that this version does not know. */
const OLDER = 'This button is from an older version of the bot. Please ask again.';

/** Serves what is pressed below answers. Only who pressed gets the reply, unless it is there to share. */
export function registerPresses(app: App, service: Service): void {
  const { log, work } = service;
  const sharing = createSharing(service, createSeenSet({ windowMs: 60 * 60_000 }));
  app.action<BlockAction>(ACTION_PATTERN, async ({ ack, body, action: element }) => {
    await acknowledge(() => ack(), log);
    const control = readControl(element);
    // A link was followed; the rest is none of ours.
    if (control === undefined || (control !== 'older' && control.kind === 'issue')) return;
    const origin = originOf(body, element, service);
    await work.run({
      what: `a press (${control === 'older' ? control : control.kind})`,
      tell: (message, signal) => tell(origin, message, service, signal),
      async do(requestId) {
        if (control === 'older') return tell(origin, renderText(OLDER), service);
        const { user, room } = origin;
        const place = await service.whereabouts.of({ channel: room.channel, user, server: service.identity.teamId });
        await attend({ ...origin, action: control, place, requestId }, service, sharing);
      },
    });
  });
}

async function attend(pressed: Pressed, service: Service, sharing: Sharing): Promise<void> {
  try {
    await adopt(pressed, service);
    await handle(pressed, service, sharing);
    await renew(pressed, service);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    await tell(pressed, renderText(error.message), service);
  }
}

async function handle(pressed: Pressed, service: Service, sharing: Sharing): Promise<void> {
  const { action } = pressed;
  switch (action.kind) {
    case 'share':
      return sharing.share(pressed, action);
    case 'thread':
      return sharing.openThread(pressed, action);
    case 'page':
      return showMore(pressed, action, service);
    case 'whole':
      return showWhole(pressed, action, service);
    case 'narrow':
      return openNarrowForm(pressed, service);
    default:
      return tellConversations(pressed, service);
  }
}

/** A message that went out through an interaction is known with its first press. */
async function adopt({ on, via, action, place }: Pressed, service: Service): Promise<void> {
  if (!on || via === undefined) return;
  const shown = { ...place, kind: 'outside' } as const;
  const answer = await service.answers.page(action.id, 0, shown);
  if (!answer) return;
  const posted = { message: on, place: shown, asker: via, through: 'interaction' } as const;
  await service.conversations.posted({ ...answer, id: action.id }, posted);
}

/** And what it shows is looked at again with every press. */
async function renew({ on, via, viewId, picked, responder }: Pressed, service: Service): Promise<void> {
  if (!on || via === undefined || viewId || picked) return;
  const now = await service.conversations.current(on);
  if (!now) return;
  const message = renderPost(now, { via, inThread: on.thread !== undefined });
  await responder.replace(message, service.work.postSignal).catch((error: unknown) => {
    service.log.warn('Slack: a message could not be brought up to date', { reason: describeError(error) });
  });
}

async function showMore(
  pressed: Pressed,
  { id, offset }: Extract<Action, { kind: 'page' }>,
  service: Service,
): Promise<void> {
  const answer = await pageOf(pressed, id, offset, service);
  if (answer.hits.length === 0) return tell(pressed, renderText('There are no further comments.'), service);
  const { room, place, about, viewId } = pressed;
  const all = service.conversations.actionsFor(answer, { audience: 'asker', room, automatic: false });
  // A modal about a message has one way to post.
  const actions = actionsThere(all, place).filter(({ kind }) => !about || kind !== 'share');
  const inThread = room.thread !== undefined;
  if (!viewId) return tell(pressed, renderAnswer(answer, { actions, inThread }), service);
  const view = renderAnswer(answer, { actions, inThread, about: about !== undefined, inModal: true });
  await show(pressed, 'Answers', view, service);
}

/** In place of what the modal showed. */
async function show(pressed: Pressed, title: string, { blocks }: SlackMessage, service: Service): Promise<void> {
  const view = modal(title, blocks, { private_metadata: metadataOf(pressed) });
  await orAbort(() => service.client.views.update({ view_id: pressed.viewId ?? '', view }), service.work.postSignal);
}

async function showWhole(
  pressed: Pressed,
  { id, rank, part }: Extract<Action, { kind: 'whole' }>,
  service: Service,
): Promise<void> {
  const { client, conversations, answers, log, work } = service;
  const { room, place, viewId, trigger } = pressed;
  const [hit, answer] = await Promise.all([answers.hit(id, rank, place), answers.page(id, 0, place)]);
  // Its own buttons turn its pages; chosen below an answer in a modal it lies upon that.
  const turns = viewId !== undefined && pressed.isButton;
  if (!hit) return (turns ? exchange : tell)(pressed, renderText(TOO_OLD_OR_GONE), service);
  const offered = answer && conversations.actionsFor({ ...answer, id }, { audience: 'asker', room, automatic: false });
  const votes = offered?.some(({ kind }) => kind === 'vote') ?? false;
  const view = { ...renderCommentView(hit, { answerId: id, part, votes }), private_metadata: metadataOf(pressed) };
  try {
    await orAbort(
      () =>
        turns
          ? client.views.update({ view_id: viewId, view })
          : viewId
            ? client.views.push({ trigger_id: trigger, view })
            : client.views.open({ trigger_id: trigger, view }),
      work.postSignal,
    );
  } catch (error) {
    log.warn('Slack: could not open a comment in a modal', { reason: describeError(error) });
    await tell(pressed, renderCommentMessage(hit), service);
  }
}

async function tellConversations(pressed: Pressed, service: Service): Promise<void> {
  const { action, user: by, room, place, on, about, picked, requestId } = pressed;
  const press = { by, room, place, on, about, requestId };
  const { say, replace, gone, ask } = await service.conversations.press(action, press);
  // The bot cannot delete by itself what went out through an interaction.
  if (gone) await pressed.responder.remove(service.work.postSignal);
  if (replace)
    await exchange(pressed, renderPost(replace, { via: pressed.via, inThread: isInThread(pressed) }), service);
  const told = say ? renderOutcome(say, {}) : ask && pickFor(pressed, ask.answer, ask.action);
  if (!told) return;
  if (picked) return exchange(pressed, told, service);
  await tell(pressed, told, service);
}

function pickFor(pressed: Pressed, answer: Answer, action: Action): SlackMessage {
  const { text, blocks } = renderPick(answer, action);
  const block_id = pickBlockId(pressed);
  return { text, blocks: blocks.map((block) => (block.type === 'actions' ? { ...block, block_id } : block)) };
}

function isInThread({ room }: Pressed): boolean {
  return room.thread !== undefined;
}

/** Puts another message in the place of the one pressed. */
async function exchange(pressed: Pressed, message: SlackMessage, service: Service): Promise<void> {
  if (pressed.viewId) return show(pressed, 'Answers', message, service);
  try {
    await pressed.responder.replace(message, service.work.postSignal);
  } catch (error) {
    service.log.warn('Slack: a message could not be replaced', { reason: describeError(error) });
    await tell(pressed, message, service);
  }
}

/** To whoever pressed: beside the message, or upon the modal. */
async function tell(
  origin: PressOrigin,
  message: SlackMessage,
  { client, log, work }: Service,
  signal = work.postSignal,
): Promise<void> {
  const { viewId, trigger, responder } = origin;
  if (!viewId) return responder.tellUser(message, signal);
  const view = modal('Precedent', message.blocks, { private_metadata: metadataOf(origin) });
  try {
    await orAbort(() => client.views.push({ trigger_id: trigger, view }), signal);
  } catch (error) {
    log.debug('Slack: nothing more can be laid upon a modal', { reason: describeError(error) });
    await orAbort(() => client.views.update({ view_id: viewId, view }), signal);
  }
}

function metadataOf({ room, on, via, about }: PressOrigin): string {
  return encodeOrigin({ channel: room.channel, threadTs: room.thread, on: on?.message, via, about: about?.message });
}

/** @throws UserError when the answer is not kept any more */
export async function pageOf(pressed: Pressed, id: string, offset: number, { answers }: Service): Promise<Answer> {
  const answer = await answers.page(id, offset, pressed.place);
  if (!answer) throw new UserError(TOO_OLD);
  return { ...answer, id };
}
