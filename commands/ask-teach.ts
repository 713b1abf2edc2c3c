import type { Place } from '../src/access.ts';
import type { Command } from '../src/command.ts';
import type { CommandName } from '../src/command-name.ts';
import { discussionKey } from '../src/corpus/github-discussions.ts';
import type { Comment } from '../src/corpus/store.ts';
import { UserError } from '../src/errors.ts';
import type { Asker } from '../src/help/asker.ts';
import type { Conversations } from '../src/help/conversations.ts';
import type { Memory } from '../src/memory/memory.ts';
import { EVERYWHERE, scopeOf } from '../src/memory/scope.ts';

export type TeachDependencies = {
  readonly asker: Asker;
  readonly taught: Memory['taught'];
  readonly standing: Conversations['standing'];
  /** Who teaches for everywhere, by id. */
  readonly managers: readonly string[];
  /** Comments by key, as far as they may be seen there. */
  readonly comments: (keys: readonly string[], place: Place) => Promise<readonly (Comment | undefined)[]>;
  readonly commandName: CommandName;
};

const LONGEST_QUESTION = 1000;

/** `/ask-teach`: a helper attaches a GitHub comment's link to a question; similar questions then find it first. */
export function createTeachCommand({
  asker,
  taught,
  standing,
  managers,
  comments,
  commandName,
}: TeachDependencies): Command {
  return {
    name: 'ask-teach',
    description: 'This is the answer: attach the link of a GitHub comment to a question (helpers)',
    inputs: [
      {
        kind: 'text',
        name: 'link',
        description: 'The link of the comment; the question may follow it',
        required: true,
        maxLength: LONGEST_QUESTION + 500,
      },
      {
        kind: 'text',
        name: 'question',
        description: 'The question that it answers. It is kept as you write it: leave out names',
        required: false,
        maxLength: LONGEST_QUESTION,
      },
    ],
    audience: () => 'asker',
    async run({ link = '', question: separate = '' }, context, signal) {
      if ((await standing(context, signal)) === 'member') throw new UserError('Only helpers and managers can teach.');
      const called = (name: string) => commandName(context.platform, name);
      const { comment, rest } = readLink(link);
      const question = `${rest} ${separate}`.trim().slice(0, LONGEST_QUESTION);
      const [found] = await comments([comment], context.place);
      if (!found) {
        throw new UserError(
          `That comment is not in the corpus, or may not be shown here. ${called('sources')} says what is.`,
        );
      }
      const { vector, model } = await asker.ask(question, context, { literal: true, kept: false }, signal);
      if (!vector || model === null) {
        throw new UserError(`Teaching needs search by meaning, which is not ready. ${called('sources')} says why.`);
      }
      const scope = managers.includes(context.user) ? EVERYWHERE : scopeOf(context);
      await taught.add({ scope, comment, question, model, vector });
      return {
        kind: 'notice',
        text: 'Learned. Questions like this one find that comment first.',
        lines: [`Kept as you wrote it: ${question}`, `"${called('ask-votes')} all" shows it and takes it back.`],
      };
    },
  };
}

/**
 * The key of the comment whose link is in it, and what is written beside that.
 *
 * @throws UserError when there is no link to a comment in it
 */
function readLink(text: string): { readonly comment: string; readonly rest: string } {
  const match = /<?https:\/\/\S+?#(issuecomment|discussioncomment)-(\d+)[^\s>]*>?/.exec(text);
  const [whole = '', kind, id] = match ?? [];
  if (id === undefined) {
    throw new UserError(
      'There is no link to a comment. Copy it from the comment\'s menu on GitHub: it ends in "#issuecomment-" or "#discussioncomment-" and a number.',
    );
  }
  const comment = kind === 'discussioncomment' ? discussionKey(Number(id)) : id;
  return { comment, rest: text.replace(whole, ' ').trim() };
}
