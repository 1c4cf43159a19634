/** `node floorLoad.mjs FILE`: customers of a CSV file by LOAD DATA into a table like theirs: bare rows, without keys, versions and ledger. */
import { createReadStream } from "node:fs";
import mysql from "mysql2/promise";

const connection = await mysql.createConnection({
  uri: process.env.DATABASE_URL.replace("{portfolio}", "customer"),
  charset: "utf8mb4",
  infileStreamFactory: (file) => createReadStream(file),
});
const now = new Date().toISOString();
await connection.query("CREATE TABLE IF NOT EXISTS loaded LIKE customer");
await connection.query(
  `LOAD DATA LOCAL INFILE ? INTO TABLE loaded CHARACTER SET utf8mb4 FIELDS TERMINATED BY ',' IGNORE 1 LINES (code, name, industry)
   SET id = CONCAT('cus_', code), version = 1, createdAt = ?, updatedAt = ?, kind = 'EXTERNAL', lifecycle = 'PROSPECT', segment = 'STANDARD'`,
  [process.argv[2], now, now],
);
await connection.end();
