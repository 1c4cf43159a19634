/** A process that follows the ledgers until it is killed, or with `rebuild` reads them anew over and over, and says so when it begins. */
import { setTimeout as wait } from "node:timers/promises";
import { openPortfolios } from "../../start/portfolios.js";
import { readDatabaseSettings } from "../../subgraphs/kernel/settings.js";

const settings = readDatabaseSettings();
const { insight } = await openPortfolios(settings);
const call = { principal: { subject: "follower", roles: [], customers: null }, requestId: "test" };
console.log("following");
for (; ; await wait(1)) await (process.argv[2] === "rebuild" ? insight.follower.rebuild(call) : insight.follower.catchUp(call, 5_000));
