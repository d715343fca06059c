import { connect, type Socket } from 'node:net';

/** A peer that speaks slowly or not at all, and whether the server has let go of it. */
export class SlowPeer {
  readonly #socket: Socket;
  readonly ended: Promise<void>;
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(port: number, says: string, drips: string) {
    this.#socket = connect(port, '127.0.0.1');
    this.ended = new Promise((resolve) => this.#socket.once('close', () => resolve()));
    this.#socket.on('error', () => undefined);
    this.#socket.resume();
    this.#socket.once('connect', () => {
      this.#socket.write(says);
      if (drips === '') return;
      this.#timer = setInterval(() => this.#socket.write(drips), 500);
      this.#socket.once('close', () => clearInterval(this.#timer));
    });
  }

  /** Never takes what the server says. */
  pause(): this {
    this.#socket.pause();
    return this;
  }

  leave(): void {
    clearInterval(this.#timer);
    this.#socket.destroy();
  }
}

/** Peers that are slow at every phase of a connection, in equal numbers. */
export interface SlowCrowd {
  /** Slow at a head or a handshake: let go of soon. */
  readonly early: readonly SlowPeer[];
  /** Slow at a body, or at taking answers: let go of later. */
  readonly late: readonly SlowPeer[];
}

/** @param token of somebody with a session, in whose name some of them come. */
export function slowCrowd(
  count: number,
  { url, port, token }: { readonly url: string; readonly port: number; readonly token: string },
): SlowCrowd {
  const host = `Host: 127.0.0.1:${port}\r\n`;
  const post = `POST /graphql HTTP/1.1\r\n${host}Content-Type: application/json\r\n`;
  const upgrade = `GET /graphql HTTP/1.1\r\n${host}Upgrade: websocket\r\nConnection: Upgrade\r\n`;
  const key =
    'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: graphql-transport-ws\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n';
  const origin = `Origin: ${url}\r\n`;
  const make = (says: string, drips = ''): SlowPeer => new SlowPeer(port, says, drips);
  const soon: readonly (() => SlowPeer)[] = [
    () => make(''),
    () => make('POST /gra'),
    () => make(post, 'X'),
    () => make(`${upgrade}Sec-WebSocket-Version: 13\r\n`, 'X'),
    () => make(`${upgrade}${origin}${key}\r\n`),
  ];
  const later: readonly (() => SlowPeer)[] = [
    () => make(`${post}Content-Length: 200\r\n\r\n{`, ' '),
    () => make(`${post}Authorization: Bearer ${token}\r\nContent-Length: 900000\r\n\r\n{`, ' '),
    () => make(`GET /directory/log/checkpoint HTTP/1.1\r\n${host}\r\n`.repeat(50)).pause(),
  ];
  const each = Math.ceil(count / (soon.length + later.length));
  const [early, late] = [soon, later].map((makers) =>
    makers.flatMap((maker) => Array.from({ length: each }, maker)),
  ) as [SlowPeer[], SlowPeer[]];
  return { early, late };
}
