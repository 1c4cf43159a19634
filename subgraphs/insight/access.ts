/**
 * What insight answers, to whom and as of when: its answers join the records of many customers, so those who see only their own get none of them;
 * and what it keeps is the present, so nobody is answered as of a moment.
 */
import { badInput, forbidden } from "../kernel/errors.js";
import type { Resolvers } from "../kernel/resolvers.js";
import type { Reading } from "./reading.js";

type Resolver = (source: unknown, args: unknown, reading: Reading, info: unknown) => unknown;

/** The resolvers, refusing callers who are limited to customers, and answers as of a moment. */
export function guardAnswers(resolvers: Resolvers): Resolvers {
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
    if (reading.call.asOf !== undefined)
      throw badInput(
        `${name} is of the present, as answers across portfolios are; leave out x-as-of. The portfolios' own fields are answered as of a moment, diff compares two, and a day or a period is said by on or period, where there is one.`,
      );
    return resolve(source, args, reading, info);
  };
}
