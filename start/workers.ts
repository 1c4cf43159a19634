/** Several processes that serve one port: replaced when they die, restarted one after the other. The process that starts them serves nothing itself. */
import cluster, { type Worker } from "node:cluster";
import { once } from "node:events";
import { setTimeout as wait } from "node:timers/promises";
import { parseArgs } from "node:util";
import type { Service } from "../transport/servers.js";
import { SettingError } from "../transport/settings.js";
import { CrewFigures, type WorkerFigures } from "./figures.js";

const MOST_WORKERS = 64;
/** Workers that may die in a row before one serves. Then, with none left that does, it is no use. */
const MOST_FAILURES = 5;
/** Pause before a worker that died is replaced, in milliseconds. It doubles with each that lived for less than a while. */
const PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5_000;
const WHILE_MS = 10_000;
/** How long connections to a worker that is replaced may bring a last request, in milliseconds. */
const GRACE_MS = 5_000;
/** How long a worker may take to stop, in milliseconds: longer than its requests may. */
const PATIENCE_MS = 15_000;

/** Takes `--workers N` out of a command's arguments; `count` is null where it is not there. */
export function takeWorkers(args: readonly string[]): { readonly count: number | null; readonly others: readonly string[] } {
  const { tokens } = parseArgs({ args: [...args], strict: false, tokens: true, options: { workers: { type: "string" } } });
  const others = [...args];
  let count: number | null = null;
  for (const token of [...tokens].reverse()) {
    if (token.kind !== "option" || token.name !== "workers") continue;
    others.splice(token.index, token.inlineValue === false ? 2 : 1);
    count ??= /^\d{1,2}$/.test(token.value ?? "") ? Number(token.value) : NaN;
  }
  if (count !== null && !(count >= 1 && count <= MOST_WORKERS)) throw new SettingError("--workers", `takes a whole number from 1 to ${MOST_WORKERS}`);
  return { count, others };
}

/** What a worker is told: to stop. */
interface Order {
  /** How long its connections may bring a last request, in milliseconds. */
  readonly grace: number;
}

/** In a worker: stops the service, tells what it has counted, and ends, when whoever started it says so. Restarts and Ctrl+C are that one's business. */
export function obeyPrimary(service: Promise<Service>, figures: WorkerFigures): void {
  for (const signal of ["SIGHUP", "SIGINT"] as const) process.on(signal, () => undefined);
  const stop = async ({ grace }: Order) => {
    await (await service).stop(grace);
    await figures.tell();
    process.exit(0);
  };
  process.on("message", (message: object) => void ("grace" in message && stop(message as Order)));
}

/**
 * Starts so many processes of this program with those arguments, in which `cluster.isWorker` holds, and answers when all serve. They share one port, also where it is any free one.
 * SIGHUP restarts them one after the other, without a request failing. When none serves and none can be started any more, this process says so and exits 1.
 */
export async function startWorkers(count: number, args: readonly string[]): Promise<Service> {
  // Whoever is free takes the next connection. Handed out in turn, one given to a worker that dies would hang.
  cluster.schedulingPolicy = cluster.SCHED_NONE;
  cluster.setupPrimary({ args: [...args] });
  const crew = new Crew(count);
  const url = await crew.start();
  process.on("SIGHUP", () => void crew.restart());
  return { url, stop: () => crew.stop() };
}

/** Where a worker serves. */
interface Place {
  readonly address: string;
  readonly port: number;
}

class Crew {
  private failures = 0;
  private pause = PAUSE_MS;
  private stopping: Promise<void> | undefined;
  private restarting: Promise<void> | undefined;
  /** Those that do not serve yet. */
  private readonly starting = new Set<Promise<unknown>>();
  /** Those that serve, and since when, in epoch milliseconds. */
  private readonly serving = new Map<Worker, number>();
  private readonly figures = new CrewFigures();

  constructor(private readonly count: number) {}

  /** Starts all, the first alone: it finds the port, or what is wrong with the settings. */
  async start(): Promise<string> {
    const first = await this.hire();
    // What is wrong the worker has said.
    if (!first) process.exit(2);
    const { address, port } = first;
    const others = Array.from({ length: this.count - 1 }, async () => {
      if (!(await this.hire())) await this.replace();
    });
    await Promise.all(others);
    console.log(`${this.count} workers serve; SIGHUP to process ${process.pid} restarts them one after the other.`);
    return `http://${address.includes(":") ? `[${address}]` : address}:${port}`;
  }

  stop(): Promise<void> {
    return (this.stopping ??= Promise.all(Object.values(cluster.workers ?? {}).map((worker) => dismiss(worker!, 0))).then(() => undefined));
  }

  /** Replaces each worker by a new one, and stops when one does not start. */
  restart(): Promise<void> {
    return (this.restarting ??= this.replaceAll().finally(() => (this.restarting = undefined)));
  }

  private async replaceAll(): Promise<void> {
    // Whoever is only starting may have read what was so before.
    await Promise.all(this.starting);
    for (const worker of [...this.serving.keys()]) {
      if (this.stopping) return;
      // It died meanwhile, and was replaced then.
      if (!this.serving.has(worker)) continue;
      if (!(await this.hire())) return console.error("A new worker did not start; the others go on as they are. Mend what it said, and send SIGHUP again.");
      this.serving.delete(worker);
      await dismiss(worker, GRACE_MS);
    }
    console.log(`All ${this.count} workers have been restarted.`);
  }

  /** Starts a worker and waits until it serves; answers where, or null when it died before. */
  private hire(): Promise<Place | null> {
    const hired = this.fork();
    this.starting.add(hired);
    return hired.finally(() => this.starting.delete(hired));
  }

  private async fork(): Promise<Place | null> {
    const worker = cluster.fork();
    this.figures.attend(worker, () => [...this.serving.keys()]);
    const ended = once(worker, "exit").then(() => null);
    const listening = once(worker, "listening").then(([{ address, port }]) => ({ address: address as string, port: port as number }));
    const place = await Promise.race([listening, ended]);
    if (!place) return null;
    this.failures = 0;
    this.serving.set(worker, Date.now());
    void ended.then(() => this.lose(worker));
    return place;
  }

  private lose(worker: Worker): void {
    const since = this.serving.get(worker);
    // Those that were dismissed are missed by nobody.
    if (since === undefined || this.stopping) return;
    this.serving.delete(worker);
    const { exitCode, signalCode } = worker.process;
    console.error(`Worker ${worker.process.pid} died (${signalCode ?? `exit code ${exitCode}`}) and is replaced.`);
    if (Date.now() - since > WHILE_MS) this.pause = PAUSE_MS;
    void this.replace();
  }

  /** Starts workers until one serves. */
  private async replace(): Promise<void> {
    for (;;) {
      await wait(this.pause);
      this.pause = Math.min(2 * this.pause, LONGEST_PAUSE_MS);
      if (this.stopping || (await this.hire())) return;
      if (++this.failures < MOST_FAILURES || this.serving.size > 0) continue;
      console.error(`No worker serves any more, and ${this.failures} in a row ended as soon as they were started; mend what they said, and start again.`);
      // Another that is only starting would find nobody to talk to, and say so by a stack.
      for (const worker of Object.values(cluster.workers ?? {})) worker!.process.kill("SIGKILL");
      process.exit(1);
    }
  }
}

/** Tells a worker to stop and waits for its end; one that does not end is killed. */
async function dismiss(worker: Worker, grace: number): Promise<void> {
  if (worker.isDead()) return;
  const ended = once(worker, "exit");
  const late = setTimeout(() => worker.process.kill("SIGKILL"), grace + PATIENCE_MS);
  // One that is ending by itself cannot be told.
  if (worker.isConnected()) worker.send({ grace } satisfies Order, () => undefined);
  await ended;
  clearTimeout(late);
}
