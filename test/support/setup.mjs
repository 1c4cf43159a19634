/** Before all tests: a MariaDB of their own, unless TEST_MYSQL_URL names a server (`mysql://user@host:port/{portfolio}`). */
import { startMariadb } from "./mariadb.mjs";

export default async function setup() {
  if (process.env.TEST_MYSQL_URL) return;
  const server = await startMariadb();
  if (server) {
    process.env.TEST_MYSQL_URL = server.url;
    globalThis.stopMariadb = server.stop;
  } else if (process.env.CI) throw new Error("CI needs MariaDB: apt-get install mariadb-server");
  else console.warn("\nMariaDB is not installed: its tests are skipped. Install mariadb-server or set TEST_MYSQL_URL.\n");
}
