import type { AnswerError, GraphQLAnswer } from "./subgraph.js";

/** Keys under which servers hand out how they work inside; `http` would steer the gateway's own status and headers. */
const internals = new Set(["stacktrace", "stack", "exception", "debug", "http", "request", "response", "service", "serviceName"]);

/** Whether a parsed body is a GraphQL answer: an object with data, errors or both. */
export function isAnswer(body: unknown): body is GraphQLAnswer {
  if (!isRecord(body)) return false;
  const { data, errors } = body;
  if (data === undefined && errors === undefined) return false;
  return (data === undefined || data === null || isRecord(data)) && (errors === undefined || isErrors(errors));
}

/** An error as message, path and extensions, without stack traces and other insides of the server that made it. */
export function stripError({ message, path, extensions }: AnswerError): AnswerError {
  return { message, ...(path ? { path } : {}), extensions: stripInternals(extensions) };
}

/** Extensions without stack traces and other insides of the server that made them. */
export function stripInternals(extensions: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return Object.fromEntries(Object.entries(extensions).filter(([key]) => !internals.has(key)));
}

function isErrors(value: unknown): boolean {
  return Array.isArray(value) && value.every((error) => isRecord(error) && typeof error["message"] === "string");
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
