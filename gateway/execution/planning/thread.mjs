/**
 * The thread that plans: told a supergraph once, it answers each operation's text with Apollo's plan as JSON. Not TypeScript, so that a
 * thread can be made of it as it stands, wherever the gateway runs from sources.
 */
import { parentPort, workerData } from "node:worker_threads";
import { Supergraph, operationFromDocument } from "@apollo/federation-internals";
import { QueryPlanner } from "@apollo/query-planner";
import { parse } from "graphql";

const supergraph = Supergraph.build(workerData.supergraphSdl, { validateSupergraph: false });
const schema = supergraph.apiSchema();
const planner = new QueryPlanner(supergraph);

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

parentPort.on("message", (request) => parentPort.postMessage(plan(request)));
parentPort.postMessage("ready");
