/** Tells callers apart as the settings say: by an identity provider's tokens, by service tokens, or, where there are neither, by personas. */
import type { ServerResponse } from "node:http";
import type { RequestHandler } from "express";
import type { Policy } from "../../../transport/access/policy.js";
import type { Log } from "../../../transport/logs.js";
import type { Principal } from "../../../transport/subgraph.js";
import type { Settings } from "../../config.js";
import { progressOf } from "../../contexts.js";
import { answerRefusal } from "../../refusals.js";
import { type Persona, checkLoopback, personasOf, playPersonas } from "./personas.js";
import { type Identify, Unauthenticated, identifyBy } from "./principals.js";
import { readServiceTokens } from "./tokens.js";

export interface Callers {
  readonly identify: Identify;
  /** Those that may be played; none where callers must show who they are. */
  readonly personas: readonly Persona[];
}

/** Opens what tells callers apart. A file that cannot be used, or personas on an address that others reach, is a SettingError. */
export async function openCallers(
  { jwt, serviceTokens, host, personas, principal }: Pick<Settings, "jwt" | "serviceTokens" | "host" | "personas" | "principal">,
  policy: Policy,
  log: Log,
): Promise<Callers> {
  const readers = [
    ...(serviceTokens === undefined ? [] : [await readServiceTokens(serviceTokens)]),
    ...(jwt === undefined ? [] : [await (await import("./jwt.js")).readJwts(jwt, log)]),
  ];
  if (readers.length > 0) return { identify: identifyBy(readers), personas: [] };
  if (personas === "loopback") checkLoopback(host);
  return { identify: playPersonas(policy, principal), personas: personasOf(policy) };
}

/** Finds out who is asking before anything else is done; who does not say is refused with 401. */
export function identifyCallers({ identify }: Callers): RequestHandler {
  return async (request, response, next) => {
    const progress = progressOf(response);
    try {
      if (progress.stranger) throw progress.stranger;
      progress.principal ??= await identify(request);
    } catch (error) {
      if (!(error instanceof Unauthenticated)) return next(error);
      response.set("www-authenticate", 'Bearer, Basic realm="brm", charset="UTF-8"');
      return answerRefusal(response, { status: 401, code: "UNAUTHENTICATED", message: error.message });
    }
    next();
  };
}

/** Whom `identifyCallers` found to ask for this response. */
export function principalFor(response: ServerResponse): Principal {
  const { principal } = progressOf(response);
  if (!principal) throw new Error("nobody asked who is asking");
  return principal;
}
