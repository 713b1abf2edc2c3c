import { randomUUID } from 'node:crypto';
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { type RawData, type WebSocket, WebSocketServer } from 'ws';
import { isObject, type Json, toObject } from './discord-rules.ts';

type Session = {
  readonly id: string;
  readonly intents: number;
  readonly events: { readonly s: number; readonly t: string; readonly d: unknown }[];
  socket: WebSocket | undefined;
  alive: boolean;
};

type Connection = { session: Session | undefined; sends: number[] };

export const INTENTS = {
  guilds: 1,
  members: 1 << 1,
  presences: 1 << 8,
  guildMessages: 1 << 9,
  guildReactions: 1 << 10,
  directMessages: 1 << 12,
  directReactions: 1 << 13,
  content: 1 << 15,
} as const;
const KNOWN_INTENTS = (1 << 26) - 1;

/** The events that a client gets only with an intent. */
const NEEDED_INTENT: Readonly<Record<string, number>> = {
  GUILD_CREATE: INTENTS.guilds,
  GUILD_DELETE: INTENTS.guilds,
  CHANNEL_CREATE: INTENTS.guilds,
  CHANNEL_UPDATE: INTENTS.guilds,
  CHANNEL_DELETE: INTENTS.guilds,
  THREAD_CREATE: INTENTS.guilds,
  THREAD_UPDATE: INTENTS.guilds,
  THREAD_DELETE: INTENTS.guilds,
};

export type GatewayHost = {
  readonly token: () => string;
  readonly url: () => string;
  readonly ready: () => Json;
  readonly guilds: () => readonly Json[];
  readonly grantsContent: () => boolean;
  readonly breakRule: (rule: string) => void;
  readonly changed: () => void;
};

/** Discord's gateway: HELLO, IDENTIFY, READY, heartbeats, RESUME with replay, and the ways in which it fails. */
export class FakeGateway {
  /** What comes of connecting. `silent`: the socket opens and nothing is said; `deaf`: not even that. */
  mode: 'normal' | 'silent' | 'deaf' = 'normal';
  /** How a RESUME is answered. */
  resume: 'normal' | 'unanswered' | 'invalid' = 'normal';
  /** Answers an IDENTIFY with op 9 instead of READY, so often. */
  refuseIdentifies = 0;
  /** Closes with this code on IDENTIFY. */
  closeOnIdentify: number | undefined;
  acknowledgeHeartbeats = true;
  heartbeatIntervalMs = 45_000;
  /** Times that somebody tried to connect. */
  attempts = 0;
  identifies = 0;
  resumes = 0;
  heartbeats = 0;
  readonly #host: GatewayHost;
  readonly #server = new WebSocketServer({ noServer: true });
  readonly #sessions = new Map<string, Session>();
  readonly #sockets = new Map<WebSocket, Connection>();
  readonly #deaf = new Set<Duplex>();

  constructor(host: GatewayHost) {
    this.#host = host;
  }

  attach(server: Server): void {
    server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      this.attempts++;
      if (this.mode === 'deaf') {
        this.#deaf.add(socket);
        socket.on('close', () => this.#deaf.delete(socket));
        socket.on('error', () => {});
        socket.on('end', () => socket.end());
        socket.resume();
        return;
      }
      this.#server.handleUpgrade(request, socket, head, (client) => this.#accept(client));
    });
  }

  /** Sockets that are open, answered or not. */
  get connections(): number {
    return this.#sockets.size + this.#deaf.size;
  }

  /** Whether somebody is connected with a session. */
  get connected(): boolean {
    return [...this.#sessions.values()].some(({ socket }) => socket !== undefined);
  }

  /**
   * Sends an event to every session that has the intent for it; one that is away gets it when it resumes. What it holds
   * may depend on the session's intents.
   */
  dispatch(type: string, data: unknown, intent = NEEDED_INTENT[type] ?? 0): void {
    for (const session of this.#sessions.values()) {
      if (!session.alive || (intent !== 0 && (session.intents & intent) === 0)) continue;
      this.#send(session, type, typeof data === 'function' ? data(session.intents) : data);
    }
  }

  /** Whether somebody is connected with an intent. */
  has(intent: number): boolean {
    return [...this.#sessions.values()].some(({ socket, intents }) => socket !== undefined && (intents & intent) !== 0);
  }

  /** Messages of servers, or direct ones. */
  static intentFor(kind: 'messages' | 'reactions', isDm: boolean): number {
    if (kind === 'messages') return isDm ? INTENTS.directMessages : INTENTS.guildMessages;
    return isDm ? INTENTS.directReactions : INTENTS.guildReactions;
  }

  /** The connection breaks. */
  drop(): void {
    for (const socket of this.#sockets.keys()) socket.terminate();
  }

  /** Op 7: Discord asks to reconnect. */
  askToReconnect(): void {
    this.#broadcast({ op: 7, d: null });
  }

  /** Op 9: the session is over, or may be resumed. */
  invalidate(resumable: boolean): void {
    if (!resumable) for (const session of this.#sessions.values()) session.alive = false;
    this.#broadcast({ op: 9, d: resumable });
  }

  closeWith(code: number): void {
    for (const socket of this.#sockets.keys()) socket.close(code);
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets.keys()) socket.terminate();
    for (const socket of this.#deaf) socket.destroy();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #accept(socket: WebSocket): void {
    const connection: Connection = { session: undefined, sends: [] };
    this.#sockets.set(socket, connection);
    socket.on('message', (data) => this.#receive(socket, connection, data));
    socket.on('close', (code) => this.#leave(socket, connection, code));
    socket.on('error', () => {});
    if (this.mode === 'normal') this.#write(socket, { op: 10, d: { heartbeat_interval: this.heartbeatIntervalMs } });
  }

  #leave(socket: WebSocket, { session }: Connection, code: number): void {
    this.#sockets.delete(socket);
    if (session?.socket === socket) session.socket = undefined;
    // A clean close by the client ends the session; any other may be resumed.
    if (session && (code === 1000 || code === 1001)) session.alive = false;
    this.#host.changed();
  }

  #receive(socket: WebSocket, connection: Connection, data: RawData): void {
    const text = data.toString();
    if (Buffer.byteLength(text) > 4_096) {
      this.#host.breakRule('a gateway payload over 4096 bytes');
      socket.close(4002);
      return;
    }
    const now = Date.now();
    connection.sends = [...connection.sends.filter((at) => at > now - 60_000), now];
    if (connection.sends.length > 120) {
      this.#host.breakRule('more than 120 gateway sends a minute');
      socket.close(4008);
      return;
    }
    const payload = toObject(JSON.parse(text));
    if (payload.op === 1) this.#beat(socket);
    else if (payload.op === 2) this.#identify(socket, connection, toObject(payload.d));
    else if (payload.op === 6) this.#resume(socket, connection, toObject(payload.d));
    else if (!connection.session) socket.close(4003);
    else if (![3, 4, 8].includes(payload.op as number)) socket.close(4001);
  }

  #beat(socket: WebSocket): void {
    this.heartbeats++;
    if (this.acknowledgeHeartbeats) this.#write(socket, { op: 11, d: null });
  }

  #identify(socket: WebSocket, connection: Connection, data: Json): void {
    this.identifies++;
    this.#host.changed();
    const refusal = this.#refusalOf(connection, data);
    if (refusal !== undefined) socket.close(refusal);
    else if (this.refuseIdentifies > 0) {
      this.refuseIdentifies--;
      this.#write(socket, { op: 9, d: false });
    } else this.#open(socket, connection, data);
  }

  /** The close code that an IDENTIFY earns. */
  #refusalOf({ session }: Connection, { token, intents, properties }: Json): number | undefined {
    if (session) return 4005;
    if (token !== this.#host.token()) return 4004;
    if (this.closeOnIdentify !== undefined) return this.closeOnIdentify;
    if (!Number.isInteger(intents) || (Number(intents) & ~KNOWN_INTENTS) !== 0) return 4013;
    if ((Number(intents) & (INTENTS.members | INTENTS.presences)) !== 0) {
      this.#host.breakRule('a privileged intent is asked for that the bot has no use for');
      return 4014;
    }
    if ((Number(intents) & INTENTS.content) !== 0 && !this.#host.grantsContent()) return 4014;
    return isObject(properties) ? undefined : 4002;
  }

  #open(socket: WebSocket, connection: Connection, { intents, shard }: Json): void {
    const session: Session = { id: randomUUID(), intents: Number(intents), events: [], socket, alive: true };
    this.#sessions.set(session.id, session);
    connection.session = session;
    const resume = { session_id: session.id, resume_gateway_url: this.#host.url() };
    this.#send(session, 'READY', { ...this.#host.ready(), ...resume, shard });
    for (const guild of this.#host.guilds()) {
      if ((session.intents & 1) !== 0) this.#send(session, 'GUILD_CREATE', guild);
    }
    this.#host.changed();
  }

  #resume(socket: WebSocket, connection: Connection, { session_id: id, token, seq }: Json): void {
    this.resumes++;
    this.#host.changed();
    if (this.resume === 'unanswered') return;
    const session = this.#sessions.get(String(id));
    if (token !== this.#host.token()) socket.close(4004);
    else if (this.resume === 'invalid' || !session?.alive) this.#write(socket, { op: 9, d: false });
    else {
      session.socket = socket;
      connection.session = session;
      for (const event of session.events) {
        if (event.s > Number(seq)) this.#write(socket, { op: 0, ...event });
      }
      this.#send(session, 'RESUMED', {});
      this.#host.changed();
    }
  }

  #send(session: Session, t: string, d: unknown): void {
    const event = { s: session.events.length + 1, t, d };
    session.events.push(event);
    if (session.socket) this.#write(session.socket, { op: 0, ...event });
  }

  #broadcast(payload: unknown): void {
    for (const socket of this.#sockets.keys()) this.#write(socket, payload);
  }

  #write(socket: WebSocket, payload: unknown): void {
    if (socket.readyState === socket.OPEN) socket.send(JSON.stringify(payload));
  }
}
