/** A MariaDB server of the test run's own: in a temp folder, on a free port of 127.0.0.1. */
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import net from "node:net";
import os from "node:os";
import path from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import mysql from "mysql2/promise";

const FOLDERS = ["/usr/sbin", "/usr/bin", "/usr/local/bin", "/opt/homebrew/bin"];
const find = (name) => FOLDERS.map((folder) => path.join(folder, name)).find(existsSync);

async function freePort() {
  const server = net.createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  return port;
}

/**
 * Starts a server and answers its URL, how to send its process a signal, how to start it again after that ended it, and how
 * to stop it; null where MariaDB is not installed. One that is durable has on disk what it acknowledged. `options` are more of mariadbd's.
 */
export async function startMariadb({ durable = false, options = [] } = {}) {
  const [daemon, install] = [find("mariadbd"), find("mariadb-install-db")];
  if (!daemon || !install) return null;
  const folder = mkdtempSync(path.join(os.tmpdir(), "brm-mariadb-"));
  const user = os.userInfo().username;
  const data = path.join(folder, "data");
  // A server that starts deletes the temporary tables of all that share its folder for them.
  const scratch = path.join(folder, "tmp");
  mkdirSync(scratch);
  const env = { ...process.env, TMPDIR: scratch };
  execFileSync(
    install,
    ["--no-defaults", `--datadir=${data}`, `--user=${user}`, "--auth-root-authentication-method=normal", "--skip-test-db", "--skip-name-resolve"],
    { stdio: "ignore", env },
  );
  const port = await freePort();
  const log = path.join(folder, "error.log");
  const spawnServer = () =>
    spawn(
      daemon,
      [
        "--no-defaults",
        `--user=${user}`,
        `--datadir=${data}`,
        `--socket=${path.join(folder, "socket")}`,
        `--port=${port}`,
        "--bind-address=127.0.0.1",
        "--skip-log-bin",
        "--skip-name-resolve",
        `--innodb-flush-log-at-trx-commit=${durable ? 1 : 0}`,
        "--innodb-buffer-pool-size=128M",
        "--performance-schema=OFF",
        "--max-connections=2000",
        // Migrations read the catalogue, which opens the tables of all databases that tests have open.
        "--table-definition-cache=20000",
        `--log-error=${log}`,
        ...options,
      ],
      { stdio: "ignore", env },
    );
  let child = spawnServer();
  const end = async (signal) => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, "exit");
    child.kill(signal);
    await ended;
  };
  const stop = async () => {
    const late = setTimeout(() => child.kill("SIGKILL"), 10_000);
    await end("SIGTERM");
    clearTimeout(late);
    rmSync(folder, { recursive: true, force: true });
  };
  const answering = async () => {
    for (let attempt = 0; ; attempt++) {
      try {
        return await (await mysql.createConnection({ host: "127.0.0.1", port, user: "root" })).end();
      } catch (error) {
        if (attempt < 300 && child.exitCode === null) {
          await wait(50);
          continue;
        }
        const reason = existsSync(log) ? readFileSync(log, "utf8").slice(-500) : error;
        await stop();
        throw new Error(`mariadbd did not start: ${reason}`, { cause: error });
      }
    }
  };
  await answering();
  return {
    url: `mysql://root@127.0.0.1:${port}/{portfolio}`,
    stop,
    kill: () => end("SIGKILL"),
    signal: (name) => void child.kill(name),
    restart: async () => {
      child = spawnServer();
      await answering();
    },
  };
}
