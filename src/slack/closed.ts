import type { App } from '@slack/bolt';
import { acknowledge } from './commands.ts';
import { renderText } from './reply.ts';
import { createResponder } from './respond.ts';
import type { Service } from './service.ts';

/** What is said in workspaces that are not in `ALLOWED_WORKSPACES`. */
const NOT_OPEN = 'This bot is not open to this workspace. Whoever runs it decides where it answers.';

/** What Slack sends, as far as it says where it comes from and whom to tell. */
type Body = {
  readonly team_id?: string;
  readonly team?: { readonly id?: string } | null;
  readonly user_id?: string;
  readonly user?: { readonly id?: string };
  readonly channel_id?: string;
  readonly channel?: { readonly id?: string };
  readonly response_url?: string;
  readonly event?: {
    readonly type?: string;
    readonly channel?: string;
    readonly channel_type?: string;
    readonly user?: string;
    readonly bot_id?: string;
    readonly subtype?: string;
    readonly ts?: string;
    readonly thread_ts?: string;
  };
};

/** Where the bot goes even so: it has to forget what it knew. */
const ENDS = new Set(['app_uninstalled', 'tokens_revoked']);

/** Whether the bot serves a workspace. */
export function isOpenTo({ allowedWorkspaces }: Pick<Service['config'], 'allowedWorkspaces'>, team: string): boolean {
  return allowedWorkspaces.length === 0 || allowedWorkspaces.includes(team);
}

/** In other workspaces whoever addresses the bot hears that it is not open, and nothing else happens. */
export function registerClosed(app: App, service: Service): void {
  const { config, identity, client, poster, work, log } = service;

  async function tell(body: Body): Promise<void> {
    const { response_url: url, event } = body;
    const user = body.user_id ?? body.user?.id;
    const channel = body.channel_id ?? body.channel?.id;
    if (url !== undefined && user !== undefined && channel !== undefined) {
      const responder = createResponder({ url, place: { channel, user }, client, log });
      return responder.tellUser(renderText(NOT_OPEN), work.postSignal);
    }
    if (event === undefined || !isAddressed(event)) return;
    const { channel: room = '', ts = '', thread_ts: root } = event;
    const key = `closed:${room}:${ts}`;
    await poster.post(
      { channel: room, threadTs: root ?? ts, message: renderText(NOT_OPEN), key, asked: true },
      work.postSignal,
    );
  }

  app.use(async (args) => {
    const body = args.body as Body;
    const team = body.team_id ?? body.team?.id ?? identity.teamId;
    if (isOpenTo(config, team) || ENDS.has(body.event?.type ?? '')) return args.next();
    const { ack } = args as { ack?: () => Promise<void> };
    if (ack) await acknowledge(ack, log);
    await work.follow(
      tell(body).catch((error: unknown) => log.info('Slack: nobody could be told that the bot is not open', { error })),
    );
  });
}

function isAddressed({ type, channel_type: kind, user, bot_id: bot, subtype }: NonNullable<Body['event']>): boolean {
  if (user === undefined || bot !== undefined || subtype !== undefined) return false;
  return type === 'app_mention' || (type === 'message' && kind === 'im');
}
