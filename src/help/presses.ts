import type { AnswerRecord } from '../memory/answer-book.ts';
import type { PostRecord } from '../memory/posts.ts';
import { EVERYWHERE } from '../memory/scope.ts';
import { TOO_OLD, TOO_OLD_OR_GONE } from '../reply-text.ts';
import { channelNotice } from '../report/channel-notice.ts';
import type { Hit } from '../retrieval/answer.ts';
import { problem } from '../run-command.ts';
import type { Action } from './action.ts';
import { SHUT_OUT } from './asker.ts';
import type { Press, PressOutcome } from './conversations.ts';
import type { Verdict } from './help-channels.ts';
import type { HelpDesk } from './help-desk.ts';
import type { HelperCalls } from './helper-calls.ts';
import type { LivingAnswers } from './living-answers.ts';
import { type Presser, presserOf } from './standing.ts';
import type { Suggestions } from './voice.ts';

export type PressesParts = {
  readonly living: LivingAnswers;
  readonly calls: HelperCalls;
  readonly suggestions: Suggestions;
};

/** One press, with what is known of its answer. */
type Pressed = {
  readonly press: Press;
  readonly record: AnswerRecord;
  /** Where it was pressed, when everybody sees it. */
  readonly post: PostRecord | undefined;
  readonly presser: Presser;
};

/** What pressing an action does. Rejects when something breaks: the caller tells who pressed. */
export function createPresses(
  desk: HelpDesk,
  { living, calls, suggestions }: PressesParts,
): (action: Action, press: Press) => Promise<PressOutcome> {
  const { memory, reports, help, signal } = desk;

  async function vote(action: Extract<Action, { kind: 'vote' }>, pressed: Pressed): Promise<PressOutcome> {
    const { post, press, presser } = pressed;
    const mayRemove = presser.isAsker || presser.isHelper;
    if (post?.kind === 'automatic' && action.rank === 0 && !action.up && mayRemove) {
      await judged(pressed, 'not-helpful');
      await living.withdraw([post]);
      return say('Removed. Thank you, that helps to stay quiet where nothing fits.');
    }
    if (await memory.optOuts.has(presser.user))
      return say('You opted out, so nothing of you is kept: no votes either.');
    const hit = action.rank === 0 ? undefined : await hitOf(action.id, action.rank, press);
    if (action.rank > 0 && !hit) return say(TOO_OLD_OR_GONE);
    const ballot = {
      scope: presser.scope,
      voter: presser.user,
      // A thumb for the whole answer says how it was, and moves no comment.
      comment: hit?.key ?? `answer:${action.id}`,
    };
    const before = await memory.votes.of(ballot);
    if (before?.up === action.up) {
      await memory.votes.undo(ballot);
      if (action.rank === 0) await judged(pressed, 'undone', true);
      return say('Your vote is taken back.');
    }
    await memory.votes.cast({ ...ballot, answer: action.id, up: action.up });
    if (action.rank === 0) await judged(pressed, action.up ? 'helpful' : 'not-helpful', true);
    const what = hit ? `hit ${action.rank}` : 'this answer';
    return say(`Your vote for ${what}: ${action.up ? 'helpful' : 'not helpful'}. The same button takes it back.`);
  }

  async function solved(action: Extract<Action, { kind: 'solved' }>, pressed: Pressed): Promise<PressOutcome> {
    const { press, presser, record, post } = pressed;
    if (!presser.isAsker && !presser.isHelper) {
      return say('Only who asked, helpers and managers can say that it is solved.');
    }
    const solution = await memory.votes.solution(record.id);
    const hit = action.rank === 0 ? undefined : await hitOf(action.id, action.rank, press);
    if (action.rank > 0 && !hit) return say(TOO_OLD_OR_GONE);
    if (solution !== undefined && (!hit || hit.key === solution)) {
      await memory.votes.unsolve(record.id);
      await marked(post, false);
      await judged(pressed, 'undone');
      return say('Not solved any more.');
    }
    if (!hit) return askWhich(action, pressed);
    await memory.votes.solve(record.id, hit.key);
    if (!(await memory.optOuts.has(presser.user))) {
      const { scope, user: voter } = presser;
      await memory.votes.cast({ scope, voter, comment: hit.key, answer: record.id, up: true, solved: true });
    }
    await marked(post, true);
    await judged(pressed, 'solved');
    return say(`Solved by hit ${action.rank}. Thank you. The same button takes it back.`);
  }

  async function remove(_action: Action, pressed: Pressed): Promise<PressOutcome> {
    const { presser, post } = pressed;
    const may = presser.isAsker || presser.isManager || (post?.kind === 'automatic' && presser.isHelper);
    if (!may) return say('Only who asked and managers can remove it.');
    if (!post) return say('There is nothing to remove: nobody else sees this.');
    await judged(pressed, 'removed');
    await living.withdraw([post]);
    return { ...say('Removed.'), gone: post.through === 'interaction' };
  }

  async function hide(action: Extract<Action, { kind: 'hide' }>, pressed: Pressed): Promise<PressOutcome> {
    const { press, presser } = pressed;
    if (!presser.isManager) return say('Only managers can hide a comment or an author.');
    if (action.rank === 0) return askWhich(action, pressed);
    const hit = await hitOf(action.id, action.rank, press);
    if (!hit) return say(TOO_OLD_OR_GONE);
    const value = action.what === 'author' ? hit.author : hit.key;
    if (value === undefined) return say('Nobody knows who wrote that comment.');
    await memory.hides.add({ scope: presser.scope, what: action.what, value });
    await living.refreshScope(presser.scope === EVERYWHERE ? undefined : press.room);
    const what = action.what === 'author' ? 'What this author wrote is' : 'This comment is';
    const votes = desk.settings.commandName(press.room.platform, 'ask-votes');
    return say(`${what} not shown here again. ${votes} undoes it.`);
  }

  async function notHere(_action: Action, pressed: Pressed): Promise<PressOutcome> {
    const { presser } = pressed;
    if (!presser.isAsker && !presser.isHelper) return say('Only who asked, helpers and managers can say that.');
    await judged(pressed, 'not-here');
    return say('No more automatic replies in this thread.');
  }

  async function askWhich(action: Action, { press, post }: Pressed): Promise<PressOutcome> {
    const answer = await memory.answers.page(action.id, post?.offset ?? 0, press.place);
    if (!answer) return say(TOO_OLD);
    if (answer.hits.length === 0) return say(TOO_OLD_OR_GONE);
    return { ask: { answer: { ...answer, id: action.id }, action } };
  }

  const hitOf = (id: string, rank: number, { place }: Press): Promise<Hit | undefined> =>
    memory.answers.hit(id, rank, place);

  async function marked(post: PostRecord | undefined, isSolved: boolean): Promise<void> {
    if (!post) return;
    await living.refresh([post]);
    const thread = post.opened ?? post.message;
    if (thread.thread === undefined && post.question === undefined) return;
    // A mark that may not be set is no reason to say that nothing was noted.
    await desk
      .chat(post.message.platform)
      .mark(thread, post.question, isSolved, signal)
      .catch((error: unknown) => desk.log.info('A thread could not be marked as solved', { error }));
  }

  async function judged({ record, press }: Pressed, verdict: Verdict, isVote = false): Promise<void> {
    await help.judged({ answerId: record.id, verdict, by: press.by, isVote });
  }

  /** In a report, of what would have been shown: no answer was kept of it. */
  async function assess(
    { id, right }: Extract<Action, { kind: 'judge' }>,
    { by, room, place }: Press,
  ): Promise<PressOutcome> {
    const outcome = memory.helpOutcomes.get(Number(id));
    const isOurs = outcome?.platform === room.platform && outcome.server === room.server;
    if (!outcome || !isOurs) return say('That question is no longer kept.');
    // The report of a channel may be read in another one.
    const there = { platform: room.platform, server: room.server, channel: outcome.channel };
    const everywhere = desk.settings.managers.includes(by);
    const standing = everywhere ? 'manager' : await desk.chat(room.platform).standing(by, there, signal);
    if (standing !== 'manager') return say('Only managers of that channel can judge that.');
    memory.helpOutcomes.assess(outcome.id, right ? 'right' : 'wrong');
    const notice = await channelNotice({ reports, outcomes: memory.helpOutcomes }, outcome, place);
    return { replace: { outcome: notice, actions: [] } };
  }

  async function handle(action: Action, pressed: Pressed): Promise<PressOutcome> {
    switch (action.kind) {
      case 'vote':
        return vote(action, pressed);
      case 'solved':
        return solved(action, pressed);
      case 'remove':
        return remove(action, pressed);
      case 'hide':
        return hide(action, pressed);
      case 'helper':
        return say(await calls.call(pressed.record, pressed.post, pressed.press));
      case 'not-here':
        return notHere(action, pressed);
      case 'post':
      case 'dismiss':
        if (!pressed.presser.isHelper) return say('Only helpers and managers can do that.');
        return say(await suggestions.decide(action.kind, pressed.post, pressed.press.by));
      default:
        return {};
    }
  }

  return async (action, press) => {
    if (action.kind === 'judge') return assess(action, press);
    const record = await memory.answers.recall(action.id);
    if (!record) return say(TOO_OLD);
    const post = press.on && (await memory.posts.ofMessage(press.on));
    const presser = await presserOf(desk, record, press);
    // What was said to them they may still judge and remove.
    if (!presser.isAsker && memory.channels.isShutOut(press.room, presser.user)) return say(SHUT_OUT);
    const outcome = await handle(action, { press, record, post, presser });
    if (post?.through !== 'interaction' || outcome.replace || outcome.gone) return outcome;
    return { ...outcome, replace: await living.current(post) };
  };
}

function say(text: string): PressOutcome {
  return { say: problem(text) };
}
