/** A Redis server of a test's own: in a temp folder, on a free port of 127.0.0.1. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import os from "node:os";
import path from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { Redis } from "ioredis";

export interface RedisServer {
  readonly url: string;
  /** Ends it by SIGKILL; what it held is gone. */
  kill(): Promise<void>;
  /** Sends its process SIGSTOP or SIGCONT. */
  signal(name: NodeJS.Signals): void;
  /** Starts it again on the same port, and waits until it answers. */
  restart(): Promise<void>;
  /** Ends it and removes its folder. */
  stop(): Promise<void>;
}

const program = ["/usr/bin", "/usr/local/bin", "/opt/homebrew/bin"].map((folder) => path.join(folder, "redis-server")).find(existsSync);
if (!program && process.env["CI"]) throw new Error("CI needs Redis: apt-get install redis-server");

/** Whether Redis is installed; where it is not, its tests are skipped. */
export const hasRedis = program !== undefined;

export async function startRedis(): Promise<RedisServer> {
  const folder = mkdtempSync(path.join(os.tmpdir(), "brm-redis-"));
  const port = await freePort();
  const url = `redis://127.0.0.1:${port}`;
  const spawnServer = () =>
    spawn(program!, ["--port", String(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", folder], { stdio: "ignore" });
  let child = spawnServer();
  const end = async (signal: NodeJS.Signals) => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, "exit");
    child.kill(signal);
    await ended;
  };
  const answering = async () => {
    const redis = new Redis(url, { retryStrategy: () => 20, maxRetriesPerRequest: 500 });
    redis.on("error", () => undefined);
    await redis.ping();
    redis.disconnect();
  };
  await answering();
  return {
    url,
    kill: () => end("SIGKILL"),
    signal: (name) => void child.kill(name),
    async restart() {
      // The port is let go of.
      await wait(50);
      child = spawnServer();
      await answering();
    },
    async stop() {
      child.kill("SIGCONT");
      await end("SIGKILL");
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  server.close();
  return port;
}
