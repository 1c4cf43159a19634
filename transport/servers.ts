import type { RequestListener, Server, ServerOptions } from "node:http";
import { Server as NetServer, type AddressInfo, type Socket } from "node:net";
import { setImmediate as turn, setTimeout as wait } from "node:timers/promises";
import { SettingError } from "./settings.js";
import { UnreadAnswers } from "./unread.js";

/**
 * How long clients are told to keep an idle connection, in milliseconds: longer than ours do (30 s) and most load balancers (60 s). Those that do as
 * they are told may send a last request in the very moment that it is over, so that it is kept for a while longer.
 */
const keepAliveTimeout = 65_000;
const keptLonger = 5_000;
/** How long a connection may be silent while it is about a request, in milliseconds: longer than any answer takes. */
const silence = 30_000;
/** How long a client may take to send the head of a request, and all of it, in milliseconds. Looked at every second. */
export const patienceWithClients: ServerOptions = { headersTimeout: 5_000, requestTimeout: 15_000, connectionsCheckingInterval: 1_000 };
/** How long requests under way may take to finish once a server stops, in milliseconds. */
const patience = 10_000;

/** Requests of one connection that may wait for its answers; no client we know of sends a second one before it has them. */
const MOST_UNANSWERED = 100;

/** Where a server listens. Port 0 is any free one. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

/** Whether nobody on another machine can reach what listens on the host. */
export const isLoopback = (host: string): boolean => host === "localhost" || host === "::1" || /^127(\.\d{1,3}){3}$/.test(host);

/** Something that serves until it is stopped. */
export interface Service {
  readonly url: string;
  /**
   * Answers what has been asked, then closes; calling it again waits for the same end. Where others go on serving the same port,
   * connections that are open may bring a last request within `grace` milliseconds (0).
   */
  stop(grace?: number): Promise<void>;
}

/** A server that listens. */
export interface Listener {
  /** Such as `http://127.0.0.1:4000`. */
  readonly origin: string;
  /** Whether it is about to close. Each answer closes its connection from then on: clients turn elsewhere. */
  readonly isStopping: boolean;
  /**
   * Goes on for the delay it was given, so that load balancers see that it is about to close; then takes no new connections, lets requests
   * under way finish within 10 s, and closes what is left. With `grace`, where others go on serving the same port, it takes no new
   * connections at once, and those that are open may bring a last request within that many milliseconds. Calling it again waits for the same end.
   */
  stop(this: void, grace?: number): Promise<void>;
}

/** How a server goes about its connections, where that is not the usual. */
interface Manners {
  /** Stopping begins with a delay of so many seconds; 0 where it is left out. */
  readonly stopDelay?: number | undefined;
  /** Where answers that clients do not read are counted. */
  readonly unread?: UnreadAnswers;
}

/** Makes the server listen, and `serve` answer its requests; a host or port that cannot be had is a SettingError. */
export async function listen(
  server: Server,
  serve: RequestListener,
  { host, port }: Address,
  { stopDelay = 0, unread = new UnreadAnswers() }: Manners = {},
): Promise<Listener> {
  server.keepAliveTimeout = keepAliveTimeout;
  // Whoever closes their side of a connection has gone: somebody who only says that they send no more (`nc -N`) looks the same until an answer is sent, and
  // to wait for that would be to work on for all who have left. So Node's `httpAllowHalfOpen` stays off; nginx and Go do the same.
  let stopping: Promise<void> | undefined;
  const connections = new Connections(server, serve, unread, () => stopping !== undefined);
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => reject(explain(error, host, port)));
    server.listen(port, host, resolve);
  });
  const address = server.address() as AddressInfo;
  const stop = async (grace: number) => {
    if (grace === 0) await wait(stopDelay * 1000);
    await drain(server, connections, grace);
  };
  return {
    origin: `http://${host.includes(":") ? `[${host}]` : host}:${address.port}`,
    get isStopping() {
      return stopping !== undefined;
    },
    stop: (grace = 0) => (stopping ??= stop(grace)),
  };
}

/**
 * The connections of a server, and the requests each is about: one is answered at a time, in the order in which they came, and what comes meanwhile waits. A client that
 * sends on without waiting for answers would else have as many of them made, and kept for it, as it likes. Node's own idea of an idle connection leaves out those
 * that have not asked yet.
 */
class Connections {
  private readonly connections = new Map<Socket, Connection>();

  constructor(server: Server, serve: RequestListener, unread: UnreadAnswers, isStopping: () => boolean) {
    server.setTimeout(silence, (socket: Socket) => unread.cut(socket));
    server.on("connection", (socket: Socket) => {
      this.connections.set(socket, new Connection(socket, serve, unread));
      socket.once("close", () => {
        this.connections.delete(socket);
        unread.release(socket);
      });
    });
    server.on("request", (request, response) => {
      const connection = this.connections.get(request.socket);
      // Of a connection that has closed.
      if (!connection) return;
      // Before the answer is made, and its head sent.
      if (isStopping()) response.shouldKeepAlive = false;
      connection.take(request, response);
    });
  }

  /** Closes those that are about no request, and others as soon as they are not. */
  close(): void {
    for (const connection of this.connections.values()) connection.close();
  }
}

type Request = Parameters<RequestListener>[0];
type Response = Parameters<RequestListener>[1];

/** A connection of a server. What it listens by is made once for all its requests. */
class Connection {
  /** What is being answered. */
  private response: Response | undefined;
  private readonly waiting: [Request, Response][] = [];
  private isClosing = false;

  constructor(
    private readonly socket: Socket,
    private readonly serve: RequestListener,
    private readonly unread: UnreadAnswers,
  ) {}

  take(request: Request, response: Response): void {
    response.on("prefinish", this.note).on("close", this.finish);
    if (!this.response) this.begin(request, response);
    else if (this.waiting.push([request, response]) >= MOST_UNANSWERED) this.socket.destroy();
  }

  close(): void {
    this.isClosing = true;
    if (!this.response) this.socket.destroySoon();
  }

  private begin(request: Request, response: Response): void {
    this.response = response;
    this.serve(request, response);
  }

  /** Once an answer has ended: what of it the system did not take at once waits for its client. */
  private readonly note = (): void => {
    const { socket, response } = this;
    if (socket.writableLength > 0 && !socket.destroyed) this.unread.hold(socket, response!);
  };

  private readonly finish = (): void => {
    const { socket, unread } = this;
    this.response = undefined;
    if (unread.bytes > 0) unread.release(socket);
    // Nobody would be told the answers of a connection that has closed, or is closed by the last one.
    if (socket.destroyed || socket.writableEnded) return;
    const next = this.waiting.shift();
    if (next) this.begin(...next);
    else if (this.isClosing) socket.destroySoon();
    else socket.setTimeout(keepAliveTimeout + keptLonger);
  };
}

/** Throws a SettingError where nothing can listen at an address now: before databases are opened and told stories, rather than after. */
export async function checkAddress({ host, port }: Address): Promise<void> {
  const server = new NetServer();
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error) => reject(explain(error, host, port)));
    server.listen(port, host, resolve);
  });
  await new Promise<void>((resolve) => void server.close(() => resolve()));
}

async function drain(server: Server, connections: Connections, grace: number): Promise<void> {
  // Of node:net: HTTP's own would at once end connections whose next request is on its way.
  const closed = new Promise<void>((resolve) => void NetServer.prototype.close.call(server, () => resolve()));
  const isOver = new AbortController();
  if (grace > 0) await Promise.race([closed, wait(grace, undefined, { signal: isOver.signal }).catch(() => undefined)]);
  isOver.abort();
  // What has come meanwhile is read before anything is closed.
  await turn();
  await turn();
  server.close();
  connections.close();
  const end = setTimeout(() => server.closeAllConnections(), patience);
  await closed;
  clearTimeout(end);
}

function explain(error: NodeJS.ErrnoException, host: string, port: number): Error {
  switch (error.code ?? "") {
    case "EADDRINUSE":
      return new SettingError("PORT", `${port} on ${host} is taken; stop what listens there or set PORT to a free one`);
    case "EACCES":
      return new SettingError("PORT", `${port} may not be opened by this user; set PORT to one above 1023`);
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return new SettingError("HOST", `${host} is not an address of this machine; set HOST to one of its own, such as 127.0.0.1 or 0.0.0.0`);
    default:
      return error;
  }
}
