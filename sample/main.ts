import { openPortfolios } from "../start/portfolios.js";
import { readDatabaseSettings } from "../subgraphs/kernel/settings.js";
import { loadStory } from "./replay.js";
const p = await openPortfolios(readDatabaseSettings());
try { const t=Date.now(); console.log(await loadStory(p, console.log), Date.now()-t, "ms"); } finally { await p.close(); }
