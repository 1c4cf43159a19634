/** Plans operations in a thread of their own, so that none holds up those who ask for what is planned already. */
import { Worker } from "node:worker_threads";
import type { QueryPlan } from "@apollo/query-planner";
import { GraphQLError } from "graphql";
import { limits } from "../../security/limits.js";

/** What the thread is asked. */
export interface PlanningRequest {
  readonly text: string;
  readonly operationName: string | undefined;
}
/** What it answers: the plan as JSON, or why there is none. */
export type PlanningAnswer = { readonly plan: string } | { readonly message: string; readonly code?: string };

interface Task extends PlanningRequest {
  readonly resolve: (plan: QueryPlan) => void;
  readonly reject: (error: Error) => void;
}

/** What the thread may take, in megabytes: a supergraph of 46 entities takes 60. */
const MEMORY = { maxOldGenerationSizeMb: 512, maxYoungGenerationSizeMb: 16 };
/** As many times as long an operation may take on a machine that is busy with other things. */
const MOST_PATIENCE = 5;
const STOPPING = "The graph is stopping; ask again.";

/** Milliseconds a planner may take for an operation, and after which its thread ends where there was none to plan. */
export interface PlannerTimes {
  readonly planning: number;
  readonly planningIdle: number;
}

/**
 * A planner of one supergraph. Its thread is started by the first operation, and anew by the first after one that took too long, or
 * after a while without any: it holds a copy of its own of the supergraph, 100 MB for 46 entities.
 */
export class Planner {
  private thread: Worker | undefined;
  private starting: Promise<void> | undefined;
  /** Whether its thread has been there: from then on it is worth waiting for. */
  isReady = false;
  private isIdle = false;
  private isRetired = false;
  private isClosed = false;
  private current: Task | undefined;
  private timer: NodeJS.Timeout | undefined;
  private idleTimer: NodeJS.Timeout | undefined;
  private readonly waiting: Task[] = [];

  constructor(
    private readonly supergraphSdl: string,
    /** Told why the thread ended of itself. */
    private readonly report: (line: string) => void,
    private readonly times: PlannerTimes = limits,
  ) {}

  /** The plan of an operation. Throws a GraphQLError: OPERATION_TOO_LARGE for one that takes too long, OVERLOADED where too many wait. */
  plan(text: string, operationName: string | undefined): Promise<QueryPlan> {
    if (this.isClosed) return Promise.reject(refuse("OVERLOADED", STOPPING));
    if (this.waiting.length >= limits.waitingPlans) return Promise.reject(refuse("OVERLOADED", "Too many new operations are being planned; ask again."));
    return new Promise((resolve, reject) => {
      this.waiting.push({ text, operationName, resolve, reject });
      this.next();
    });
  }

  /** Ends the thread once all that waits is planned. */
  retire(): void {
    this.isRetired = true;
    this.next();
  }

  /** Ends the thread; whoever waits is refused. */
  close(): void {
    this.isClosed = true;
    this.refuseAll(STOPPING);
  }

  private next(): void {
    if (this.current) return;
    clearTimeout(this.idleTimer);
    if (this.waiting.length === 0) return this.isRetired ? this.end() : this.endWhenIdle();
    if (!this.thread) return void this.start();
    if (!this.isIdle) return;
    this.isIdle = false;
    // Short ones first: a few large ones would have everybody wait.
    const shortest = this.waiting.reduce((best, { text }, i) => (text.length < this.waiting[best]!.text.length ? i : best), 0);
    const task = this.waiting.splice(shortest, 1)[0]!;
    this.current = task;
    this.watch(task, performance.now() + MOST_PATIENCE * this.times.planning, process.cpuUsage());
    this.thread.postMessage({ text: task.text, operationName: task.operationName } satisfies PlanningRequest);
  }

  private endWhenIdle(): void {
    this.idleTimer = setTimeout(() => this.end(), this.times.planningIdle).unref();
  }

  /** Gives an operation up that takes too long, by the clock and by what the processor did for it: a busy machine's fault is not its own. */
  private watch(task: Task, end: number, began: NodeJS.CpuUsage): void {
    this.timer = setTimeout(() => {
      const { user, system } = process.cpuUsage(began);
      if ((user + system) / 1000 >= this.times.planning || performance.now() >= end) this.giveUp(task);
      else this.watch(task, end, began);
    }, this.times.planning);
  }

  /** Starts the thread, where there is none; resolves once it plans, or has ended. */
  start(): Promise<void> {
    return (this.starting ??= new Promise((resolve) => this.startThread(resolve)));
  }

  private startThread(whenThere: () => void): void {
    if (this.isClosed) return whenThere();
    const thread = new Worker(new URL("./thread.mjs", import.meta.url), {
      workerData: { supergraphSdl: this.supergraphSdl },
      resourceLimits: MEMORY,
    });
    this.thread = thread;
    thread.unref();
    thread.on("message", (message: PlanningAnswer | "ready") => {
      if (message === "ready") whenThere();
      if (this.thread === thread) this.take(message);
    });
    thread.on("exit", whenThere);
    thread.on("error", (error) => {
      if (this.thread === thread) this.fail(error);
    });
  }

  private take(message: PlanningAnswer | "ready"): void {
    this.isReady = this.isIdle = true;
    const task = this.finish();
    if (task && message !== "ready") {
      if ("plan" in message) task.resolve(JSON.parse(message.plan) as QueryPlan);
      else task.reject(new GraphQLError(message.message, message.code !== undefined ? { extensions: { code: message.code } } : {}));
    }
    this.next();
  }

  private giveUp(task: Task): void {
    this.end();
    task.reject(refuse("OPERATION_TOO_LARGE", `The operation takes longer than ${this.times.planning / 1000} s to plan; ask in several requests.`));
    this.next();
  }

  /** The thread has ended of itself: for want of memory, or because it cannot be started. */
  private fail(error: Error): void {
    this.report(`The planner's thread has ended and is started anew: ${error.message}`);
    this.refuseAll("The operation could not be planned; ask again.");
  }

  private refuseAll(message: string): void {
    const tasks = [...(this.current ? [this.current] : []), ...this.waiting.splice(0)];
    this.end();
    for (const { reject } of tasks) reject(refuse("OVERLOADED", message));
  }
  private finish(): Task | undefined {
    clearTimeout(this.timer);
    const task = this.current;
    this.current = undefined;
    return task;
  }
  private end(): void {
    clearTimeout(this.idleTimer);
    this.finish();
    this.isIdle = false;
    void this.thread?.terminate();
    this.thread = this.starting = undefined;
  }
}

const refuse = (code: "OPERATION_TOO_LARGE" | "OVERLOADED", message: string): GraphQLError =>
  new GraphQLError(message, { extensions: { code, ...(code === "OVERLOADED" ? { retryable: true } : {}) } });
