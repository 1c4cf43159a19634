/**
 * `npm run bench -- NAME [--scale N] [--mariadb]`: one of the measurements of this folder. They are read, never asserted.
 * guards, scale, steady, hour, kept and imports, always on MariaDB, take --rounds N, --minutes N and --write, for their parts of RESULTS.md.
 */
import { parseArgs } from "node:util";
import { benchAsOf } from "./asOf.js";
import { benchAttacks } from "./attacks.js";
import { benchGuards } from "./guards.js";
import { benchHeavy } from "./heavy.js";
import { benchHour } from "./hour.js";
import { benchImpact } from "./impact.js";
import { benchImports } from "./imports.js";
import { benchInsight } from "./insight.js";
import { benchKept } from "./kept.js";
import { benchScale } from "./scale.js";
import { benchSignals } from "./signals.js";
import { benchSignatures } from "./signatures.js";
import { benchStarts } from "./starts.js";
import { benchSteady } from "./steady.js";
import { benchWorkers } from "./workers.js";
import { benchWrites } from "./writes.js";
import { type BenchOptions, startDatabase } from "./worlds.js";

const scaled =
  (bench: (scale: number) => Promise<void>) =>
  ({ scale }: BenchOptions): Promise<void> =>
    bench(scale);
const BENCHES: Readonly<Record<string, (options: BenchOptions) => Promise<void>>> = {
  guards: benchGuards,
  scale: benchScale,
  steady: benchSteady,
  hour: benchHour,
  kept: benchKept,
  imports: benchImports,
  impact: scaled(benchImpact),
  insight: scaled(benchInsight),
  "as-of": scaled(benchAsOf),
  signals: scaled(benchSignals),
  attacks: scaled(benchAttacks),
  heavy: scaled(benchHeavy),
  signatures: scaled(benchSignatures),
  starts: scaled(benchStarts),
  workers: scaled(benchWorkers),
  writes: scaled(benchWrites),
};

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    scale: { type: "string", default: "1" },
    rounds: { type: "string" },
    minutes: { type: "string" },
    mariadb: { type: "boolean", default: false },
    write: { type: "boolean", default: false },
  },
});
const bench = BENCHES[positionals[0] ?? ""];
const [scale, rounds, minutes] = [Number(values.scale), Number(values.rounds ?? 1), Number(values.minutes ?? 1)];
if (!bench || positionals.length > 1 || !(scale > 0) || !(rounds >= 1) || !(minutes >= 1)) {
  console.error(`Write npm run bench -- ${Object.keys(BENCHES).join("|")} [--scale N] [--mariadb] [--rounds N] [--minutes N] [--write].`);
  process.exit(2);
}
const database = values.mariadb ? await startDatabase() : null;
try {
  if (database) process.env["DATABASE_URL"] = database.url;
  await bench({ scale, ...(values.rounds ? { rounds } : {}), ...(values.minutes ? { minutes } : {}), write: values.write });
} finally {
  await database?.stop();
}
