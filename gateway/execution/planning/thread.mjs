/**
 * The thread that plans: told a supergraph once, it answers each operation's text with Apollo's plan as JSON. Not TypeScript, so that a
 * thread can be made of it as it stands, wherever the gateway runs from sources.
 */
import { readlinkSync } from "node:fs";
import { setPriority } from "node:os";
import { parentPort } from "node:worker_threads";
import { Supergraph, operationFromDocument, printSchema } from "@apollo/federation-internals";
import { QueryPlanner } from "@apollo/query-planner";
import { assertValidSchema, buildASTSchema, parse } from "graphql";

/** @type {ReturnType<Supergraph["apiSchema"]>} */
let schema;
/** @type {QueryPlanner} */
let planner;

/** @type {(task: import("./planner.js").OpeningRequest) => void} */
function open({ supergraphSdl, isNew }) {
  const supergraph = Supergraph.build(supergraphSdl, { validateSupergraph: isNew });
  schema = supergraph.apiSchema();
  if (isNew) {
    const apiSdl = printSchema(schema);
    assertValidSchema(buildASTSchema(parse(apiSdl, { noLocation: true })));
    planner = new QueryPlanner(supergraph);
    parentPort.postMessage({ apiSdl });
  } else planner = new QueryPlanner(supergraph);
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
