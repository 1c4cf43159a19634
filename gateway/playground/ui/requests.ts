import type { GraphiQLProps } from "graphiql";
import { GraphQLError, type ExecutionResult } from "graphql";

/** The last operation that was sent, for the plan panel. */
interface Run {
  operation: string;
  /** Time from sending the request to having read the answer. */
  milliseconds: number;
  /** Absent when the answer carried none. */
  plan?: string;
}

type Fetcher = GraphiQLProps["fetcher"];

let last: Run | null = null;
const listeners = new Set<() => void>();

export const lastRun = {
  read: () => last,
  subscribe: (listener: () => void) => {
    listeners.add(listener);
    return () => void listeners.delete(listener);
  },
};

/** Who asks: the headers that say so. */
export const persona: { headers: Record<string, string> } = { headers: {} };

/** Sends an operation, keeps its plan for the panel and leaves it out of the answer. */
export const fetcher = (async (request, options) => {
  const introspects = request.operationName === "IntrospectionQuery";
  const started = performance.now();
  const answer = await send(request, introspects ? options?.headers : { "x-query-plan": "1", ...persona.headers, ...options?.headers });
  if (introspects) return answer;
  const { plan, rest } = takePlan(answer);
  last = { operation: request.operationName ?? "(unnamed)", milliseconds: performance.now() - started, plan };
  listeners.forEach((notify) => notify());
  return rest;
}) satisfies Fetcher;

/** Posts to the gateway; an answer that is no JSON becomes an error saying what came instead. */
export async function send(body: object, headers?: Record<string, string>): Promise<ExecutionResult> {
  const response = await fetch("/graphql", {
    method: "POST",
    headers: { "content-type": "application/json", accept: "application/json", ...headers },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  try {
    return JSON.parse(text) as ExecutionResult;
  } catch {
    return { errors: [new GraphQLError(`HTTP ${response.status} ${response.statusText}: ${text.slice(0, 500)}`)] };
  }
}

function takePlan({ extensions, ...rest }: ExecutionResult): { plan?: string; rest: ExecutionResult } {
  if (typeof extensions?.queryPlan !== "string") return { rest: extensions ? { ...rest, extensions } : rest };
  const { queryPlan: plan, ...others } = extensions;
  return { plan, rest: Object.keys(others).length ? { ...rest, extensions: others } : rest };
}
