import type { App, BlockAction } from '@slack/bolt';
import type { Place } from '../access.ts';
import { describeError, UserError } from '../errors.ts';
import { orAbort } from '../or-abort.ts';
import { COMMENTS_GONE, POSTED_ALREADY, TOO_OLD, TOO_OLD_OR_GONE } from '../reply-text.ts';
import type { Answer, Hit } from '../retrieval/answer.ts';
import { createSeenSet, type SeenSet } from '../seen-set.ts';
import { ACTION_PATTERN, ACTIONS, type ButtonValue, parseValue } from './buttons.ts';
import { acknowledge } from './commands.ts';
import { renderCommentMessage, renderCommentView, renderSentenceView } from './comment-view.ts';
import { postAsBot, publish } from './publish.ts';
import { renderAnswer, renderQuestion, renderText } from './reply.ts';
import { createResponder, type Place as Origin, type Responder } from './respond.ts';
import type { Service } from './service.ts';

/** One press of a button, or one choice of a select. */
type Press = {
  readonly value: ButtonValue;
  readonly place: Origin;
  readonly responder: Responder;
  readonly trigger: string;
  /** The modal that it happened in. */
  readonly viewId: string | undefined;
  readonly service: Service;
  readonly shared: SeenSet;
};

const HANDLERS: readonly (readonly [action: string, handle: (press: Press) => Promise<void>])[] = [
  [ACTIONS.share, share],
  [ACTIONS.thread, openThread],
  [ACTIONS.more, showMore],
  [ACTIONS.whole, showWhole],
  [ACTIONS.part, turnPart],
];

/** Serves the buttons below answers. Only who pressed gets the reply, unless the button is there to share. */
export function registerPresses(app: App, service: Service): void {
  const { client, log, work } = service;
  const shared = createSeenSet({ windowMs: 60 * 60_000 });
  app.action<BlockAction>(ACTION_PATTERN, async ({ ack, body, action }) => {
    await acknowledge(() => ack(), log);
    const handle = HANDLERS.find(([id]) => action.action_id.startsWith(id))?.[1];
    const value = parseValue(action.type === 'static_select' ? action.selected_option.value : buttonValue(action));
    if (!handle || !value) return;
    const place = placeOf(body);
    const responder = createResponder({ url: body.response_url, place, client, log });
    const press: Press = { value, place, responder, trigger: body.trigger_id, viewId: body.view?.id, service, shared };
    await work.run({ what: action.action_id, tell: responder.tellUser, do: () => attend(press, handle) });
  });
}

async function attend(press: Press, handle: (press: Press) => Promise<void>): Promise<void> {
  try {
    await handle(press);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    await tell(press, error.message);
  }
}

async function share(press: Press): Promise<void> {
  const { place, responder, service } = press;
  const answer = await hitsToShare(press);
  await onlyOnce(press, 'share', async (key) => {
    const message = renderAnswer(answer, { audience: 'everyone' });
    const post = { channel: place.channel, threadTs: place.threadTs, message, key, asked: true };
    await publish(post, answer, responder, service);
  });
}

async function openThread(press: Press): Promise<void> {
  const { place, service } = press;
  const { channel } = place;
  const answer = await hitsToShare(press);
  await onlyOnce(press, 'thread', async (key) => {
    // Under the same key the head is posted once, also when its first reply failed and the button is pressed again.
    const head = { channel, message: renderQuestion(answer.question), key: `${key}:head`, asked: true };
    const { ts } = await postAsBot(head, service);
    const message = renderAnswer(answer, { audience: 'everyone', inThread: true });
    await postAsBot({ channel, threadTs: ts, message, key: `${key}:answer`, asked: true }, service);
  });
}

async function showMore(press: Press): Promise<void> {
  const answer = await pageOf(press);
  if (answer.hits.length === 0) return tell(press, 'There are no further comments.');
  const inThread = press.place.threadTs !== undefined;
  await press.responder.tellUser(renderAnswer(answer, { audience: 'asker', inThread }), press.service.work.postSignal);
}

async function showWhole(press: Press): Promise<void> {
  const { value, trigger, responder, service } = press;
  const hit = await hitOf(press);
  if (!hit) return tell(press, TOO_OLD_OR_GONE);
  const view = renderCommentView(hit, { answerId: value.answerId, part: 0 });
  try {
    await orAbort(() => service.client.views.open({ trigger_id: trigger, view }), service.work.postSignal);
  } catch (error) {
    service.log.warn('Slack: could not open a comment in a modal', { reason: describeError(error) });
    await responder.tellUser(renderCommentMessage(hit), service.work.postSignal);
  }
}

async function turnPart(press: Press): Promise<void> {
  const { value, viewId, service } = press;
  if (!viewId) return;
  const hit = await hitOf(press);
  const view = hit ? renderCommentView(hit, value) : renderSentenceView(TOO_OLD_OR_GONE);
  await orAbort(() => service.client.views.update({ view_id: viewId, view }), service.work.postSignal);
}

/** @throws UserError when the answer is not kept any more */
async function pageOf(press: Press): Promise<Answer> {
  const { value, service } = press;
  const answer = await service.answers.page(value.answerId, value.at, await whereaboutsOf(press));
  if (!answer) throw new UserError(TOO_OLD);
  return { ...answer, id: value.answerId };
}

/** @throws UserError when the answer is not kept any more, or nothing of it is left to show */
async function hitsToShare(press: Press): Promise<Answer> {
  const answer = await pageOf(press);
  if (answer.hits.length === 0) throw new UserError(COMMENTS_GONE);
  return answer;
}

async function hitOf(press: Press): Promise<Hit | undefined> {
  const { value, service } = press;
  return service.answers.hit(value.answerId, value.at, await whereaboutsOf(press));
}

function whereaboutsOf({ place: { channel, user }, service }: Press): Promise<Place> {
  return service.whereabouts.of({ channel, user, server: service.identity.teamId });
}

/** A second press within the hour posts nothing; after a failure it may be tried again. */
async function onlyOnce(press: Press, what: string, post: (key: string) => Promise<void>): Promise<void> {
  const { value, place, shared } = press;
  const key = [what, place.channel, place.threadTs ?? '', value.answerId, value.at].join(':');
  if (!shared.add(key)) return tell(press, POSTED_ALREADY);
  try {
    await post(key);
  } catch (error) {
    shared.forget(key);
    throw error;
  }
}

function tell({ responder, service }: Press, text: string): Promise<void> {
  return responder.tellUser(renderText(text), service.work.postSignal);
}

function placeOf({ channel, container, user, message }: BlockAction): Origin {
  const threadTs: unknown = container.thread_ts ?? message?.thread_ts;
  return {
    channel: channel?.id ?? String(container.channel_id ?? ''),
    user: user.id,
    threadTs: typeof threadTs === 'string' ? threadTs : undefined,
  };
}

function buttonValue(action: object): string | undefined {
  return 'value' in action && typeof action.value === 'string' ? action.value : undefined;
}
