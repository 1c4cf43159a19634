/** What clients are told when a database fails as a whole, by what drivers call it. */
import { describe, expect, test } from "@jest/globals";
import { explainFailure } from "../../subgraphs/kernel/database/failures.js";
import { TemporaryFailure } from "../../transport/deadlines.js";

const refused = (what: string) => ({ code: "READ_ONLY", retryable: true, message: `The portfolio ${what}; nothing was written. Reading goes on.` });
const notChanged = refused("takes no changes at present");
const noRoom = refused("has no room for more at present");
const notWritable = refused("cannot write its files at present");
const notKnown = {
  code: "DATABASE_UNAVAILABLE",
  retryable: false,
  message: "The portfolio's disk did not confirm a write, and whether it is kept is not known; read the record before you write again.",
};
const notReadable = { code: "DATABASE_UNAVAILABLE", retryable: true, message: "The portfolio's files cannot be read at present; try again." };

describe("SQLite's own words for it", () => {
  test.each([
    ["SQLITE_READONLY", notChanged],
    ["SQLITE_READONLY_DIRECTORY", notChanged],
    ["SQLITE_READONLY_DBMOVED", notChanged],
    ["SQLITE_READONLY_ROLLBACK", notChanged],
    ["SQLITE_FULL", noRoom],
    ["SQLITE_IOERR_WRITE", notWritable],
    ["SQLITE_IOERR_TRUNCATE", notWritable],
    ["SQLITE_IOERR_DELETE", notWritable],
    ["SQLITE_IOERR_SHMOPEN", notWritable],
    ["SQLITE_IOERR_SHMSIZE", notWritable],
    ["SQLITE_IOERR_FSYNC", notKnown],
    ["SQLITE_IOERR_DIR_FSYNC", notKnown],
    ["SQLITE_IOERR", notReadable],
    ["SQLITE_IOERR_READ", notReadable],
    ["SQLITE_IOERR_SHORT_READ", notReadable],
    ["SQLITE_IOERR_SHMMAP", notReadable],
  ])("%s", (code, { code: told, retryable, message }) => {
    const thrown = Object.assign(new Error("disk I/O error"), { code });
    // As the driver throws it, and as TypeORM does.
    for (const error of [thrown, Object.assign(new Error("QueryFailedError"), { driverError: thrown })]) {
      const explained = explainFailure(error);
      expect(explained).toBeInstanceOf(TemporaryFailure);
      expect(explained).toMatchObject({ code: told, retryable, message, cause: error });
    }
  });

  test.each(["SQLITE_CONSTRAINT_UNIQUE", "SQLITE_ERROR", "SQLITE_CORRUPT", "SQLITE_BUSY"])("%s is no failure of that kind", (code) => {
    const error = Object.assign(new Error("no"), { code });
    expect(explainFailure(error)).toBe(error);
  });
});
