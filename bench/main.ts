/** `npm run bench -- NAME [--scale N] [--mariadb]`: one of the measurements of this folder. They are read, never asserted. */
import { parseArgs } from "node:util";
import { benchAsOf } from "./asOf.js";
import { benchAttacks } from "./attacks.js";
import { benchImpact } from "./impact.js";
import { benchInsight } from "./insight.js";
import { benchSignals } from "./signals.js";
import { benchSignatures } from "./signatures.js";
import { benchStarts } from "./starts.js";
import { benchWorkers } from "./workers.js";
import { benchWrites } from "./writes.js";
import { startDatabase } from "./worlds.js";

const BENCHES: Readonly<Record<string, (scale: number) => Promise<void>>> = {
  impact: benchImpact,
  insight: benchInsight,
  "as-of": benchAsOf,
  signals: benchSignals,
  attacks: benchAttacks,
  signatures: benchSignatures,
  starts: benchStarts,
  workers: benchWorkers,
  writes: benchWrites,
};

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { scale: { type: "string", default: "1" }, mariadb: { type: "boolean", default: false } },
});
const bench = BENCHES[positionals[0] ?? ""];
const scale = Number(values.scale);
if (!bench || positionals.length > 1 || !(scale > 0)) {
  console.error(`Write npm run bench -- ${Object.keys(BENCHES).join("|")} [--scale N] [--mariadb].`);
  process.exit(2);
}
const database = values.mariadb ? await startDatabase() : null;
try {
  if (database) process.env["DATABASE_URL"] = database.url;
  await bench(scale);
} finally {
  await database?.stop();
}
