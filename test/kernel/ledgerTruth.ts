/** What as-of reads of people must answer: what their ledger says, entry by entry, without any twin. */
import { expect } from "@jest/globals";
import type { LocalSubgraph } from "../../subgraphs/kernel/subgraph.js";
import type { LedgerEntry } from "../../transport/subgraph.js";
import { call } from "../support/graph.js";
import type { Random } from "../support/random.js";

const QUERY = `{
  people(first: 1000) { totalCount nodes {
    id version name manager { id } teams(first: 100) { nodes { id } } externalIds { system id } directReports(first: 1000) { totalCount nodes { id } }
  } }
  found: people(first: 1000, filter: { name: { contains: "7" } }) { totalCount nodes { id } }
  teams(first: 1000) { totalCount nodes { id name members(first: 1000) { totalCount nodes { id } } } }
}`;

interface Image {
  readonly id: string;
  readonly version: number;
  readonly name: string;
  readonly managerId?: string | null;
  readonly teamIds?: readonly string[];
  readonly externalIds: readonly { system: string; id: string }[];
}
const byId = (one: { id: string }, other: { id: string }) => (one.id < other.id ? -1 : 1);
const ids = (images: readonly { id: string }[]) => images.map(({ id }) => ({ id }));

/** What QUERY must answer of a moment, from nothing but the ledger's entries until then. */
function expected(entries: readonly LedgerEntry[], asOf: string): object {
  const records = new Map<string, { type: string; image: Image }>();
  for (const { at, id, type, after } of entries) {
    if (at > asOf) break;
    if (after) records.set(id, { type, image: after as unknown as Image });
    else records.delete(id);
  }
  const of = (type: string) => [...records.values()].flatMap((record) => (record.type === type ? [record.image] : [])).sort(byId);
  const [people, teams] = [of("Person"), of("Team")];
  const page = (images: readonly Image[], node: (image: Image) => object) => ({ totalCount: images.length, nodes: images.slice(0, 1000).map(node) });
  const idOf = ({ id }: Image) => ({ id });
  return {
    people: page(people, ({ id, version, name, managerId, teamIds, externalIds }) => ({
      id,
      version,
      name,
      manager: managerId ? { id: managerId } : null,
      teams: { nodes: ids((teamIds ?? []).map((team) => ({ id: team })).sort(byId)) },
      externalIds,
      directReports: page(
        people.filter((person) => person.managerId === id),
        idOf,
      ),
    })),
    found: page(
      people.filter(({ name }) => name.includes("7")),
      idOf,
    ),
    teams: page(teams, ({ id, name }) => ({
      id,
      name,
      members: page(
        people.filter(({ teamIds }) => teamIds?.includes(id)),
        idOf,
      ),
    })),
  };
}

/** A ledger's entries, all of them. */
export async function readEntries(people: LocalSubgraph): Promise<LedgerEntry[]> {
  const entries: LedgerEntry[] = [];
  for (let page: readonly LedgerEntry[]; (page = await people.ledger(entries.length, 1000, call)).length > 0;) entries.push(...page);
  return entries;
}
/** What people answer to QUERY, now or as of a moment. */
export const readPeople = async (people: LocalSubgraph, asOf?: string) => {
  const answer = await people.execute({ query: QUERY }, { ...call, ...(asOf ? { asOf } : {}) });
  expect(answer.errors).toBeUndefined();
  return answer.data;
};
/** Compares so many random moments with the ledger, and the last with what is answered now. */
export async function checkMoments(people: LocalSubgraph, random: Random, count: number): Promise<void> {
  const entries = await readEntries(people);
  const last = entries.at(-1)!.at;
  const moments = [last, ...Array.from({ length: count }, () => random.pick(entries).at)];
  for (const asOf of moments) expect({ asOf, data: await readPeople(people, asOf) }).toEqual({ asOf, data: expected(entries, asOf) });
  expect(await readPeople(people)).toEqual(expected(entries, last));
}

/** The eras of people in force after the first, and those that are being made or were given up. */
export async function erasOf({ database }: LocalSubgraph, twin = "person_version"): Promise<{ begun: number; drafts: { era: number; at: string }[] }> {
  const rows = await database.read("SELECT `era`, `from_seq`, `at` FROM `era` WHERE `twin` = ? ORDER BY `era`", [twin]);
  const drafts = rows.filter(([, from]) => from === null).map(([era, , at]) => ({ era: era as number, at: at as string }));
  return { begun: rows.length - drafts.length, drafts };
}
