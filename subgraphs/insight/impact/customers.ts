/** What a change does to each customer it reaches, and whom to call. */
import { groupBy } from "../../kernel/groups.js";
import { entityOf } from "../../kernel/model.js";
import type { Reading } from "../reading.js";
import { CRITICALITIES, type Criticality, isValid, onDay } from "./carrier.js";
import type { Paths } from "./paths.js";
import type { Reached } from "./walk.js";

/** A customer that is hit: ids of what of its is hit, and of whom to call. */
export interface CustomerHit {
  readonly customer: string;
  readonly criticality: Criticality | null;
  readonly agreements: readonly string[];
  readonly targets: readonly string[];
  readonly services: readonly string[];
  readonly units: readonly string[];
  readonly call: string | null;
}

/** The ids of the customers reached, most critical first, then by id. */
export function customersOf(paths: ReadonlyMap<string, Paths>, isCustomer: (id: string) => boolean): string[] {
  const rank = (id: string) => {
    const { criticality } = paths.get(id)!;
    return criticality === null ? CRITICALITIES.length : CRITICALITIES.indexOf(criticality);
  };
  return [...paths.keys()].filter(isCustomer).sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));
}

/** What is hit of those customers. As many statements for one as for all, and for all changes that are asked about together. */
export async function hitsOf(reading: Reading, reached: Reached, paths: ReadonlyMap<string, Paths>, customers: readonly string[]): Promise<CustomerHit[]> {
  if (customers.length === 0) return [];
  const typeOf = (id: string) => reading.model.directory.typeOf(id)!;
  const reachedOf = (type: string) => [...paths.keys()].filter((id) => typeOf(id) === type);
  const [called, targets, units] = await Promise.all([
    whomToCall(reading, reached, customers),
    byOwner(reading, "ServiceLevelTarget", "agreementId", reachedOf("ServiceLevelTarget")),
    byOwner(reading, "CustomerUnit", "customerId", reachedOf("CustomerUnit")),
  ]);
  // All that is asked about together has come so far at once, and each takes a millisecond.
  await reading.ownTurn();
  const sources = groupBy(
    reached.steps,
    ({ to }) => to,
    ({ from }) => from,
  );
  const leadingTo = (id: string, type: string) => (sources.get(id) ?? []).filter((from) => typeOf(from) === type);
  return customers.map((customer) => {
    const agreements = new Set(leadingTo(customer, "Agreement").filter((id) => id !== reached.start));
    const services = new Set([customer, ...agreements].flatMap((id) => leadingTo(id, "Service")));
    return {
      customer,
      criticality: paths.get(customer)!.criticality,
      agreements: [...agreements],
      targets: [...agreements].flatMap((agreement) => targets.get(agreement) ?? []),
      services: [...services],
      units: units.get(customer) ?? [],
      call: called.get(customer) ?? null,
    };
  });
}

/** Those records by the record each belongs to. */
async function byOwner(reading: Reading, type: string, column: string, ids: readonly string[]): Promise<Map<string, string[]>> {
  const { table } = entityOf(reading.model, type);
  const select = (marks: string) => `SELECT t.\`id\`, t.\`${column}\` FROM \`${table}\` t WHERE t.\`id\` IN (${marks})`;
  const found = await reading.rowsAbout(`owners ${type}`, ids, select);
  return groupBy([...ids].sort().filter((id) => found.has(id)), (id) => found.get(id)![0]![1] as string); // prettier-ignore
}

/** The active manager of each customer's relationship; else somebody active who decides for it that day. Whoever leaves is not called. */
async function whomToCall(reading: Reading, { start, day }: Reached, customers: readonly string[]): Promise<Map<string, string>> {
  const managers = (
    marks: string,
  ) => `SELECT r.\`customerId\`, r.\`managerId\` FROM \`relationship\` r JOIN \`person\` q ON q.\`id\` = r.\`managerId\` AND q.\`active\` = 1
    WHERE r.\`customerId\` IN (${marks})`;
  const deciders = (
    marks: string,
  ) => `SELECT k.\`customerId\`, k.\`personId\` FROM \`stakeholder\` k JOIN \`person\` q ON q.\`id\` = k.\`personId\` AND q.\`active\` = 1
    WHERE k.\`role\` = 'DECISION_MAKER' AND ${isValid("k")} AND k.\`customerId\` IN (${marks}) ORDER BY k.\`id\``;
  const [first, second] = await Promise.all([
    reading.rowsAbout("managers", customers, managers),
    reading.rowsAbout(`deciders ${day}`, customers, (marks) => onDay(deciders(marks), day)),
  ]);
  const called = customers.flatMap((customer): [string, string][] => {
    const people = [...(first.get(customer) ?? []), ...(second.get(customer) ?? [])].map(([, person]) => person as string);
    const person = people.find((each) => each !== start);
    return person === undefined ? [] : [[customer, person]];
  });
  return new Map(called);
}
