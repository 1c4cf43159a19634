/** Workers that serve at first: one of them ends then, the other is killed, and those that come after them end at once. `dyingWorkers.ts FILE`. */
import cluster from "node:cluster";
import { existsSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { startWorkers } from "../../start/workers.js";

const marker = process.argv[2]!;
if (cluster.isPrimary) {
  await startWorkers(2, [marker]);
  writeFileSync(marker, "");
  const [first, second] = Object.values(cluster.workers!);
  first!.send("end");
  first!.once("exit", () => second!.process.kill("SIGKILL"));
} else if (existsSync(marker)) {
  process.exit(2);
} else {
  createServer().listen(0, "127.0.0.1");
  process.once("message", () => process.exit(3));
}
