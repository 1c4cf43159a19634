/** A hundred equal writes under one key, whose answers are lost and whose portfolio is killed amid them: one effect, and whoever asks again is answered the same. */
import { afterAll, describe, expect, test } from "@jest/globals";
import { openPortfolios } from "../../start/portfolios.js";
import { Cancellation } from "../../transport/deadlines.js";
import { reachOverHttp } from "../../transport/http.js";
import type { GraphQLAnswer } from "../../transport/subgraph.js";
import { call, databaseKinds, newDatabase, removeDatabase } from "../support/graph.js";
import { startPart } from "../support/processes.js";
import { Random } from "../support/random.js";

const SEED = Number(process.env["SEED"] ?? 20_261_127);
const ROUNDS = process.env["LONG"] ? 40 : 4;
const MUTATION = "mutation ($input: CreatePersonInput!) { createPerson(input: $input) { person { id code version } problems { code } } }";
const TIMES = 100;

describe.each(databaseKinds)("on %s", (kind) => {
  const settings = newDatabase(kind);
  const environment = { DATA_DIR: settings.directory, DATABASE_URL: settings.url ?? "", PORT: "0" };
  afterAll(() => removeDatabase(settings));

  test(
    `${ROUNDS} rounds of seed ${SEED}`,
    async () => {
      const random = new Random(SEED);
      let part = await startPart("start/subgraph.ts", ["people"], environment);
      let [answered, lost] = [0, 0];
      try {
        for (let round = 0; round < ROUNDS; round++) {
          const variables = { input: { code: `P-${round}`, name: "Ani" } };
          /** Sends one; a client in three does not stay for the answer. */
          const send = async (i: number): Promise<GraphQLAnswer | null> => {
            const client = new Cancellation();
            if (i % 3 === 0) setTimeout(() => client.abort(), random.between(1, 40));
            const context = { ...call, signal: client, idempotency: { key: `key-${round}`, digest: "a".repeat(64) } };
            const answer = await reachOverHttp("people", `${part.url}/graphql`)
              .execute({ query: MUTATION, variables }, context)
              .catch(() => null);
            // One that is told to come again has done nothing.
            return answer?.errors ? null : answer;
          };
          const few = random.between(0, 60);
          const seen: (GraphQLAnswer | null)[] = [];
          let kill = (): void => undefined;
          const killed = new Promise<void>((resolve) => (kill = resolve));
          const sent = Array.from({ length: TIMES }, async (_, i) => {
            seen.push(await send(i));
            if (seen.length > few) kill();
          });
          await killed;
          part.child.kill("SIGKILL");
          await Promise.all(sent);
          part = await startPart("start/subgraph.ts", ["people"], environment);
          const before = seen.filter((answer) => answer !== null);
          answered += before.length;
          lost += TIMES - before.length;
          const after = await Promise.all(Array.from({ length: TIMES }, (_, i) => send(3 * i + 1)));
          const [first] = after.filter((answer) => answer !== null);
          expect(first).toEqual({ data: { createPerson: { person: { id: expect.any(String), code: `P-${round}`, version: 1 }, problems: [] } } });
          for (const answer of [...before, ...after]) if (answer) expect(answer).toEqual(first);
        }
      } finally {
        part.child.kill("SIGKILL");
      }
      // Some were answered before, and some were not.
      expect(Math.min(answered, lost)).toBeGreaterThan(0);
      const portfolios = await openPortfolios(settings);
      const read = (sql: string) => portfolios.local.get("people")!.database.read(sql, []);
      const codes = Array.from({ length: ROUNDS }, (_, round) => [`P-${round}`]);
      expect(await read("SELECT `code` FROM `person` ORDER BY `id`")).toEqual(codes);
      expect(await read("SELECT COUNT(*), COUNT(DISTINCT `entityId`) FROM `change`")).toEqual([[ROUNDS, ROUNDS]]);
      await portfolios.close();
    },
    process.env["LONG"] ? 3_600_000 : 240_000,
  );
});
