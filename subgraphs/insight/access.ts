/** What insight answers to whom: its answers join the records of many customers, so those who see only their own get none of them. */
import { forbidden } from "../kernel/errors.js";
import type { Resolvers } from "../kernel/resolvers.js";
import type { Reading } from "./reading.js";

type Resolver = (source: unknown, args: unknown, reading: Reading, info: unknown) => unknown;

/** The resolvers, refusing callers who are limited to customers. */
export function refuseLimited(resolvers: Resolvers): Resolvers {
  return Object.fromEntries(
    Object.entries(resolvers).map(([type, fields]) => [
      type,
      Object.fromEntries(
        Object.entries(fields).map(([name, resolver]) => [name, typeof resolver === "function" ? guard(name, resolver as Resolver) : resolver]),
      ),
    ]),
  );
}

function guard(name: string, resolve: Resolver): Resolver {
  if (name.startsWith("__")) return resolve;
  return (source, args, reading, info) => {
    if (reading.call.principal.customers !== null)
      throw forbidden(`${name} joins the records of all customers; it is not answered to those who see only their own.`);
    return resolve(source, args, reading, info);
  };
}
