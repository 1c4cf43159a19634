/** Clients that write without pause, and remember what was acknowledged to them. */
import { setTimeout as wait } from "node:timers/promises";
import type { Answer } from "../support/graph.js";
import type { Random } from "../support/random.js";

/** A write that was acknowledged: the record as it was answered. */
export interface Acknowledged {
  readonly type: "Team" | "Person";
  readonly id: string;
  readonly version: number;
  readonly code: string;
  readonly name: string;
}

/** What writers saw. */
export interface Seen {
  readonly acknowledged: Acknowledged[];
  /** Problems answered to writes that nothing but an earlier effect of the same write can refuse. */
  readonly repeated: string[];
  /** Writes whose answer never came or was an error: they may have taken effect or not. */
  unknown: number;
}

const RECORD = "id version code name";
const MUTATIONS = {
  createTeam: `mutation ($input: CreateTeamInput!) { written: createTeam(input: $input) { record: team { ${RECORD} } problems { code } } }`,
  createPerson: `mutation ($input: CreatePersonInput!) { written: createPerson(input: $input) { record: person { ${RECORD} } problems { code } } }`,
  updateTeam: `mutation ($input: UpdateTeamInput!) { written: updateTeam(input: $input) { record: team { ${RECORD} } problems { code } } }`,
};
const PATIENCE_MS = 15_000;

/** Asks a gateway; throws when no whole answer comes. */
export async function ask(url: string, query: string, variables: object = {}): Promise<Answer> {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ query, variables }),
    signal: AbortSignal.timeout(PATIENCE_MS),
  });
  return (await response.json()) as Answer;
}

/** Writes one thing after the other until `isOver`. Every write is sent once; one whose outcome is unknown is not touched again. */
export async function write(url: string, name: string, random: Random, seen: Seen, isOver: () => boolean): Promise<void> {
  let team: Acknowledged | null = null;
  for (let n = 0; !isOver(); n++) {
    const code = `${name}-${n}`;
    const text = `Name ${random.between(0, 1e9)}`;
    const choice = team ? random.pick(["createTeam", "createPerson", "updateTeam"] as const) : "createTeam";
    const inputs = {
      createTeam: { code, name: text },
      createPerson: { code, name: text, teamIds: [team?.id] },
      updateTeam: { id: team?.id, version: team?.version, name: text },
    };
    const written = await ask(url, MUTATIONS[choice], { input: inputs[choice] }).then(
      (answer) => (answer.errors ? null : answer.data["written"]),
      () => null,
    );
    if (written?.record && written.problems.length === 0) {
      const acknowledged = { type: choice === "createPerson" ? "Person" : "Team", ...written.record } as Acknowledged;
      seen.acknowledged.push(acknowledged);
      if (choice !== "createPerson") team = acknowledged;
      continue;
    }
    if (written?.problems.length > 0) seen.repeated.push(`${choice} ${code}: ${JSON.stringify(written.problems)}`);
    seen.unknown++;
    if (choice === "updateTeam") team = null;
    await wait(random.between(10, 60));
  }
}
