/**
 * What insight answers, to whom and as of when: those who see only their own are answered what is made of nothing but what they may see (seen.ts), not what the
 * provider makes of its customers; and what insight keeps is the present, so nobody is answered as of a moment.
 */
import { badInput, forbidden } from "../kernel/errors.js";
import type { Resolvers } from "../kernel/resolvers.js";
import type { Reading } from "./reading.js";

type Resolver = (source: unknown, args: unknown, reading: Reading, info: unknown) => unknown;

/** The resolvers, refusing callers who are limited to customers. */
export const keepForProvider = (resolvers: Resolvers): Resolvers =>
  guard(resolvers, (name, reading) => {
    if (reading.isLimited) throw forbidden(`${name} joins the records of all customers; it is not answered to those who see only their own.`);
  });

/** The resolvers, refusing answers as of a moment. */
export const keepToPresent = (resolvers: Resolvers): Resolvers =>
  guard(resolvers, (name, { call }) => {
    if (call.asOf !== undefined)
      throw badInput(
        `${name} is of the present, as answers across portfolios are; leave out x-as-of. The portfolios' own fields are answered as of a moment, diff compares two, and a day or a period is said by on or period, where there is one.`,
      );
  });

function guard(resolvers: Resolvers, check: (name: string, reading: Reading) => void): Resolvers {
  const guarded = (name: string, resolve: Resolver): Resolver =>
    name.startsWith("__")
      ? resolve
      : (source, args, reading, info) => {
          check(name, reading);
          return resolve(source, args, reading, info);
        };
  const ofType = (fields: Resolvers[string]) =>
    Object.fromEntries(
      Object.entries(fields).map(([name, resolver]) => [name, typeof resolver === "function" ? guarded(name, resolver as Resolver) : resolver]),
    );
  return Object.fromEntries(Object.entries(resolvers).map(([type, fields]) => [type, ofType(fields)]));
}
