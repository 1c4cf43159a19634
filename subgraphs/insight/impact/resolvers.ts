/** The resolvers of `impact`, at the root and of each type it may start at. */
import { isDay } from "../../kernel/dates.js";
import { badInput } from "../../kernel/errors.js";
import type { Resolvers } from "../../kernel/resolvers.js";
import type { Reading } from "../reading.js";
import type { Change } from "./carrier.js";
import { STARTS } from "./carriers.js";
import { Impact, type Stub } from "./impact.js";
import { isKnown } from "./known.js";
import { type Reached, walk } from "./walk.js";

interface ImpactArguments {
  readonly change: Change;
  readonly on?: string | null;
}

const EARLIEST = "1990-01-01";
const LATEST = "2199-12-31";

export const impactResolvers: Resolvers = {
  Query: {
    impact: (_: unknown, { of, ...args }: ImpactArguments & { of: string }, reading: Reading) => openImpact(reading, of, args),
  },
  ...Object.fromEntries(
    Object.keys(STARTS).map((type) => [type, { impact: ({ id }: Stub, args: ImpactArguments, reading: Reading) => openImpact(reading, id, args) }]),
  ),
};

async function openImpact(reading: Reading, id: string, { change, on }: ImpactArguments): Promise<Impact> {
  const day = on ?? reading.today;
  const type = reading.model.directory.typeOf(id);
  const sensible = type === null ? undefined : STARTS[type];
  if (type === null || !sensible) throw badInput(`${id} is no id of ${Object.keys(STARTS).join(", ")}; an impact starts at one of these.`);
  if (!sensible.includes(change)) throw badInput(`${change} means nothing for a record of type ${type}; ask for ${sensible.join(", ")}.`);
  if (!isDay(day) || day < EARLIEST || day > LATEST) throw badInput(`on is ${day}; it must be a day from ${EARLIEST} to ${LATEST}.`);
  if (!(await isKnown(reading, id))) throw badInput(await notKnown(reading, type, id));
  // To find its paths takes some milliseconds.
  const reached = await reading.load<Reached | null>(`impact ${change} ${day}`, id, null, (ids) => walk(reading, ids, change, day), 1);
  return new Impact(reading, reached!);
}

async function notKnown(reading: Reading, type: string, id: string): Promise<string> {
  const { portfolio } = reading.model.directory.entry(type);
  const isStale = (await reading.asOf()).some((each) => each.portfolio === portfolio && each.stale);
  return isStale ? `Whether there is a ${type} ${id} is not known: the ${portfolio} portfolio could not be read; ask again.` : `There is no ${type} ${id}.`;
}
