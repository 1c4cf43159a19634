/** MariaDB finds an entry twice in a table that it makes for a statement: a fault of its own, which a read outlives. */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { Database } from "../../subgraphs/kernel/database/database.js";
import { databaseKinds, openBareDatabase } from "../support/graph.js";

/** A function that fails until it has been called so many times, as such a read does, and then says whether MariaDB may make keys of its own. */
const FUNCTION = `CREATE FUNCTION \`fail\` (calls INT) RETURNS INT BEGIN
  IF NEXTVAL(\`failures\`) <= calls THEN SIGNAL SQLSTATE '23000' SET MYSQL_ERRNO = 1062, MESSAGE_TEXT = "Duplicate entry 'a' for key 'key0'"; END IF;
  RETURN @@optimizer_switch LIKE '%derived_with_keys=on%';
END`;

(databaseKinds.includes("MariaDB") ? describe : describe.skip)("a read that fails for an entry of a table that MariaDB made", () => {
  let database: Database;
  let close: () => Promise<void>;
  let calls: number;
  beforeAll(async () => {
    ({ database, close } = await openBareDatabase("MariaDB"));
    await database.transaction((transaction) => transaction.execute("CREATE SEQUENCE `failures`", []));
    await database.transaction((transaction) => transaction.execute(FUNCTION, []));
  });
  afterAll(() => close());
  const failing = async (times: number, second: string) => {
    calls = Number((await database.read("SELECT NEXTVAL(`failures`)", []))[0]![0]);
    return database.read("SELECT `fail`(?), ?", [calls + times, second]);
  };

  test("is sent once more, without such keys; the next has them again", async () => {
    expect(await failing(0, "first")).toEqual([[1, "first"]]);
    expect(await failing(1, "second")).toEqual([[0, "second"]]);
    expect(await failing(0, "third")).toEqual([[1, "third"]]);
  });

  test("is sent no third time", async () => {
    await expect(failing(2, "never")).rejects.toMatchObject({ errno: 1062, message: "Duplicate entry 'a' for key 'key0'" });
    expect(await database.read("SELECT NEXTVAL(`failures`)", [])).toEqual([[calls + 3]]);
  });
});
