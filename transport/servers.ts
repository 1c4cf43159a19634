import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { SettingError } from "./settings.js";

/** Longer than our clients keep an idle connection (30 s) and most load balancers do (60 s), so that they close it, not we beneath a request. */
const keepAliveTimeout = 65_000;
/** How long requests under way may take to finish once a server stops, in milliseconds. */
const patience = 10_000;

/** Where a server listens. Port 0 is any free one. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

/** Something that serves until it is stopped. */
export interface Service {
  readonly url: string;
  /** Answers what has been asked, then closes; calling it again waits for the same end. */
  stop(): Promise<void>;
}

/** Makes the server listen and returns its origin, such as `http://127.0.0.1:4000`; a host or port that cannot be had is a SettingError. */
export function listen(server: Server, { host, port }: Address): Promise<string> {
  server.keepAliveTimeout = keepAliveTimeout;
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => reject(explain(error, host, port)));
    server.listen(port, host, () => {
      const address = server.address() as AddressInfo;
      resolve(`http://${host.includes(":") ? `[${host}]` : host}:${address.port}`);
    });
  });
}

/** Takes no new connections, lets requests under way finish within 10 s, then closes what is left. */
export async function drain(server: Server): Promise<void> {
  if (!server.listening) return;
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  const idle = setInterval(() => server.closeIdleConnections(), 50);
  const end = setTimeout(() => server.closeAllConnections(), patience);
  await closed;
  clearInterval(idle);
  clearTimeout(end);
}

function explain(error: NodeJS.ErrnoException, host: string, port: number): Error {
  switch (error.code) {
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
