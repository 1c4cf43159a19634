import { setFlagsFromString } from "node:v8";
import type { Service } from "./servers.js";
import { SettingError } from "./settings.js";

/**
 * By how much the heap may grow beyond what lived after the last collection, in percent. V8 lets it grow to several times that, which
 * for answers of some hundred records at once was 800 MB; this takes 5 % more time on such, and a process a little over half as large.
 * A V8 that does not know the flag says so and goes on.
 */
const HEAP_GROWTH = 50;
/**
 * How much bytecode a function runs before V8 thinks of optimizing it, while a process starts and from then on (which is what V8 does
 * by itself). Most of what runs at a start never runs again, and what the engine's own threads made of it was a quarter of its CPU.
 */
const OPTIMIZE_AFTER = { starting: 500_000, serving: 67_584 };

/**
 * Starts a service as this process: prints what `announce` says of its URL, stops it on SIGTERM or SIGINT and exits 0;
 * a SettingError is printed as its one sentence and exits 2. Null announces nothing.
 */
export async function runService(start: () => Promise<Service>, announce: ((url: string) => string) | null): Promise<void> {
  setFlagsFromString(`--interrupt-budget=${OPTIMIZE_AFTER.starting}`);
  try {
    const service = await start();
    setFlagsFromString(`--interrupt-budget=${OPTIMIZE_AFTER.serving}`);
    setFlagsFromString(`--heap-growing-percent=${HEAP_GROWTH}`);
    for (const signal of ["SIGTERM", "SIGINT"] as const) {
      // Once: a second signal ends the process at once.
      process.once(signal, () => void service.stop().then(() => process.exit(0)));
    }
    if (announce) console.log(announce(service.url));
  } catch (error) {
    if (!(error instanceof SettingError)) throw error;
    console.error(error.message);
    process.exit(2);
  }
}
