import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { FakeGateway } from './discord-gateway.ts';
import { guildJson } from './discord-json.ts';
import { FakeDiscordPeople } from './discord-people.ts';
import { answerRequest } from './discord-rest.ts';
import type { Json } from './discord-rules.ts';
import type { FakeGuild } from './discord-state.ts';

/**
 * Discord on 127.0.0.1: its REST API and its gateway, with the rules that it keeps. Every broken one is refused as
 * Discord refuses it, and kept in `broken`: a test that ends with something there has failed.
 */
export class FakeDiscord extends FakeDiscordPeople {
  readonly gateway: FakeGateway;
  readonly #http: Server;
  private constructor() {
    super();
    this.gateway = new FakeGateway({
      token: () => this.token,
      url: () => this.gatewayUrl,
      ready: () => ({
        v: 10,
        user: this.botUser,
        guilds: this.guildsWithBot().map(({ id }) => ({ id, unavailable: true })),
        application: { id: this.applicationId, flags: 0 },
      }),
      guilds: () => this.guildsWithBot().map((guild) => this.guildJson(guild)),
      grantsContent: () => this.grantsContent,
      breakRule: (rule) => this.breakRule(rule),
      changed: () => this.changed(),
    });
    this.#http = createServer((request, response) => {
      answerRequest(this, request, response).catch((error) => {
        this.breakRule(`the fake itself failed: ${error instanceof Error ? error.stack : error}`);
        request.socket.destroy();
      });
    });
    this.gateway.attach(this.#http);
  }

  static async start(): Promise<FakeDiscord> {
    const fake = new FakeDiscord();
    await new Promise<void>((resolve) => fake.#http.listen(0, '127.0.0.1', resolve));
    return fake;
  }

  /** A server as the gateway tells of it. */
  guildJson(guild: FakeGuild): Json {
    return guildJson(guild, [...this.channels.values()], this.botUser);
  }

  /** What `DISCORD_API_URL` is set to. */
  get apiUrl(): string {
    return `http://127.0.0.1:${this.#port}/api`;
  }

  get gatewayUrl(): string {
    return `ws://127.0.0.1:${this.#port}`;
  }

  get #port(): number {
    return (this.#http.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    await this.gateway.close();
    this.#http.closeAllConnections();
    await new Promise((resolve) => this.#http.close(resolve));
  }
}
