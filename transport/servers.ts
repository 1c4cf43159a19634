import type { Server, ServerOptions } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { SettingError } from "./settings.js";

/** Longer than our clients keep an idle connection (30 s) and most load balancers do (60 s), so that they close it, not we beneath a request. */
const keepAliveTimeout = 65_000;
/** How long a connection may be silent while it is about a request, in milliseconds: longer than any answer takes. */
const silence = 30_000;
/** How long a client may take to send the head of a request, and all of it, in milliseconds. Looked at every second. */
export const patienceWithClients: ServerOptions = { headersTimeout: 5_000, requestTimeout: 15_000, connectionsCheckingInterval: 1_000 };
/** How long requests under way may take to finish once a server stops, in milliseconds. */
const patience = 10_000;

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
  /** Answers what has been asked, then closes; calling it again waits for the same end. */
  stop(): Promise<void>;
}

/** A server that listens. */
export interface Listener {
  /** Such as `http://127.0.0.1:4000`. */
  readonly origin: string;
  /** Takes no new connections, lets requests under way finish within 10 s, then closes what is left. */
  drain(this: void): Promise<void>;
}

/** Makes the server listen; a host or port that cannot be had is a SettingError. */
export async function listen(server: Server, { host, port }: Address): Promise<Listener> {
  server.keepAliveTimeout = keepAliveTimeout;
  server.setTimeout(silence);
  const requests = countRequests(server);
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => reject(explain(error, host, port)));
    server.listen(port, host, resolve);
  });
  const address = server.address() as AddressInfo;
  const origin = `http://${host.includes(":") ? `[${host}]` : host}:${address.port}`;
  return { origin, drain: () => drain(server, requests) };
}

/** How many requests each connection is about. Node's own idea of an idle connection leaves out those that have not asked yet. */
function countRequests(server: Server): Map<Socket, number> {
  const requests = new Map<Socket, number>();
  server.on("connection", (socket: Socket) => {
    requests.set(socket, 0);
    socket.once("close", () => requests.delete(socket));
  });
  server.on("request", ({ socket }, response) => {
    requests.set(socket, (requests.get(socket) ?? 0) + 1);
    response.once("close", () => {
      const left = (requests.get(socket) ?? 0) - 1;
      // A connection that has closed before its answer is counted no more.
      if (left < 0) return;
      requests.set(socket, left);
      if (left === 0 && !server.listening) socket.destroySoon();
    });
  });
  return requests;
}

async function drain(server: Server, requests: ReadonlyMap<Socket, number>): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  for (const [socket, count] of requests) if (count === 0) socket.destroySoon();
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
