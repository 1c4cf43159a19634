import { afterAll, beforeAll, beforeEach, expect, test } from "@jest/globals";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { request } from "node:http";
import { setTimeout as wait } from "node:timers/promises";
import { CODES } from "../../gateway/codes.js";
import { readSettings } from "../../gateway/config.js";
import type { RequestRecord } from "../../gateway/records.js";
import { startGateway } from "../../gateway/server.js";
import { followFile } from "../../gateway/supergraph.js";
import { reachGuarded } from "../../transport/guards.js";
import { describeFailure } from "../../transport/logs.js";
import { ask, send, startFederation, type Federation } from "./federations.js";
import { authors, binding, books } from "./library.js";

let federation: Federation;
let records: (RequestRecord & { level: string })[] = [];
beforeAll(async () => {
  federation = await startFederation([books, authors, binding]);
});
afterAll(() => federation.stop());
beforeEach(() => {
  records = [];
});

/** A gateway that tells what became of requests, for as long as `use` takes. */
async function observe(environment: Record<string, string>, use: (url: string) => Promise<void>): Promise<void> {
  const gateway = await startGateway({
    settings: readSettings({ PORT: "0", ...environment }),
    supergraph: followFile(federation.file),
    reach: reachGuarded,
    log: () => undefined,
    record: (record, level) => records.push({ ...record, level }),
  });
  try {
    await use(gateway.url);
  } finally {
    await gateway.stop();
  }
}

/** Records are written when the answer's last byte has gone. */
async function recorded(count: number): Promise<void> {
  for (let tries = 0; tries < 500 && records.length < count; tries++) await wait(10);
  expect(records.length).toBe(count);
}

const TITLE = "query Title($isbn: ID!) { book(isbn: $isbn) { title author { name } } }";
const shaHex = (text: string) => createHash("sha256").update(text).digest("hex");

test("tells who asked which operation, and where its time went, on the long way and on the short one", async () => {
  await observe({ REQUEST_LOG: "all" }, async (url) => {
    for (let times = 0; times < 2; times++) await ask(`${url}/graphql`, TITLE, { "x-request-id": `r${times}` }, { isbn: "1" });
    await recorded(2);
  });
  for (const [i, record] of records.entries()) {
    const { ms, fetches, ...rest } = record;
    expect(rest).toEqual({
      level: "info",
      requestId: `r${i}`,
      status: 200,
      subject: "developer",
      operation: "Title",
      document: `sha256:${shaHex(TITLE)}`,
      codes: [],
      left: false,
    });
    expect(Object.entries(fetches).map(([subgraph, { count, failed }]) => [subgraph, count, failed])).toEqual([
      ["books", 1, 0],
      ["authors", 1, 0],
    ]);
    for (const fetch of Object.values(fetches)) expect(fetch.ms).toBeGreaterThan(0);
    expect(ms).toBeGreaterThan(0);
  }
});

test("tells why requests are refused, and of mistakes only where all is told", async () => {
  const sent: readonly [string, string, string | null][] = [
    [`{ __typename } #${"x".repeat(50_000)}`, "OPERATION_TOO_LARGE", "warn"],
    ["{ nothing }", "GRAPHQL_VALIDATION_FAILED", null],
    ["{", "GRAPHQL_PARSE_FAILED", null],
    ["", "BAD_REQUEST", null],
  ];
  for (const log of ["problems", "all"]) {
    records = [];
    await observe({ REQUEST_LOG: log }, async (url) => {
      for (const [query] of sent) await ask(`${url}/graphql`, query);
      await recorded(log === "all" ? 4 : 1);
    });
    const expected = sent.filter(([, , level]) => log === "all" || level !== null);
    expect(records.map(({ codes, level }) => [codes, level])).toEqual(expected.map(([, code, level]) => [[code], level ?? "info"]));
  }
});

test("tells which subgraph failed, and nothing of what was asked about", async () => {
  await federation.services["authors"]!.stop();
  try {
    await observe({}, async (url) => {
      const { body } = await ask(
        `${url}/graphql`,
        'query ($isbn: ID!) { book(isbn: $isbn) { secret: title author { name } } other: book(isbn: "978-secret") { title } }',
        {},
        { isbn: "1" },
      );
      expect(body.errors[0].extensions.code).toBe("SUBGRAPH_UNREACHABLE");
      await recorded(1);
    });
  } finally {
    const { serveSubgraph } = await import("../../subgraphs/kernel/serve.js");
    const port = Number(new URL(federation.services["authors"]!.url).port);
    Object.assign(federation.services, { authors: await serveSubgraph(federation.subgraphs["authors"]!, { host: "127.0.0.1", port }) });
  }
  const { level, codes, fetches } = records[0]!;
  expect([level, codes, fetches["authors"]!.failed, fetches["books"]!.failed]).toEqual(["warn", ["SUBGRAPH_UNREACHABLE"], 1, 0]);
  expect(JSON.stringify(records)).not.toMatch(/secret|isbn|title/);
});

test("tells of clients that leave", async () => {
  await observe({}, async (url) => {
    const body = JSON.stringify({ query: "{ slow(ms: 1000) }" });
    const client = request(`${url}/graphql`, { method: "POST", headers: { "content-type": "application/json", "content-length": body.length } });
    client.on("error", () => undefined);
    client.end(body);
    await wait(300);
    client.destroy();
    await recorded(1);
  });
  expect([records[0]!.left, records[0]!.level]).toEqual([true, "warn"]);
});

test("tells nothing where nothing is to be told, and counts all the same", async () => {
  await observe({ REQUEST_LOG: "none" }, async (url) => {
    await ask(`${url}/graphql`, TITLE, {}, { isbn: "1" });
    await ask(`${url}/graphql`, "{ nothing }");
    await wait(50);
    const { text } = await send(`${url}/metrics`);
    expect(text).toContain('graph_request_seconds_count{code="OK",left="false"} 1\n');
    expect(text).toContain('graph_request_seconds_count{code="GRAPHQL_VALIDATION_FAILED",left="false"} 1\n');
    // A code that only the subgraph knows makes no label: there is no end of them.
    for (let times = 0; times < 2; times++) await ask(`${url}/graphql`, "{ coded }");
    await wait(50);
    const later = (await send(`${url}/metrics`)).text;
    expect(later).toContain('graph_request_seconds_count{code="OTHER",left="false"} 2\n');
    expect(later).not.toContain("SHELF_LOCKED");
    expect(text).toContain('graph_fetch_seconds_count{subgraph="books",failed="false"} 1\n');
    expect(text).toContain('graph_fetch_seconds_count{subgraph="authors",failed="false"} 1\n');
    expect(text).toMatch(/^process_resident_memory_bytes [1-9]\d+$/m);
  });
  expect(records).toEqual([]);
});

test("failures are described without the statements that drivers hang on them", () => {
  const cause = Object.assign(new Error("Duplicate entry"), {
    code: "ER_DUP_ENTRY",
    errno: 1062,
    sql: "INSERT INTO person VALUES ('secret')",
    parameters: ["secret"],
  });
  const described = describeFailure(new Error("It could not be written.", { cause }));
  expect(described).toMatchObject({
    type: "Error",
    message: "It could not be written.",
    cause: { message: "Duplicate entry", code: "ER_DUP_ENTRY", errno: 1062 },
  });
  expect(JSON.stringify(described)).not.toContain("secret");
  expect(described["stack"]).toContain("records.test.ts");
});

test("docs/errors.md tells of every code that errors of ours have, its cause and its remedy, and of no other", () => {
  const sections = readFileSync("docs/errors.md", "utf8").split(/^## /m).slice(1);
  const told = sections.flatMap((section) => /^`([A-Z_]+)`\n\nHTTP \d[^\n]*\n\n\*\*Cause:\*\* [^]+\n\n\*\*Remedy:\*\* \S/.exec(section)?.[1] ?? []);
  expect([...told].sort()).toEqual([...CODES].sort());
});
