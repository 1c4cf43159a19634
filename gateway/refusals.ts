import type { Response } from "express";
import type { Refusal } from "../transport/bodies.js";
import { progressOf, requestIdOf } from "./contexts.js";
import { presentError } from "./errors.js";

/** Answers a request that is refused. */
export function answerRefusal(response: Response, refusal: Refusal): void {
  progressOf(response).codes = [refusal.code];
  response.status(refusal.status).json(presentRefusal(refusal, response));
}

/** The answer of an operation that is refused. */
export const presentRefusal = ({ code, message }: Refusal, response: Response) => ({
  errors: [presentError({ message, extensions: { code } }, requestIdOf(response))],
});
