/**
 * A process that follows the ledgers until it is killed, or with `rebuild` reads them anew over and over, and says so when it begins.
 * With `answer` it says over and over how many people it finds, and whether it knows them all.
 */
import { setTimeout as wait } from "node:timers/promises";
import { openPortfolios } from "../../start/portfolios.js";
import { readDatabaseSettings } from "../../subgraphs/kernel/settings.js";

const settings = readDatabaseSettings();
const { insight } = await openPortfolios(settings);
const call = { principal: { subject: "follower", roles: ["developer"], customers: null }, requestId: "test" };
console.log("following");
const acts: Record<string, () => Promise<unknown>> = {
  follow: () => insight.follower.catchUp(call, 5_000),
  rebuild: () => insight.follower.rebuild(call),
  answer: async () => console.log(JSON.stringify(await insight.execute({ query: "{ findPeople { totalCount asOf { portfolio stale } } }" }, call))),
};
for (const act = acts[process.argv[2]!]!; ; await wait(1)) await act();
