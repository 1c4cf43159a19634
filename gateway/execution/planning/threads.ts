import { Worker } from "node:worker_threads";

/** What a thread may take, in megabytes: a supergraph of 46 entities takes 60. */
const MEMORY = { maxOldGenerationSizeMb: 512, maxYoungGenerationSizeMb: 16 };

/** Starts a thread that plans once a `Planner` has told it a supergraph; meanwhile it loads its modules. It keeps no process from ending. */
export function startThread(): Worker {
  const thread = new Worker(new URL("./thread.mjs", import.meta.url), { resourceLimits: MEMORY });
  thread.unref();
  return thread;
}
