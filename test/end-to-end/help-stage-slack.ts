import { wordsOf } from '../fakes/slack-blocks.ts';
import type { ShownMessage } from '../fakes/slack-server.ts';
import { idOf, type Said, type Stage, type Theatre, type Who } from './help-stage.ts';

let made = 0;

/** A help channel on the fake Slack. */
export function slackStage({ slack }: Theatre): Stage {
  const personOf = (who: Who) => slack.person(idOf(who, 'slack'));
  const words = ({ blocks }: Pick<ShownMessage, 'blocks'>) => wordsOf(blocks);
  const everybodys = () => slack.messages.filter(({ deleted, user }) => !deleted && user === undefined);
  const inThread = ({ ref }: Pick<Said, 'ref'>) =>
    everybodys().filter(({ channel, threadTs }) => channel === ref.channel && threadTs === (ref.thread ?? ref.message));
  const written = (channel: string, by: Who, text: string, below: Said | undefined) => {
    const threadTs = below && (below.ref.thread ?? below.ref.message);
    const bot = by === 'bridge' ? { bot_id: 'B7', subtype: 'bot_message' } : {};
    return { channel, user: idOf(by, 'slack'), text, threadTs, more: bot };
  };

  const stage: Stage = {
    platform: 'slack',
    async aChannel(settings) {
      made++;
      const { id } = slack.world.addChannel({ id: `C0STAGE${made}`, name: `help-${made}` });
      if (settings) await stage.command(`help-channel ${settings}`, id, 'boss');
      return id;
    },
    async command(line, channel, by = 'ann') {
      const [name = '', ...rest] = line.split(' ');
      const before = slack.messages.length;
      const isTold = ({ user, channel: at }: ShownMessage) => user === idOf(by, 'slack') && at === channel;
      await personOf(by).command(`/${name}`, rest.join(' '), { channel });
      await slack.until('a reply', () => slack.messages.slice(before).some(isTold));
      return words(slack.messages.slice(before).find(isTold) as ShownMessage);
    },
    say(text, { channel, by = 'ann', below }) {
      const { threadTs, more } = written(channel, by, text, below);
      const { ts } = personOf(by).write(text, { channel, ...(threadTs && { threadTs }), more });
      return {
        by,
        text,
        ref: { platform: 'slack', server: slack.world.teamId, channel, thread: threadTs, message: ts },
      };
    },
    mention(text, { channel, by = 'ann' }) {
      const { ts } = personOf(by).mention(text, { channel });
      return { by, text, ref: { platform: 'slack', server: slack.world.teamId, channel, message: ts } };
    },
    spotOf: (channel) => ({ platform: 'slack', server: slack.world.teamId, channel }),
    threadOf: ({ ref }) => ({ ...ref, thread: ref.message }),
    sayUnheard(text, { channel, by = 'ann', below }) {
      const { user, threadTs } = written(channel, by, text, below);
      const nothing = { botId: undefined, subtype: undefined, editedTs: undefined, deletedAt: undefined };
      slack.world.written.push({ channel, ts: slack.world.nextTs(), threadTs, user, text, ...nothing });
    },
    deliverAgain({ ref, by, text }) {
      personOf(by).write(text, { channel: ref.channel, more: { ts: ref.message } });
    },
    erase: async ({ ref, by }) => void (await personOf(by).erase({ channel: ref.channel, ts: ref.message })),
    vanish({ ref }) {
      const message = slack.world.findWritten(ref.channel, ref.message);
      if (message) message.deletedAt = Date.now();
    },
    editUnheard({ ref }, text) {
      const message = slack.world.findWritten(ref.channel, ref.message);
      if (message) Object.assign(message, { text, editedTs: slack.world.nextTs() });
    },
    async edit({ ref, by }, text) {
      const { channel, message: ts, thread: threadTs } = ref;
      await personOf(by).edit({ channel, ts, threadTs, deliveries: Promise.resolve([]) }, text);
    },
    repliesTo: (message) => inThread(message).map(words),
    postsIn: (channel) =>
      everybodys()
        .filter(({ channel: at, threadTs }) => at === channel && threadTs === undefined)
        .map(words),
    async press(label, below, by) {
      await personOf(by).press(inThread(below)[0] as ShownMessage, label);
    },
    async pressOwn(label, channel, by) {
      const isOwn = ({ user, channel: at }: ShownMessage) => user === idOf(by, 'slack') && at === channel;
      const before = slack.messages.length;
      await personOf(by).press(slack.messages.findLast(isOwn) as ShownMessage, label);
      await slack.until('a reply', () => slack.messages.slice(before).some(isOwn));
      return words(slack.messages.slice(before).find(isOwn) as ShownMessage);
    },
    limitRate: () => slack.fail('chat.postMessage', { status: 429, retryAfterSeconds: 0 }),
    archive: (channel) => slack.archive(channel),
    forbid: (channel) => slack.removeFrom(channel),
    toldTo: (who) =>
      slack.messages.filter(({ channel }) => channel === slack.world.directChannel(idOf(who, 'slack')).id).map(words),
  };
  return stage;
}
