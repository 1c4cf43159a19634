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
export function answerRefusal(response: Response, { status, code, message }: Refusal): void {
  progressOf(response).codes = [code];
  response.status(status).json({ errors: [presentError({ message, extensions: { code } }, requestIdOf(response))] });
}
