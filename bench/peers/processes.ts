/** Processes under measurement, and what /proc says of them. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, readdirSync } from "node:fs";
import net from "node:net";
import { setTimeout as wait } from "node:timers/promises";

/** User and system time are counted in these (the kernel's USER_HZ), in milliseconds. */
const TICK_MS = 10;

export interface Usage {
  /** CPU milliseconds, user and system. */
  readonly cpu: number;
  /** Bytes written to whatever: sockets, mostly. */
  readonly written: number;
  /** Resident bytes. */
  readonly resident: number;
}

export async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as net.AddressInfo;
  server.close();
  return port;
}

/** Starts a process and waits until it listens. Its output goes to this one's when it fails. */
export async function startProcess(
  command: string,
  args: readonly string[],
  port: number,
  environment: Readonly<Record<string, string>>,
): Promise<ChildProcess> {
  const child = spawn(command, args, { env: { ...process.env, NODE_ENV: "production", ...environment }, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (part: Buffer) => (output = (output + part.toString()).slice(-4_000)));
  for (let attempt = 0; attempt < 600; attempt++) {
    if (child.exitCode !== null) break;
    if (await isListening(port, environment["HOST"])) return child;
    await wait(100);
  }
  child.kill("SIGKILL");
  throw new Error(`${command} ${args.join(" ")} did not start: ${output}`);
}

function isListening(port: number, host = "127.0.0.1"): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect(port, host, () => resolve(true));
    socket.once("connect", () => socket.destroy()).once("error", () => resolve(false));
  });
}

/** Ends a process and waits for its end. */
export async function stopProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill("SIGTERM");
  const late = setTimeout(() => child.kill("SIGKILL"), 5_000);
  await ended;
  clearTimeout(late);
}

/** What those processes and all they started have used so far. */
export function usageOf(pids: readonly number[]): Usage {
  const usage = { cpu: 0, written: 0, resident: 0 };
  for (const pid of withChildren(pids)) {
    try {
      usage.cpu += cpuOf(`/proc/${pid}/stat`);
      usage.written += Number(/wchar: (\d+)/.exec(readFileSync(`/proc/${pid}/io`, "utf8"))?.[1] ?? 0);
      usage.resident += Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0) * 1024;
    } catch {
      // It has ended.
    }
  }
  return usage;
}

/** CPU milliseconds of all processes that this one started and that have ended. */
export const usageOfEnded = (): number => cpuOf("/proc/self/stat", 13);

/** CPU milliseconds of a process, of its main thread and of the busiest of its others. */
export function usageOfThreads(pid: number): { readonly all: number; readonly main: number; readonly busiest: number } {
  const others = readdirSync(`/proc/${pid}/task`).filter((thread) => thread !== String(pid));
  const of = (thread: string | number) => cpuOf(`/proc/${pid}/task/${thread}/stat`);
  return { all: cpuOf(`/proc/${pid}/stat`), main: of(pid), busiest: Math.max(...others.map(of)) };
}

/** CPU milliseconds, user and system, of a stat file; `first` is where the first of the two is among its fields after the name. */
function cpuOf(file: string, first = 11): number {
  const stat = readFileSync(file, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[first]) + Number(fields[first + 1])) * TICK_MS;
}

function withChildren(pids: readonly number[]): Set<number> {
  const parents = new Map<number, number>();
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const stat = readFileSync(`/proc/${name}/stat`, "utf8");
      parents.set(Number(name), Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]));
    } catch {
      // It has ended.
    }
  }
  const all = new Set(pids);
  for (let size = 0; size !== all.size;) {
    size = all.size;
    for (const [pid, parent] of parents) if (all.has(parent)) all.add(pid);
  }
  return all;
}
