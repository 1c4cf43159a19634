/**
 * The thread that plans: told a supergraph once, it answers each operation's text with Apollo's plan as JSON. Not TypeScript, so that a
 * thread can be made of it as it stands, wherever the gateway runs from sources.
 */
import { readlinkSync } from "node:fs";
import { createRequire } from "node:module";
import { setPriority } from "node:os";
import { parentPort } from "node:worker_threads";

// Required, not imported: to import CommonJS, Node searches its text and that of all it exports again for names, which is a tenth of the thread's start.
const require = createRequire(import.meta.url);
/** @type {typeof import("@apollo/federation-internals")} */
const { Supergraph, operationFromDocument, printSchema } = require("@apollo/federation-internals");
/** @type {typeof import("@apollo/query-planner")} */
const { QueryPlanner } = require("@apollo/query-planner");
/** @type {typeof import("graphql")} */
const { parse } = require("graphql");

/** @type {import("@apollo/federation-internals").Schema} */
let schema;
/** @type {import("@apollo/query-planner").QueryPlanner} */
let planner;

/** @type {(task: import("./planner.js").OpeningRequest) => void} */
function open({ supergraphSdl, isNew }) {
  const supergraph = Supergraph.build(supergraphSdl, { validateSupergraph: isNew });
  // Validated by Apollo, as SDL and as a schema.
  schema = supergraph.apiSchema();
  // Told before there is a planner: what is made of it on the other side takes as long.
  if (isNew) parentPort.postMessage({ apiSdl: printSchema(schema) });
  planner = new QueryPlanner(supergraph);
}

/** @type {(request: import("./planner.js").PlanningRequest) => import("./planner.js").PlanningAnswer} */
function plan({ text, operationName }) {
  try {
    const operation = operationFromDocument(schema, parse(text, { noLocation: true }), operationName === undefined ? {} : { operationName });
    return { plan: JSON.stringify(planner.buildQueryPlan(operation)) };
  } catch (error) {
    const code = error.extensions?.code;
    return { message: error.message, ...(typeof code === "string" ? { code } : {}) };
  }
}

/** How far this thread stands behind that which serves what is planned already, by `nice`. */
const BEHIND = 10;

/**
 * Lets the other threads of the process go first, where the system knows threads one by one: on two cores those who ask else wait for a core for tens of
 * milliseconds. Answers the thread's id, null where it has none.
 * @type {() => number | null}
 */
function stepBehind() {
  if (process.platform !== "linux") return null;
  try {
    const id = Number(readlinkSync("/proc/thread-self").split("/").at(-1));
    setPriority(id, BEHIND);
    return id;
  } catch {
    return null;
  }
}

parentPort.once("message", (task) => {
  try {
    open(task);
  } catch (error) {
    return parentPort.postMessage({ refusal: error.message });
  }
  parentPort.on("message", (request) => parentPort.postMessage(plan(request)));
  parentPort.postMessage(/** @type {import("./planner.js").ReadyAnswer} */ ({ thread: stepBehind() }));
});
