import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { readSettings } from "../../gateway/config.js";
import { startGateway } from "../../gateway/server.js";
import { followFile } from "../../gateway/supergraph.js";
import { reachGuarded } from "../../transport/guards.js";
import { SettingError } from "../../transport/settings.js";
import { send, startFederation, type Federation } from "../gateway/federations.js";
import { authors, binding, books } from "../gateway/library.js";

const BESIDE = "# A comment is part of the text.\nquery Title($isbn: ID!) { book(isbn: $isbn) { title } }\n";
const LISTED = "{ book(isbn: 1) { isbn } }";
const RETITLE = 'mutation Retitle { retitle(isbn: 1, title: "x") { title } }';
const ID = `sha256:${createHash("sha256").update(BESIDE).digest("hex")}`;

let federation: Federation;
let folder: string;
beforeAll(async () => {
  federation = await startFederation([books, authors, binding]);
  folder = mkdtempSync(path.join(os.tmpdir(), "brm-documents-"));
  mkdirSync(path.join(path.dirname(federation.file), "operations"));
  writeFileSync(path.join(path.dirname(federation.file), "operations", "title.graphql"), BESIDE);
  writeFileSync(path.join(folder, "documents.json"), JSON.stringify({ isbn: LISTED, retitle: RETITLE }));
});
afterAll(async () => {
  await federation.stop();
  rmSync(folder, { recursive: true });
});

const list = () => path.join(folder, "documents.json");
/** How many calls the subgraphs have had. */
const calls = () => Object.values(federation.subgraphs).reduce((count, subgraph) => count + subgraph.calls.length, 0);

/** A gateway of its own before the same subgraphs, and how to ask it. */
async function open(environment: Record<string, string>) {
  const log: string[] = [];
  const settings = readSettings({ PORT: "0", TRUSTED_DOCUMENTS_FILE: list(), ...environment });
  const gateway = await startGateway({ settings, supergraph: followFile(federation.file), reach: reachGuarded, log: (line) => log.push(line) });
  const url = `${gateway.url}/graphql`;
  return {
    log,
    stop: () => gateway.stop(),
    post: (body: unknown) => send(url, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) }),
    get: (search: Record<string, string>) => send(`${url}?${new URLSearchParams(search).toString()}`),
  };
}

const title = { data: { book: { title: "Laskar Pelangi" } } };

test.each(["off", "warn", "enforce"])("answers documents by id when trust is %s", async (trust) => {
  const gateway = await open({ TRUSTED_DOCUMENTS: trust });
  try {
    const byPost = await gateway.post({ documentId: ID, variables: { isbn: "1" }, operationName: "Title" });
    expect([byPost.status, byPost.body]).toEqual([200, title]);
    // No header says that the page meant it: a tool that reads an address and nothing else cannot send one.
    const byGet = await gateway.get({ documentId: ID, variables: '{"isbn":"1"}' });
    expect([byGet.status, byGet.body]).toEqual([200, title]);
    expect((await gateway.post({ documentId: "isbn" })).body).toEqual({ data: { book: { isbn: "1" } } });
    expect((await gateway.post({ query: BESIDE, documentId: null, variables: { isbn: "1" } })).body).toEqual(title);
    expect(gateway.log).toEqual([]);
  } finally {
    await gateway.stop();
  }
});

test.each([
  [{ documentId: "sha256:00" }, 404, "DOCUMENT_NOT_FOUND", "No document has this documentId; send the text as query, or have the document listed."],
  [{ documentId: "__proto__" }, 404, "DOCUMENT_NOT_FOUND", "No document has this documentId; send the text as query, or have the document listed."],
  [{ documentId: 1 }, 404, "DOCUMENT_NOT_FOUND", "No document has this documentId; send the text as query, or have the document listed."],
  [{ documentId: "isbn", query: LISTED }, 400, "BAD_REQUEST", "The request has both query and documentId; send one of them."],
])("refuses %j and asks no subgraph", async (body, status, code, message) => {
  const gateway = await open({});
  const before = calls();
  try {
    const answer = await gateway.post(body);
    expect([answer.status, answer.body]).toEqual([status, { errors: [{ message, extensions: { code, requestId: answer.headers.get("x-request-id") } }] }]);
    expect(calls()).toBe(before);
  } finally {
    await gateway.stop();
  }
});

test("changes nothing by the address of a document", async () => {
  const gateway = await open({});
  const before = calls();
  try {
    const { status, headers } = await gateway.get({ documentId: "retitle" });
    expect([status, headers.get("allow")]).toEqual([405, "POST"]);
    expect(calls()).toBe(before);
  } finally {
    await gateway.stop();
  }
});

test("still wants a header with a text by address", async () => {
  const gateway = await open({});
  try {
    expect((await gateway.get({ query: LISTED })).status).toBe(400);
  } finally {
    await gateway.stop();
  }
});

test("tells operators once of a text that is not listed, and answers it", async () => {
  const gateway = await open({ TRUSTED_DOCUMENTS: "warn" });
  const query = "{ book(isbn: 1) { title } }";
  try {
    expect((await gateway.post({ query })).body).toEqual(title);
    expect((await gateway.post({ query })).body).toEqual(title);
    const id = createHash("sha256").update(query).digest("hex");
    expect(gateway.log).toEqual([`A document that is not trusted was answered: sha256:${id}, which begins "{ book(isbn: 1) { title } }"`]);
  } finally {
    await gateway.stop();
  }
});

test("refuses texts that are not listed where that is enforced, however little they differ", async () => {
  const gateway = await open({ TRUSTED_DOCUMENTS: "enforce" });
  const before = calls();
  try {
    for (const query of ["{ book(isbn: 1) { title } }", `${LISTED} `, "{ __typename }", "{ __schema { queryType { name } } }", "{"]) {
      const { status, body } = await gateway.post({ query });
      expect([status, body.errors[0].extensions.code]).toEqual([403, "DOCUMENT_NOT_TRUSTED"]);
      expect(body.errors[0].message).toBe("Only documents known beforehand are answered here; ask by documentId, or have the document listed.");
    }
    expect((await gateway.get({ query: "{ __typename }" })).status).toBe(403);
    expect(calls()).toBe(before);
    expect((await gateway.post({ query: LISTED })).body).toEqual({ data: { book: { isbn: "1" } } });
  } finally {
    await gateway.stop();
  }
});

test.each([
  ["[]", "it is no object of texts by id"],
  ['{"a":1}', "what a stands for is no text"],
])("does not start with a list of %s", async (text, why) => {
  const file = path.join(folder, "wrong.json");
  writeFileSync(file, text);
  const opened = open({ TRUSTED_DOCUMENTS_FILE: file });
  await expect(opened).rejects.toThrow(SettingError);
  await expect(opened).rejects.toThrow(`TRUSTED_DOCUMENTS_FILE names ${file}, which holds no documents (${why}); write JSON of texts by id.`);
});
