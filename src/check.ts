/**
 * One thing that `doctor` looks at. Never throws for what it finds: a finding says it. Takes seconds at most, and
 * ends early when the signal aborts.
 */
export type Check = {
  /** Two or three words: "Discord token". */
  readonly name: string;
  /** Part of every start: no outside address, under a second. */
  readonly fast: boolean;
  run(signal: AbortSignal): Promise<readonly Finding[]>;
};

export type Finding = {
  readonly level: 'ok' | 'warning' | 'fault';
  /** What is so: "connected as Precedent#1234", "the scope chat:write is missing". */
  readonly message: string;
  /** What mends it, where something is to be mended. */
  readonly mend?: string;
};
