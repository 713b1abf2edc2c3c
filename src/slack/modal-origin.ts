/** What a modal is about: it travels in the modal, which carries nothing else, so it survives a restart. */
export type ModalOrigin = {
  readonly channel: string;
  readonly threadTs?: string | undefined;
  /** The message of the bot that it was opened from, where everybody sees that. */
  readonly on?: string | undefined;
  /** Who asked for that message, where it went out through an interaction. */
  readonly via?: string | undefined;
  /** The message that was chosen in its menu. */
  readonly about?: string | undefined;
};

export function encodeOrigin(origin: ModalOrigin): string {
  return JSON.stringify(origin);
}

/** Undefined when the modal is not one of ours. */
export function readModalOrigin(privateMetadata: string | undefined): ModalOrigin | undefined {
  try {
    const { channel, threadTs, on, via, about } = JSON.parse(privateMetadata ?? '') as Record<string, unknown>;
    if (typeof channel !== 'string') return undefined;
    const text = (value: unknown) => (typeof value === 'string' ? value : undefined);
    return { channel, threadTs: text(threadTs), on: text(on), via: text(via), about: text(about) };
  } catch {
    return undefined;
  }
}
