/** What workers count is told by whichever of them is asked: all of it, through the process that started them, which also keeps what the gone have counted. */
import type { Worker } from "node:cluster";
import type { Fellows, Figures } from "../gateway/metrics.js";

/** How long workers may take to say what they count, in milliseconds; of one that does not, what it said last is told. */
const PATIENCE_MS = 1_000;

/** A worker asks for what all count, or tells what it counts itself, in a round or as its last word. */
type ToPrimary = { readonly asks: number } | { readonly tells: Figures; readonly round: number | null };
/** The primary asks a worker for what it counts, or answers what it has asked. */
type ToWorker = { readonly round: number } | { readonly answers: number; readonly all: readonly Figures[] };

/** In a worker: its way to the others. */
export class WorkerFigures implements Fellows {
  private read: (() => Promise<Figures>) | undefined;
  private asked = 0;
  private readonly waiting = new Map<number, (all: readonly Figures[]) => void>();

  constructor() {
    process.on("message", (message: ToWorker) => {
      if ("round" in message) void this.tell(message.round);
      if (!("answers" in message)) return;
      this.waiting.get(message.answers)?.(message.all);
      this.waiting.delete(message.answers);
    });
  }

  share(read: () => Promise<Figures>): void {
    this.read = read;
  }
  gather(): Promise<readonly Figures[]> {
    const asks = this.asked++;
    return new Promise((resolve) => {
      this.waiting.set(asks, resolve);
      void send({ asks });
    });
  }
  /** Tells what it counts once more, before it ends. */
  async tell(round: number | null = null): Promise<void> {
    if (this.read) await send({ tells: await this.read(), round });
  }
}

/** Resolves once the message is on its way, or cannot be: then this process is ending. */
const send = (message: ToPrimary): Promise<void> => new Promise((resolve) => void process.send!(message, () => resolve()));

/** In the primary: what its workers count, and what those that are gone have counted, since no counter may fall when one is replaced. */
export class CrewFigures {
  private rounds = 0;
  /** What each has told last. */
  private readonly told = new Map<Worker, Figures>();
  private gone: Promise<Figures> = Promise.resolve([]);
  /** Told of each worker that has answered in a round, or cannot any more. */
  private readonly listening = new Map<number, (worker: Worker) => void>();

  /** Listens to a worker to its end; `serving` answers those that are asked when it wants to know. */
  attend(worker: Worker, serving: () => readonly Worker[]): void {
    worker.on("message", (message: ToPrimary) => {
      if ("asks" in message) void this.gather(serving()).then((all) => tell(worker, { answers: message.asks, all }));
      if (!("tells" in message)) return;
      this.told.set(worker, message.tells);
      if (message.round !== null) this.listening.get(message.round)?.(worker);
    });
    // After all that it has sent, unlike its exit.
    worker.once("disconnect", () => this.bury(worker));
  }

  private async gather(workers: readonly Worker[]): Promise<readonly Figures[]> {
    const round = this.rounds++;
    const missing = new Set(workers.filter((worker) => worker.isConnected()));
    await new Promise<void>((resolve) => {
      const late = setTimeout(resolve, PATIENCE_MS);
      this.listening.set(round, (worker) => {
        missing.delete(worker);
        if (missing.size > 0) return;
        clearTimeout(late);
        resolve();
      });
      for (const worker of missing) tell(worker, { round });
    });
    this.listening.delete(round);
    const living = [...this.told.values()];
    return [...living, await this.gone];
  }

  private bury(worker: Worker): void {
    const counted = (this.told.get(worker) ?? []).filter(({ type }) => type !== "gauge");
    this.told.delete(worker);
    this.gone = this.gone.then(async (gone) => (await import("../gateway/metrics.js")).sumFigures([gone, counted]));
    for (const strike of this.listening.values()) strike(worker);
  }
}

/** One that is ending cannot be told any more. */
function tell(worker: Worker, message: ToWorker): void {
  if (worker.isConnected()) worker.send(message, () => undefined);
}
