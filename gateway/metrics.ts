/** What Prometheus reads of a gateway. */
import { AggregatorRegistry, Counter, Gauge, Histogram, Registry } from "prom-client";
import type { Budgets } from "./budgets/budgets.js";
import { CODES } from "./codes.js";
import type { CompiledGateway } from "./execution/compiled/executor.js";
import type { Coalescer } from "./execution/coalescing.js";
import type { KeptAnswers } from "./kept/answers.js";
import type { RequestRecord } from "./records.js";
import type { Shortcut } from "./shortcut.js";
import type { UnreadAnswers } from "../transport/unread.js";

/** Bounds of how long something took, in seconds. */
const SECONDS = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** What a process counts, as processes tell each other. */
export type Figures = readonly { readonly name: string; readonly type: string }[];

/** The processes that serve one port together. */
export interface Fellows {
  /** Takes note of how to learn what this one counts, whichever is asked. */
  share(read: () => Promise<Figures>): void;
  /** What each of them counts, this one too. */
  gather(): Promise<readonly Figures[]>;
}

const aggregate = (all: readonly Figures[]): Registry => AggregatorRegistry.aggregate(all as object[]);
/** What is counted alike added up, or brought together as its metric says. */
export const sumFigures = async (all: readonly Figures[]): Promise<Figures> => asFigures(await aggregate(all).getMetricsAsJSON());
/** The types of prom-client have numbers where it has names. */
const asFigures = (metrics: unknown): Figures => metrics as Figures;

/** Counts what a gateway does, from its start. */
export class Metrics {
  private readonly registry = new Registry();
  private readonly requests = new Histogram({
    name: "graph_request_seconds",
    help: "Requests for the graph, from their first byte to the last of their answer, by the first code of their errors (OK is none, OTHER one that only a subgraph knows) and whether the client stayed.",
    labelNames: ["code", "left"],
    buckets: SECONDS,
    registers: [this.registry],
  });
  private readonly fetches = new Histogram({
    name: "graph_fetch_seconds",
    help: "What the requests asked of subgraphs: for each of a request's, how long all its fetches took together.",
    labelNames: ["subgraph", "failed"],
    buckets: SECONDS,
    registers: [this.registry],
  });

  constructor(private readonly fellows?: Fellows) {
    fellows?.share(async () => asFigures(await this.registry.getMetricsAsJSON()));
  }

  /** Notes a request that has ended. */
  note({ ms, codes, left, fetches }: RequestRecord): void {
    const [code = "OK"] = codes;
    // Each label is kept for ever, and subgraphs may answer any code.
    this.requests.observe({ code: code === "OK" || CODES.has(code) ? code : "OTHER", left: String(left) }, ms / 1000);
    for (const [subgraph, fetch] of Object.entries(fetches)) this.fetches.observe({ subgraph, failed: String(fetch.failed > 0) }, fetch.ms / 1000);
  }

  /** Tells what becomes of points, too. */
  watchBudgets(budgets: Pick<Budgets, "counts" | "areShared">): void {
    const registers = [this.registry];
    new Counter({
      name: "graph_points_total",
      help: "Points of budgets: taken before operations were executed, refunded after it, and refused because they were not there.",
      labelNames: ["fate"],
      registers,
      collect() {
        this.reset();
        for (const [fate, points] of Object.entries(budgets.counts)) this.inc({ fate }, Number(points));
      },
    });
    new Gauge({
      name: "graph_budgets_shared",
      help: "Whether budgets are shared with other gateways at the moment: 1, or 0 where this process counts for itself.",
      // Where one of several does not share them they are not shared.
      aggregator: "min",
      registers,
      collect() {
        this.set(Number(budgets.areShared));
      },
    });
  }

  /** Tells what becomes of kept answers, too. */
  watchKept(kept: Pick<KeptAnswers, "counts" | "bytes">): void {
    const registers = [this.registry];
    new Counter({
      name: "graph_kept_answers_total",
      help: "Requests whose answers may be kept: given the kept one, read (none was kept, or something was written since), or past, where it could not be said whether something was.",
      labelNames: ["fate"],
      registers,
      collect() {
        this.reset();
        for (const [fate, count] of Object.entries(kept.counts)) this.inc({ fate }, Number(count));
      },
    });
    new Gauge({
      name: "graph_kept_answers_bytes",
      help: "Memory that kept answers take, at most.",
      registers,
      collect() {
        this.set(kept.bytes);
      },
    });
  }

  /** Tells what becomes of answers that nobody reads, too. */
  watchUnread(unread: Pick<UnreadAnswers, "counts" | "bytes">): void {
    const registers = [this.registry];
    new Gauge({
      name: "graph_unread_bytes",
      help: "Answers that wait for their clients to read them, all of each until its last byte has gone out.",
      registers,
      collect() {
        this.set(unread.bytes);
      },
    });
    new Counter({
      name: "graph_unread_total",
      help: "What became of those who do not read: requests refused, and connections cut.",
      labelNames: ["fate"],
      registers,
      collect() {
        this.reset();
        for (const [fate, count] of Object.entries(unread.counts)) this.inc({ fate }, Number(count));
      },
    });
  }

  /** Tells how operations are executed, too. */
  watch(graph: Pick<CompiledGateway, "counts" | "kept">, shortcut: Pick<Shortcut, "answered">, coalescer: Pick<Coalescer, "joined">): void {
    const registers = [this.registry];
    new Counter({
      name: "graph_operations_total",
      help: "Operations executed: compiled, by a program of their own; shaped, the same, but Apollo's shaping finished the answer; general, by Apollo's executor.",
      labelNames: ["execution"],
      registers,
      collect() {
        this.reset();
        for (const [execution, count] of Object.entries(graph.counts)) this.inc({ execution }, Number(count));
      },
    });
    new Gauge({
      name: "graph_operations_kept",
      help: "Operations known by text and name, so that they are neither planned nor compiled again.",
      registers,
      collect() {
        this.set(graph.kept);
      },
    });
    new Counter({
      name: "graph_shortcuts_total",
      help: "Requests answered on the short way, without express and Apollo Server: those of known operations whose answer is data alone.",
      registers,
      collect() {
        this.reset();
        this.inc(shortcut.answered);
      },
    });
    new Counter({
      name: "graph_coalesced_total",
      help: "Requests answered with what was read for another that the same caller asked alike at the same time.",
      registers,
      collect() {
        this.reset();
        this.inc(coalescer.joined);
      },
    });
    new Gauge({
      name: "process_resident_memory_bytes",
      help: "Memory of the process that is in use.",
      registers,
      collect() {
        this.set(process.memoryUsage.rss());
      },
    });
  }

  /** All of it as text, of all processes that serve the port. */
  async write(): Promise<string> {
    return (this.fellows ? aggregate(await this.fellows.gather()) : this.registry).metrics();
  }

  get contentType(): string {
    return this.registry.contentType;
  }
}
