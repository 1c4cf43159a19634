/** All kinds of link that carry a change: the table of docs/impact.md. Of several ways equally short, the one whose links stand first here is shown. */
import { CHANGES, type Carrier, type Change } from "./carrier.js";
import { FROM_AGREEMENTS } from "./fromAgreements.js";
import { FROM_APPLICATIONS } from "./fromApplications.js";
import { FROM_PEOPLE } from "./fromPeople.js";
import { FROM_PROJECTS } from "./fromProjects.js";
import { FROM_SERVICES } from "./fromServices.js";

export const CARRIERS: readonly Carrier[] = [...FROM_SERVICES, ...FROM_AGREEMENTS, ...FROM_APPLICATIONS, ...FROM_PEOPLE, ...FROM_PROJECTS];

/** The changes that mean something for each type a walk may start at. */
export const STARTS: Readonly<Record<string, readonly Change[]>> = Object.fromEntries(
  [...new Set(CARRIERS.map(({ from }) => from))].map((type) => [
    type,
    CHANGES.filter((change) => CARRIERS.some(({ from, carries }) => from === type && change in carries)),
  ]),
);

/** The types a change can reach. */
export const REACHED_TYPES: readonly string[] = [...new Set(CARRIERS.map(({ to }) => to))];

/** What a carrier makes of a change: that, or null where it ends, which it may do anywhere along some. */
export const outcomesOf = ({ carries, route }: Carrier, change: Change): (Change | null)[] =>
  carries[change] === undefined ? [] : route.goesOn ? [...new Set([carries[change], null])] : [carries[change]];
