import type { HelpChannels, RoomPolicy } from '../../src/help/help-channels.ts';

const OPEN: RoomPolicy = {
  answers: 'public',
  perHour: undefined,
  serverPerHour: undefined,
  buttons: true,
  sources: [],
  helpersChannel: undefined,
  helpersRole: undefined,
  archiveAfterMinutes: undefined,
};

/** Speaks nowhere without being asked, and lets everything be asked. */
export function noHelpChannels(): HelpChannels {
  return {
    connected: () => {},
    seen: async () => {},
    edited: async () => {},
    deleted: async () => {},
    accessChanged: async () => {},
    refused: async () => {},
    patrol: async () => {},
    mayFollowUp: async () => false,
    policyOf: () => OPEN,
    judged: async () => {},
    close: async () => {},
  };
}
