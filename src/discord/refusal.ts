import { ChatRefusal } from '../help/chat.ts';
import { CODES, codeOf } from './rest.ts';

const REASONS = new Map<number, ChatRefusal['reason']>([
  [CODES.unknownChannel, 'gone'],
  [CODES.unknownMessage, 'gone'],
  [CODES.missingAccess, 'forbidden'],
  [CODES.missingPermissions, 'forbidden'],
  [CODES.lockedThread, 'locked'],
  [CODES.archivedThread, 'locked'],
  [CODES.wrongChannelType, 'unsupported'],
  [CODES.noFirstMessage, 'gone'],
  [CODES.tooManyThreads, 'blocked'],
  [CODES.closedToDirectMessages, 'blocked'],
  [CODES.noMutualServers, 'blocked'],
  [CODES.blockedByAutoMod, 'blocked'],
  [CODES.blockedTitle, 'blocked'],
  [CODES.harmfulLink, 'blocked'],
]);

/** The error as a refusal, where Discord refused for good; else as it is. */
export function refusalOf(error: unknown): unknown {
  const code = codeOf(error);
  const reason = code === undefined ? undefined : REASONS.get(code);
  return reason ? new ChatRefusal(reason, `Discord refuses it (${code})`, error) : error;
}

/** The message or its channel is no longer there. */
export function isGone(error: unknown): boolean {
  if (error instanceof ChatRefusal) return error.reason === 'gone';
  const code = codeOf(error);
  return code === CODES.unknownMessage || code === CODES.unknownChannel;
}
