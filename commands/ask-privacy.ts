import type { Command, Notice } from '../src/command.ts';
import type { CommandName } from '../src/command-name.ts';
import type { OptOuts } from '../src/memory/opt-outs.ts';

export type PrivacyDependencies = {
  readonly optOuts: OptOuts;
  /** How long records of answers are kept. */
  readonly keepDays: number;
  readonly commandName: CommandName;
};

/** `/ask-privacy`: what is kept of whoever asks; out and in again. */
export function createPrivacyCommand({ optOuts, keepDays, commandName }: PrivacyDependencies): Command {
  return {
    name: 'ask-privacy',
    description: 'What the bot keeps of you, and how to have nothing kept',
    inputs: [
      {
        kind: 'choice',
        name: 'choice',
        description: 'Out: nothing of you is kept, and no automatic reply answers you',
        choices: [
          { value: 'show', label: 'show what is kept' },
          { value: 'out', label: 'opt out' },
          { value: 'in', label: 'opt in again' },
        ],
      },
    ],
    audience: () => 'asker',
    async run({ choice = 'show' }, { platform, user }) {
      const who = `${platform}:${user}`;
      if (choice === 'out') await optOuts.add(who);
      if (choice === 'in') await optOuts.remove(who);
      return describe(await optOuts.has(who), keepDays, commandName(platform, 'ask-votes'));
    },
  };
}

function describe(isOut: boolean, keepDays: number, votes: string): Notice {
  if (isOut) {
    return {
      kind: 'notice',
      text: 'You opted out: nothing of you is kept.',
      lines: [
        'What was kept of you is deleted: records of your answers, help-channel records, and your votes.',
        'You can still ask. Answers that you alone see have no buttons.',
        'Public ones still change with your question, and go with it: where they are is kept, and not that you asked.',
        'No automatic reply answers you.',
        'A keyed hash of your id is kept, so that this lasts.',
      ],
    };
  }
  return {
    kind: 'notice',
    text: 'Of you the bot keeps keyed hashes, never your name or what you asked.',
    lines: [
      `With each answer, for ${keepDays} days: where it is, which comments it shows, and the numbers your question became.`,
      `Of questions you write in help channels, also those not put to the bot, for ${keepDays} days: where they are, the numbers they became, the issues found, and what came of them.`,
      'In channels where only newcomers get automatic replies, when you first wrote there, until the bot leaves.',
      'The text of your question for at most a day, in memory alone, and in no file.',
      `Your votes, until you take them back with ${votes}.`,
      'Opt out here, and all of that is deleted.',
    ],
  };
}
