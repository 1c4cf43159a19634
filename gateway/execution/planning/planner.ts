/** Plans operations in a thread of their own, so that none holds up those who ask for what is planned already. */
import { readFileSync } from "node:fs";
import type { QueryPlan } from "@apollo/query-planner";
import { GraphQLError } from "graphql";
import { SettingError } from "../../../transport/settings.js";
import { limits } from "../../security/limits.js";
import { type PlannerThread, startThread } from "./threads.js";

/** What the thread is told first: a supergraph, and whether it has yet to be validated. */
export interface OpeningRequest {
  readonly supergraphSdl: string;
  readonly isNew: boolean;
}
/** What it answers of one that is new, as soon as it is validated: what clients see of it, as SDL. Then that it plans, or why it cannot. */
interface OpeningAnswer {
  readonly apiSdl: string;
}
/** What it answers of one that cannot be served: why. */
interface Refusal {
  readonly refusal: string;
}
/** What it answers once it plans: its id, where the system tells threads apart. */
export interface ReadyAnswer {
  readonly thread: number | null;
}
/** What the thread is asked. */
export interface PlanningRequest {
  readonly text: string;
  readonly operationName: string | undefined;
}
/** What it is asked besides: what the schema answers of itself, in so many characters at most. */
export interface SchemaRequest {
  readonly text: string;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly most: number;
}
/** What it answers of a plan, as JSON, */
interface PlanAnswer {
  readonly plan: string;
}
/** of a schema, as JSON by response names, */
interface SchemaAnswer {
  readonly texts: SchemaTexts;
}
export type SchemaTexts = readonly (readonly [name: string, text: string])[];
/** and where there is neither: why. */
interface Failure {
  readonly message: string;
  readonly code?: string;
}
export type TaskAnswer = PlanAnswer | SchemaAnswer | Failure;

type Message = OpeningAnswer | Refusal | ReadyAnswer | TaskAnswer;

interface Task {
  readonly request: PlanningRequest | SchemaRequest;
  readonly resolve: (answer: PlanAnswer | SchemaAnswer) => void;
  readonly reject: (error: Error) => void;
}

/** As many times as long an operation may take on a machine that is busy with other things. */
const MOST_PATIENCE = 5;
const STOPPING = "The graph is stopping; ask again.";

/** Milliseconds a planner may take for an operation, and after which its thread ends where there was none to plan. */
export interface PlannerTimes {
  readonly planning: number;
  readonly planningIdle: number;
}

/** A supergraph that the thread reads. Both reject with an Error that says why it cannot be served, a SettingError where that is not its own fault. */
export interface PlannerReading {
  /** What clients see of it, as SDL. */
  readonly apiSdl: Promise<string>;
  /** Resolves once operations are planned. */
  readonly ready: Promise<void>;
}
/** Who waits for it. */
interface Reader {
  readonly tell: (apiSdl: string) => void;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/**
 * A planner of one supergraph. Its thread is started by reading the supergraph or by the first operation, and anew by the first after
 * one that took too long, or after a while without any: nothing else holds a query graph, which takes 100 MB for 46 entities.
 */
export class Planner {
  private thread: PlannerThread | undefined;
  private threadId: number | null = null;
  private starting: Promise<void> | undefined;
  private reader: Reader | undefined;
  private isIdle = false;
  private isRetired = false;
  private isClosed = false;
  private current: Task | undefined;
  private timer: NodeJS.Timeout | undefined;
  private idleTimer: NodeJS.Timeout | undefined;
  private readonly waiting: Task[] = [];

  constructor(
    /** Without directives that Apollo's planner refuses. */
    private readonly supergraphSdl: string | Promise<string>,
    /** Told why the thread ended of itself. */
    private readonly report: (line: string) => void,
    private readonly times: PlannerTimes = limits,
    /** A thread that is started already, for nothing else; taken instead of the first. */
    private spare?: PlannerThread,
  ) {}

  /** Has the thread read and validate the supergraph. */
  read(): PlannerReading {
    let tell: Reader["tell"] = () => undefined;
    const told = new Promise<string>((resolve) => (tell = resolve));
    const ready = new Promise<void>((resolve, reject) => (this.reader = { tell, resolve, reject }));
    const apiSdl = Promise.race([told, ready.then(() => told)]);
    // Whoever waits for it is told; maybe nobody does any more.
    apiSdl.catch(() => undefined);
    void this.start();
    return { apiSdl, ready };
  }

  /** The plan of an operation. Throws a GraphQLError: OPERATION_TOO_LARGE for one that takes too long, OVERLOADED where too many wait. */
  async plan(text: string, operationName: string | undefined): Promise<QueryPlan> {
    const { plan } = await this.ask<PlanAnswer>({ text, operationName });
    return JSON.parse(plan) as QueryPlan;
  }

  /** What the schema answers of itself to an operation. Throws as `plan` does; OPERATION_TOO_LARGE also where the answer is too long. */
  async askSchema(text: string, variables: Readonly<Record<string, unknown>>): Promise<SchemaTexts> {
    const { texts } = await this.ask<SchemaAnswer>({ text, variables, most: limits.schemaCharacters });
    return texts;
  }

  private ask<Answer>(request: Task["request"]): Promise<Answer> {
    if (this.isClosed) return Promise.reject(refuse("OVERLOADED", STOPPING));
    if (this.waiting.length >= limits.waitingPlans) return Promise.reject(refuse("OVERLOADED", "Too many new operations are being planned; ask again."));
    return new Promise<Answer>((resolve, reject) => {
      this.waiting.push({ request, resolve: (answer) => resolve(answer as Answer), reject });
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
    this.endReading()?.reject(new Error("the graph is stopping"));
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
    const shortest = this.waiting.reduce((best, { request }, i) => (request.text.length < this.waiting[best]!.request.text.length ? i : best), 0);
    const task = this.waiting.splice(shortest, 1)[0]!;
    this.current = task;
    this.watch(task, performance.now() + MOST_PATIENCE * this.times.planning, workOf(this.threadId));
    this.thread.worker.postMessage(task.request);
  }

  private endWhenIdle(): void {
    this.idleTimer = setTimeout(() => this.end(), this.times.planningIdle).unref();
  }

  /** Gives an operation up that takes too long, by the clock and by what the processor did for it: a busy machine's fault is not its own. */
  private watch(task: Task, end: number, began: number): void {
    this.timer = setTimeout(() => {
      if (workOf(this.threadId) - began >= this.times.planning || performance.now() >= end) this.giveUp(task);
      else this.watch(task, end, began);
    }, this.times.planning);
  }

  /** Starts the thread, where there is none; resolves once it plans, or has ended. */
  start(): Promise<void> {
    return (this.starting ??= new Promise((resolve) => this.startThread(resolve)));
  }

  private startThread(whenThere: () => void): void {
    if (this.isClosed) return whenThere();
    const thread = this.spare ?? startThread();
    this.spare = undefined;
    this.thread = thread;
    const isNew = this.reader !== undefined;
    void Promise.resolve(this.supergraphSdl).then((supergraphSdl) => thread.worker.postMessage({ supergraphSdl, isNew } satisfies OpeningRequest));
    thread.worker.on("message", (message: Message) => {
      if ("thread" in message) whenThere();
      if (this.thread === thread) this.take(message);
    });
    // It may have ended before this.
    void thread.ended.then((error) => {
      whenThere();
      if (this.thread === thread) this.fail(error, explainEnd(error));
    });
  }

  private take(message: Message): void {
    if ("apiSdl" in message) return this.reader?.tell(message.apiSdl);
    if ("refusal" in message) return this.fail(new Error(message.refusal));
    if ("thread" in message) {
      this.threadId = message.thread;
      this.endReading()?.resolve();
    }
    this.isIdle = true;
    const task = this.finish();
    if (task && !("thread" in message)) {
      if (!("message" in message)) task.resolve(message);
      else task.reject(new GraphQLError(message.message, message.code !== undefined ? { extensions: { code: message.code } } : {}));
    }
    this.next();
  }

  private giveUp(task: Task): void {
    this.end();
    task.reject(refuse("OPERATION_TOO_LARGE", `The operation takes longer than ${this.times.planning / 1000} s to plan; ask in several requests.`));
    this.next();
  }

  /** The thread has ended of itself, for want of memory or because it cannot be started, or it cannot serve the supergraph. A reader is told so as `explained`. */
  private fail(error: Error, explained = error): void {
    const reader = this.endReading();
    if (reader) {
      this.close();
      return reader.reject(explained);
    }
    this.report(`The planner's thread has ended and is started anew: ${error.message}`);
    this.refuseAll("The operation could not be planned; ask again.");
  }

  private refuseAll(message: string): void {
    const tasks = [...(this.current ? [this.current] : []), ...this.waiting.splice(0)];
    this.end();
    for (const { reject } of tasks) reject(refuse("OVERLOADED", message));
  }
  private endReading(): Reader | undefined {
    const { reader } = this;
    this.reader = undefined;
    return reader;
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
    void this.thread?.worker.terminate();
    this.thread = this.starting = undefined;
  }
}

/** For whoever starts the process: a thread that ended before it had read anything. */
function explainEnd(error: Error): SettingError {
  const [why = ""] = error.message.split("\n", 1);
  return new SettingError(
    "The planner's thread",
    `ended before it could plan (${why}); install what is missing by npm ci, and see that the process may start threads`,
    { cause: error },
  );
}

/** Milliseconds that processors have worked for a thread; for the whole process where there is no telling threads apart. */
function workOf(thread: number | null): number {
  if (thread === null) {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1_000;
  }
  try {
    return Number(readFileSync(`/proc/self/task/${thread}/schedstat`, "latin1").split(" ", 1)[0]) / 1e6;
  } catch {
    // It has ended: whoever waits for it is told by that.
    return 0;
  }
}

const refuse = (code: "OPERATION_TOO_LARGE" | "OVERLOADED", message: string): GraphQLError =>
  new GraphQLError(message, { extensions: { code, ...(code === "OVERLOADED" ? { retryable: true } : {}) } });
