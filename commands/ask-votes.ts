import type { Place } from '../src/access.ts';
import type { Command, Notice } from '../src/command.ts';
import type { Comment } from '../src/corpus/store.ts';
import { UserError } from '../src/errors.ts';
import type { Conversations } from '../src/help/conversations.ts';
import type { Memory } from '../src/memory/memory.ts';
import { EVERYWHERE, scopeOf } from '../src/memory/scope.ts';
import { safeLink } from '../src/reply-text.ts';
import { excerpt } from '../src/visible-text.ts';

export type VotesDependencies = {
  readonly memory: Pick<Memory, 'votes' | 'taught' | 'hides'>;
  readonly standing: Conversations['standing'];
  /** Who votes, teaches and hides for everywhere, by id. */
  readonly managers: readonly string[];
  /** Comments by key, as far as they may be seen there. */
  readonly comments: (keys: readonly string[], place: Place) => Promise<readonly (Comment | undefined)[]>;
};

/** What can be taken back, as it is named to people: `v12`, `t3`, `h4`. */
type Lesson = { readonly name: string; readonly comment?: string | undefined; readonly text: string };

const MOST_SHOWN = 20;

/** `/ask-votes`: one's own votes; for managers all votes, taught answers and hides. Shows them, and takes them back. */
export function createVotesCommand({ memory, standing, managers, comments }: VotesDependencies): Command {
  return {
    name: 'ask-votes',
    description: 'Show your votes and take them back; for managers also those of others, taught answers and hides',
    inputs: [
      {
        kind: 'text',
        name: 'undo',
        description: 'What to take back, as the list names it: v12, t3, h4. Or "all": show those of others too',
        required: false,
        maxLength: 500,
      },
      {
        kind: 'choice',
        name: 'whose',
        description: 'Whose votes',
        choices: [
          { value: 'mine', label: 'mine' },
          { value: 'all', label: "everyone's, taught answers and hides (managers)" },
        ],
      },
    ],
    audience: () => 'asker',
    async run({ undo = '', whose = 'mine' }, context, signal) {
      const scope = managers.includes(context.user) ? EVERYWHERE : scopeOf(context);
      const voter = `${context.platform}:${context.user}`;
      const all = whose === 'all' || /\b(?:all|[th]\d+)\b/i.test(undo);
      const isManager = (await standing(context, signal)) === 'manager';
      if (all && !isManager) throw new UserError('Only managers see and take back what others gave.');
      const names = [...undo.matchAll(/\b([vth])(\d{1,15})\b/gi)];
      if (undo.trim() !== '' && names.length === 0 && !/^\s*all\s*$/i.test(undo)) {
        throw new UserError('Name what to take back as it stands in the list: v12 for a vote, t3, h4.');
      }
      const idsOf = (kind: string) => names.filter(([, k]) => k?.toLowerCase() === kind).map(([, , id]) => Number(id));
      const removed =
        (await memory.votes.remove(scope, idsOf('v'), isManager ? undefined : voter)) +
        (await memory.taught.remove(scope, idsOf('t'))) +
        (await memory.hides.remove(scope, idsOf('h')));
      const lessons = await list(scope, all ? undefined : voter);
      return describe(lessons, names.length > 0 ? removed : undefined, await linksOf(lessons, context.place));
    },
  };

  async function list(scope: string, voter: string | undefined): Promise<readonly Lesson[]> {
    const votes = (await memory.votes.list(scope, voter)).map(({ id, comment, up, solved, votedAt }) => ({
      name: `v${id}`,
      comment: comment.startsWith('answer:') ? undefined : comment,
      text: `${solved ? 'solved it' : up ? 'helpful' : 'not helpful'}, ${day(votedAt)}`,
    }));
    if (voter !== undefined) return votes;
    const taught = (await memory.taught.list(scope)).map(({ id, comment, question, taughtAt }) => ({
      name: `t${id}`,
      comment,
      text: `taught ${day(taughtAt)} for: ${question.slice(0, 100)}`,
    }));
    const hides = (await memory.hides.list(scope)).map(({ id, what, value, hiddenAt }) => ({
      name: `h${id}`,
      comment: what === 'comment' ? value : undefined,
      text: `hidden ${day(hiddenAt)}${what === 'author' ? `: everything by ${value}` : ''}`,
    }));
    return [...taught, ...hides, ...votes];
  }

  async function linksOf(lessons: readonly Lesson[], place: Place): Promise<ReadonlyMap<string, string>> {
    const keys = lessons.slice(0, MOST_SHOWN).flatMap(({ comment }) => comment ?? []);
    const found = await comments(keys, place);
    const entries = found.flatMap((comment) => (comment ? [[comment.key, linkOf(comment)] as const] : []));
    return new Map(entries);
  }
}

function describe(lessons: readonly Lesson[], removed: number | undefined, links: ReadonlyMap<string, string>): Notice {
  const lines = lessons.slice(0, MOST_SHOWN).map(({ name, comment, text }) => {
    const what = comment === undefined ? '' : ` · ${links.get(comment) ?? 'a comment that is no longer there'}`;
    return `${name} · ${text}${what}`;
  });
  const rest = lessons.length - lines.length;
  const head =
    removed === undefined ? '' : removed === 0 ? 'There was nothing to take back. ' : `Taken back: ${removed}. `;
  return {
    kind: 'notice',
    text: `${head}${lessons.length === 0 ? 'Nothing is kept here.' : `${lessons.length} kept here:`}`,
    lines: rest > 0 ? [...lines, `and ${rest} more`] : lines,
  };
}

function linkOf({ url, issueUrl, title }: Comment): string {
  return safeLink({ sample: false }, url ?? issueUrl) ?? excerpt(title, 80);
}

function day(time: number): string {
  return new Date(time).toISOString().slice(0, 10);
}
