/** `npm run bench -- NAME [--scale N]`: one of the measurements of this folder. They are read, never asserted. */
import { parseArgs } from "node:util";
import { benchAsOf } from "./asOf.js";
import { benchAttacks } from "./attacks.js";
import { benchImpact } from "./impact.js";
import { benchInsight } from "./insight.js";
import { benchSignals } from "./signals.js";

const BENCHES: Readonly<Record<string, (scale: number) => Promise<void>>> = {
  impact: benchImpact,
  insight: benchInsight,
  "as-of": benchAsOf,
  signals: benchSignals,
  attacks: benchAttacks,
};

const { positionals, values } = parseArgs({ allowPositionals: true, options: { scale: { type: "string", default: "1" } } });
const bench = BENCHES[positionals[0] ?? ""];
const scale = Number(values.scale);
if (!bench || positionals.length > 1 || !(scale > 0)) {
  console.error(`Write npm run bench -- ${Object.keys(BENCHES).join("|")} [--scale N].`);
  process.exit(2);
}
await bench(scale);
