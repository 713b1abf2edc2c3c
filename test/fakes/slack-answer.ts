import type { Json } from './slack-world.ts';

/** Slack's answer to a call of its Web API. */
export type ApiAnswer = {
  readonly body: Json & { readonly ok: boolean };
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
};

export function refuse(error: string, more: Json = {}): ApiAnswer {
  return { body: { ok: false, error, ...more } };
}

export function accept(more: Json = {}): ApiAnswer {
  return { body: { ok: true, ...more } };
}
