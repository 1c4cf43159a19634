import { Worker } from "node:worker_threads";

/** What a thread may take, in megabytes: a supergraph of 46 entities takes 60. */
const MEMORY = { maxOldGenerationSizeMb: 512, maxYoungGenerationSizeMb: 16 };

/** A thread, and why it has ended, which is kept for who asks only afterwards. */
export interface PlannerThread {
  readonly worker: Worker;
  /** Resolves once it has ended, of itself or because it was told to. */
  readonly ended: Promise<Error>;
}

/** Starts a thread that plans once a `Planner` has told it a supergraph; meanwhile it loads its modules. It keeps no process from ending. */
export function startThread(): PlannerThread {
  const worker = new Worker(new URL("./thread.mjs", import.meta.url), { resourceLimits: MEMORY });
  worker.unref();
  const ended = new Promise<Error>((resolve) => {
    worker.once("error", resolve);
    worker.once("exit", (code) => resolve(new Error(`it ended with exit code ${code}`)));
  });
  return { worker, ended };
}
