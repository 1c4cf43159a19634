import type { Response } from "express";
import { progressOf, requestIdOf } from "./contexts.js";
import { presentError } from "./errors.js";

/** Why a request is refused before it is executed. */
export interface Refusal {
  readonly status: number;
  readonly code: string;
  readonly message: string;
}

/** Answers a request that is refused. */
export function answerRefusal(response: Response, refusal: Refusal): void {
  progressOf(response).codes = [refusal.code];
  response.status(refusal.status).json(presentRefusal(refusal, response));
}

/** The answer of an operation that is refused. */
export const presentRefusal = ({ code, message }: Refusal, response: Response) => ({
  errors: [presentError({ message, extensions: { code } }, requestIdOf(response))],
});
