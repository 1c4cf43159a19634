/** A process that follows the ledgers until it is killed, and says so when it begins. */
import { setTimeout as wait } from "node:timers/promises";
import { openPortfolios } from "../../start/portfolios.js";
import { openInsight } from "../../subgraphs/insight/index.js";
import { readDatabaseSettings } from "../../subgraphs/kernel/settings.js";
import { portfolios } from "../../subgraphs/list.js";

const settings = readDatabaseSettings();
const { reach } = await openPortfolios(settings);
const { follower } = await openInsight({ portfolios, settings, reach, report: console.error });
console.log("following");
for (; ; await wait(1)) await follower.catchUp({ principal: { subject: "follower", roles: [], customers: null }, requestId: "test" }, 5_000);
