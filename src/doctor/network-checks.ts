import type { Check, Finding } from '../check.ts';
import type { Config } from '../config.ts';
import { describeError, isAbort } from '../errors.ts';

/** An address outside that the settings make the bot use. */
export type OutsideAddress = {
  /** "Hugging Face Hub" */
  readonly name: string;
  readonly url: string;
  readonly setting: string;
  /** What is lost while it does not answer. */
  readonly without: string;
  /** Whether the bot can do its work without it. */
  readonly dispensable: boolean;
};

/** Only what is configured is asked. */
export function outsideAddresses(config: Config): readonly OutsideAddress[] {
  const { hub, github, discord, slack, sources } = config;
  const addresses: OutsideAddress[] = [
    {
      name: 'Hugging Face Hub',
      url: hub.endpoint,
      setting: 'HF_ENDPOINT',
      without: 'the bot goes on with the model and the data that are on disk',
      dispensable: true,
    },
  ];
  if (sources.some((source) => source.startsWith('github:'))) {
    const without = 'repositories are not followed';
    addresses.push({ name: 'GitHub', url: github.apiUrl, setting: 'GITHUB_API_URL', without, dispensable: true });
  }
  if (discord) {
    const without = 'nobody is answered on Discord';
    addresses.push({ name: 'Discord', url: discord.apiUrl, setting: 'DISCORD_API_URL', without, dispensable: false });
  }
  if (slack) {
    const without = 'nobody is answered on Slack';
    addresses.push({ name: 'Slack', url: slack.apiUrl, setting: 'SLACK_API_URL', without, dispensable: false });
  }
  return addresses;
}

/** Whether something answers there; what it answers is the platform's own check. */
export function addressCheck({ name, url, setting, without, dispensable }: OutsideAddress): Check {
  return {
    name: `${name} address`,
    fast: false,
    run: async (signal) => {
      const mend = `Check the network, the proxy, or ${setting}; until then ${without}.`;
      const bad = (message: string): Finding[] => [{ level: dispensable ? 'warning' : 'fault', message, mend }];
      try {
        const { status } = await knock(url, signal);
        return status >= 500
          ? bad(`${url} answers with status ${status}`)
          : [{ level: 'ok', message: `${url} answers` }];
      } catch (error) {
        return bad(`${url} does not answer: ${isAbort(error) ? 'no reply in time' : describeError(error)}`);
      }
    },
  };
}

/** Less than what a check may take, so that the finding says what to do. */
const KNOCK_TIMEOUT_MS = 10_000;
const NOTICEABLE_MS = 60_000;
/** Slack refuses and is refused beyond it: its signatures carry the time. */
const REFUSED_MS = 300_000;

/** Compares the clock with the `Date` of the first address that answers. */
export function clockCheck(urls: readonly string[], now: () => number = Date.now): Check {
  return {
    name: 'Clock',
    fast: false,
    run: async (signal) => {
      const asked = urls.map(async (url) => Date.parse((await knock(url, signal)).headers.get('date') ?? '') - now());
      const offsets = (await Promise.allSettled(asked)).flatMap((result) =>
        result.status === 'fulfilled' && !Number.isNaN(result.value) ? [result.value] : [],
      );
      // Several may be wrong in their own way; the nearest is the best witness.
      const offset = offsets.sort((left, right) => Math.abs(left) - Math.abs(right))[0];
      return [offset === undefined ? UNKNOWN_TIME : clockFinding(offset)];
    },
  };
}

const UNKNOWN_TIME: Finding = { level: 'ok', message: 'not compared: no address outside answered' };

function clockFinding(offsetMs: number): Finding {
  const seconds = Math.round(Math.abs(offsetMs) / 1000);
  if (Math.abs(offsetMs) <= NOTICEABLE_MS) return { level: 'ok', message: 'right within a minute' };
  const message = `${seconds} s ${offsetMs > 0 ? 'behind' : 'ahead'}`;
  const mend = 'Switch on time synchronisation (NTP): Slack refuses requests that are more than five minutes off.';
  return { level: Math.abs(offsetMs) >= REFUSED_MS ? 'fault' : 'warning', message, mend };
}

export type RunningBotOptions = {
  /** The bot that holds the data folder. */
  readonly running: () => Promise<{ readonly pid: number; readonly host: string } | undefined>;
  /** Where its page listens, without a slash at the end. */
  readonly pageUrl: string;
};

/** What the running bot says of itself, if one runs. */
export function runningBotCheck({ running, pageUrl }: RunningBotOptions): Check {
  return {
    name: 'Running bot',
    fast: false,
    run: async (signal) => {
      const owner = await running();
      if (!owner) return [{ level: 'ok', message: 'none on this data folder' }];
      const bot = `process ${owner.pid} on ${owner.host}`;
      try {
        const reply = await fetch(`${pageUrl}/healthz`, { signal });
        const missing = unhealthyParts(await reply.json());
        if (reply.ok) return [{ level: 'ok', message: `${bot} is healthy` }];
        return [{ level: 'warning', message: `${bot} is not healthy: ${missing.join(', ')}`, mend: 'See its log.' }];
      } catch (error) {
        const message = `${bot} does not answer at ${pageUrl}/healthz: ${describeError(error)}`;
        return [
          { level: 'warning', message, mend: 'Check HOST and PORT; if they are right, see its log, start it again.' },
        ];
      }
    },
  };
}

type Health = { readonly ok?: unknown; readonly detail?: unknown };

function unhealthyParts(body: unknown): readonly string[] {
  const { index, platforms } = body as { index?: Health; platforms?: Readonly<Record<string, Health>> };
  return Object.entries({ index, ...platforms })
    .filter(([, health]) => health?.ok !== true)
    .map(([name, health]) => `${name}: ${health?.detail}`);
}

/** Any answer will do; its body is not read. */
async function knock(url: string, signal: AbortSignal): Promise<Response> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(KNOCK_TIMEOUT_MS)]);
  const reply = await fetch(url, { redirect: 'manual', signal: limit });
  await reply.body?.cancel();
  return reply;
}
