import type { AnswerRecord } from '../memory/answer-book.ts';
import { EVERYWHERE, type Scope, scopeOf } from '../memory/scope.ts';
import type { Standing } from './chat.ts';
import type { Press } from './conversations.ts';
import type { HelpDesk } from './help-desk.ts';

/** Who presses: what they may do follows from it. */
export type Presser = {
  readonly user: string;
  readonly isAsker: boolean;
  readonly isHelper: boolean;
  readonly isManager: boolean;
  /** Where what they teach counts. */
  readonly scope: Scope;
};

export async function presserOf(desk: HelpDesk, record: AnswerRecord, press: Press): Promise<Presser> {
  const { room, by } = press;
  const user = `${room.platform}:${by}`;
  const everywhere = desk.settings.managers.includes(by);
  const standing: Standing = everywhere ? 'manager' : await desk.chat(room.platform).standing(by, room, desk.signal);
  return {
    user,
    isAsker: record.isAsker(user),
    isHelper: standing !== 'member',
    isManager: standing === 'manager',
    scope: everywhere ? EVERYWHERE : scopeOf(room),
  };
}
