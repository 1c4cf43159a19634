import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import mysql from "mysql2";
import { runToEnd } from "../support/processes.js";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), "brm-settings-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs a command to its end; a bad setting must end it at once. */
const run = (program: string, args: readonly string[], environment: Record<string, string>) =>
  runToEnd(program, args, { DATA_DIR: path.join(folder, "data"), PORT: "0", ...environment });

test("a folder that cannot be written is one sentence that names DATA_DIR", async () => {
  const no = file("file", "");
  expect(await run("start/embedded.ts", [], { DATA_DIR: path.join(no, "data") })).toEqual({
    code: 2,
    output: `DATA_DIR ${no}/data cannot be written; name a folder that this user may write to.`,
  });
});

/** A file of that text. */
function file(name: string, text: string): string {
  const at = path.join(folder, name);
  writeFileSync(at, text);
  return at;
}
let begun = 0;
const ISSUER = { JWT_ISSUER: "https://id.example", JWT_AUDIENCE: "brm" };

test.each<[string, () => Record<string, string>, string]>([
  ["a policy that is not there", () => ({ POLICY: "nowhere.yaml" }), "POLICY names nowhere.yaml, which cannot be read (ENOENT); name a policy file."],
  [
    "keys that are not there",
    () => ({ ...ISSUER, JWKS: "nowhere.json" }),
    "JWKS names nowhere.json, which holds no keys (ENOENT: no such file or directory, stat 'nowhere.json'); name a JSON Web Key Set.",
  ],
  [
    "a file that holds no keys",
    () => ({ ...ISSUER, JWKS: file("keys.json", "[]") }),
    "JWKS names {folder}/keys.json, which holds no keys (JSON Web Key Set malformed); name a JSON Web Key Set.",
  ],
  ["a URL of keys that is none", () => ({ ...ISSUER, JWKS: "https://" }), 'JWKS is "https://", which is no URL; write one, or name a file.'],
  ["keys without an issuer", () => ({ JWKS: file("keys.json", "{}") }), "JWT_ISSUER must say the issuer of the tokens that JWKS verifies."],
  [
    "service tokens that are not there",
    () => ({ SERVICE_TOKENS: "nowhere.yaml" }),
    "SERVICE_TOKENS names nowhere.yaml, which holds no service tokens (ENOENT: no such file or directory, open 'nowhere.yaml'); see docs/access.md.",
  ],
  [
    "a token that does not say when it expires",
    () => ({ SERVICE_TOKENS: file("tokens.yaml", `- { name: excel, sha256: ${"a".repeat(64)}, roles: [analyst] }`) }),
    "SERVICE_TOKENS names {folder}/tokens.yaml, which holds no service tokens (excel does not say when it expires); see docs/access.md.",
  ],
  [
    "an address that others reach",
    () => ({ HOST: "0.0.0.0" }),
    "HOST is 0.0.0.0, but callers cannot be told apart: set JWKS or SERVICE_TOKENS, or leave HOST at 127.0.0.1.",
  ],
  [
    "a supergraph that is not there",
    () => ({ SUPERGRAPH: "nowhere.graphql" }),
    "SUPERGRAPH names nowhere.graphql, which cannot be read (ENOENT); name a supergraph file.",
  ],
  [
    "a supergraph that is none",
    () => ({ SUPERGRAPH: file("none.graphql", "type Query {") }),
    "SUPERGRAPH names {folder}/none.graphql, which cannot be served (Syntax Error: Expected Name, found <EOF>); compose it anew.",
  ],
  [
    "documents that are not there",
    () => ({ TRUSTED_DOCUMENTS_FILE: "nowhere.json" }),
    "TRUSTED_DOCUMENTS_FILE names nowhere.json, which holds no documents (ENOENT: no such file or directory, open 'nowhere.json'); write JSON of texts by id.",
  ],
])("%s is one sentence that names the setting, before any database is opened or made", async (_, environment, output) => {
  const data = path.join(folder, `unbegun${++begun}`);
  const said = { code: 2, output: output.replace("{folder}", folder) };
  expect(await run("start/embedded.ts", [], { DATA_DIR: data, ...environment() })).toEqual(said);
  expect(existsSync(data)).toBe(false);
  // Nor is a server asked for one.
  const server = { DATABASE_URL: "mysql://root@127.0.0.1:1/{portfolio}" };
  expect(await run("start/embedded.ts", ["--workers", "2"], { ...server, ...environment() })).toEqual(said);
});

test.each([
  [{ HOST: "0.0.0.0" }, "HOST is 0.0.0.0, but callers cannot be told apart: set SUBGRAPH_KEYS, or leave HOST at 127.0.0.1."],
  [{ POLICY: "nowhere.yaml" }, "POLICY names nowhere.yaml, which cannot be read (ENOENT); name a policy file."],
  [{ SUBGRAPH_KEYS: "nowhere.yaml" }, /^SUBGRAPH_KEYS names nowhere.yaml, which holds no keys/],
])("a subgraph with %j says so before its database is made", async (environment, output) => {
  const data = path.join(folder, `unbegun${++begun}`);
  const said = await run("start/subgraph.ts", ["people"], { DATA_DIR: data, ...(environment as Record<string, string>) });
  expect(said).toEqual({ code: 2, output: typeof output === "string" ? output : expect.stringMatching(output) });
  expect(existsSync(data)).toBe(false);
});

test("a file that is no database is one sentence that names it", async () => {
  const data = mkdtempSync(path.join(folder, "data-"));
  writeFileSync(path.join(data, "customer.sqlite"), "this is not a database, but it is long enough to look like one".repeat(100));
  const { code, output } = await run("start/embedded.ts", [], { DATA_DIR: data });
  expect({ code, output }).toEqual({ code: 2, output: `DATA_DIR ${data} holds customer.sqlite, which cannot be opened: file is not a database.` });
});

test.each([
  [
    "postgres://127.0.0.1/{portfolio}",
    "DATABASE_URL must begin with mysql:// or mariadb://, like mysql://user:password@127.0.0.1:3306/{portfolio}; leave it out for SQLite.",
  ],
  [
    "mysql://root@127.0.0.1/brm",
    "DATABASE_URL must hold {portfolio} where the database's name stands, like mysql://user:password@127.0.0.1:3306/{portfolio}: each portfolio has its own.",
  ],
  ["nonsense", "DATABASE_URL is not a URL; write it like mysql://user:password@127.0.0.1:3306/{portfolio}, or leave it out for SQLite."],
  [
    "mysql://root@127.0.0.1:1/{portfolio}",
    "DATABASE_URL names a server that cannot be reached (ECONNREFUSED); check host, port, user and password, and that the server runs.",
  ],
])("DATABASE_URL %s is one sentence and exit code 2", async (url, output) => {
  expect(await run("start/subgraph.ts", ["people"], { DATABASE_URL: url })).toEqual({ code: 2, output });
});

test("a database that is too old is one sentence that names the oldest that works", async () => {
  const server = (mysql.createServer as any)(); // its types know neither a server without a listener nor a host
  server.on("connection", (connection: any) => {
    connection.serverHandshake({
      protocolVersion: 10,
      serverVersion: "5.7.44",
      connectionId: 1,
      statusFlags: 2,
      characterSet: 45,
      capabilityFlags: 0xffffff,
      authCallback: (_: unknown, done: () => void) => void (done(), setImmediate(() => (connection.sequenceId = 0))),
    });
    connection.on("query", () => {
      connection.sequenceId = 1;
      connection.writeColumns([
        {
          catalog: "def",
          schema: "",
          table: "",
          orgTable: "",
          name: "version",
          orgName: "",
          characterSet: 45,
          columnLength: 60,
          columnType: 253,
          flags: 0,
          decimals: 0,
        },
      ]);
      connection.writeTextRow(["5.7.44"]);
      connection.writeEof();
      connection.sequenceId = 0;
    });
    connection.on("error", () => undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve as never));
  const { port } = (server as any)._server.address();
  const result = await run("start/subgraph.ts", ["people"], { DATABASE_URL: `mysql://root@127.0.0.1:${port}/{portfolio}` });
  await new Promise<void>((resolve) => server.close(() => resolve()));
  expect(result).toEqual({ code: 2, output: "DATABASE_URL names a MySQL 5.7.44 server; 8.0 is the oldest that works." });
});

test.each<[string, string, string[]]>([
  ["a subgraph", "start/subgraph.ts", ["people"]],
  ["everything in one process", "start/embedded.ts", []],
])("%s: a port that is taken, and an address of elsewhere, are one sentence before any database is made", async (_, program, args) => {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  const data = path.join(folder, `unbegun${++begun}`);
  const keys = { SERVICE_TOKENS: file("none.yaml", "[]"), SUBGRAPH_KEYS: file("keys.yaml", "[]") };
  const taken = await run(program, args, { DATA_DIR: data, PORT: String(port) });
  const elsewhere = await run(program, args, { DATA_DIR: data, HOST: "192.0.2.1", ...keys });
  server.close();
  expect([taken, elsewhere]).toEqual([
    { code: 2, output: `PORT ${port} on 127.0.0.1 is taken; stop what listens there or set PORT to a free one.` },
    { code: 2, output: "HOST 192.0.2.1 is not an address of this machine; set HOST to one of its own, such as 127.0.0.1 or 0.0.0.0." },
  ]);
  expect(existsSync(data)).toBe(false);
});

test("a subgraph nobody knows, or a word too many, says what the command takes", async () => {
  const output = "The command line takes one of customer, agreement, service, project, application, people, insight and --port N, nothing else.";
  expect(await run("start/subgraph.ts", ["finance"], {})).toEqual({ code: 2, output });
  expect(await run("start/subgraph.ts", ["people", "--prot", "1"], {})).toEqual({ code: 2, output });
});
