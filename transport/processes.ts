import type { Service } from "./servers.js";
import { SettingError } from "./settings.js";

/**
 * Starts a service as this process: prints what `announce` says of its URL, stops it on SIGTERM or SIGINT and exits 0;
 * a SettingError is printed as its one sentence and exits 2. Null announces nothing.
 */
export async function runService(start: () => Promise<Service>, announce: ((url: string) => string) | null): Promise<void> {
  try {
    const service = await start();
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
