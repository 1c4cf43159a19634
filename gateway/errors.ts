import type { GraphQLFormattedError } from "graphql";
import { stripInternals } from "../transport/answers.js";

/** Codes that say no more than that something failed: Apollo puts them on errors nobody gave a code. */
const unexpected: readonly unknown[] = [undefined, "INTERNAL_SERVER_ERROR", "DOWNSTREAM_SERVICE_ERROR"];

/** Whether nobody meant a client to see the error. */
export function isUnexpected(error: GraphQLFormattedError): boolean {
  return unexpected.includes(error.extensions?.["code"]);
}

/** An error as a client sees it: with the request's id, without the insides of servers, and masked when it is unexpected. */
export function presentError(error: GraphQLFormattedError, requestId: string): GraphQLFormattedError {
  const { locations, path } = error;
  const place = { ...(locations ? { locations } : {}), ...(path ? { path } : {}) };
  if (isUnexpected(error)) {
    return { message: "The request failed; quote this request id.", ...place, extensions: { code: "INTERNAL_SERVER_ERROR", requestId } };
  }
  return { message: error.message, ...place, extensions: { ...stripInternals(error.extensions), requestId } };
}
