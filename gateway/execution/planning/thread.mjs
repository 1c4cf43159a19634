/**
 * The thread that plans: told a supergraph once, it answers each operation's text with Apollo's plan as JSON, and says what its schema answers of itself.
 * Not TypeScript, so that a thread can be made of it as it stands, wherever the gateway runs from sources.
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
const { executeSync, parse } = require("graphql");

/** @type {import("@apollo/federation-internals").Schema} */
let schema;
/** @type {import("@apollo/query-planner").QueryPlanner} */
let planner;
/** The same schema as graphql-js asks it, once anybody has asked. @type {import("graphql").GraphQLSchema | undefined} */
let asked;

/** @type {(task: import("./planner.js").OpeningRequest) => void} */
function open({ supergraphSdl, isNew }) {
  const supergraph = Supergraph.build(supergraphSdl, { validateSupergraph: isNew });
  // Validated by Apollo, as SDL and as a schema.
  schema = supergraph.apiSchema();
  // Told before there is a planner: what is made of it on the other side takes as long.
  if (isNew) parentPort.postMessage({ apiSdl: printSchema(schema) });
  planner = new QueryPlanner(supergraph);
}

/** @type {(request: import("./planner.js").PlanningRequest) => import("./planner.js").TaskAnswer} */
function plan({ text, operationName }) {
  try {
    const operation = operationFromDocument(schema, parse(text, { noLocation: true }), operationName === undefined ? {} : { operationName });
    return { plan: JSON.stringify(planner.buildQueryPlan(operation)) };
  } catch (error) {
    const code = error.extensions?.code;
    return { message: error.message, ...(typeof code === "string" ? { code } : {}) };
  }
}

/** @type {(request: import("./planner.js").SchemaRequest) => import("./planner.js").TaskAnswer} */
function askSchema({ text, variables, most }) {
  asked ??= schema.toGraphQLJSSchema();
  const { data, errors } = executeSync({ schema: asked, document: parse(text, { noLocation: true }), rootValue: {}, variableValues: variables });
  if (!data || errors) return { message: "The schema could not be asked." };
  const texts = Object.entries(data).map(([name, value]) => /** @type {const} */ ([name, JSON.stringify(value)]));
  const length = texts.reduce((sum, [, each]) => sum + each.length, 0);
  if (length <= most) return { texts };
  return { message: "The operation asks for too much of the schema; ask for less of it at a time.", code: "OPERATION_TOO_LARGE" };
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
  parentPort.on("message", (request) => parentPort.postMessage("most" in request ? askSchema(request) : plan(request)));
  parentPort.postMessage(/** @type {import("./planner.js").ReadyAnswer} */ ({ thread: stepBehind() }));
});
