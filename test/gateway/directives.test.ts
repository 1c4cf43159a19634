/** A supergraph that says itself who may read what, as others compose it: kept by the gateway, or not served at all. */
import { mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, expect, test } from "@jest/globals";
import { composeServices } from "@apollo/composition";
import { parse } from "graphql";
import { type Federation, type Foreign, ask, startFederation } from "./federations.js";
import { authors, books } from "./library.js";

let federation: Federation | undefined;
afterEach(async () => {
  await federation?.stop();
  federation = undefined;
});

const LINK = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@authenticated", "@requiresScopes", "@policy"])\n`;
/** Books whose pages are for readers, whose titles are for whoever has shown who they are, and which editors change; coded are numbers for auditors. */
const guarded = books.sdl
  .replace("title: String! pages", "title: String! @authenticated pages")
  .replace("pages: Int!", `pages: Int! @requiresScopes(scopes: [["read:pages", "reader"], ["editor"]])`)
  .replace("retitle(isbn: ID!, title: String!): Book", `retitle(isbn: ID!, title: String!): Book @requiresScopes(scopes: [["editor"]])`)
  .replace("coded: String", "coded: Number")
  .replace("type Subscription", `scalar Number @requiresScopes(scopes: [["auditor"]]) type Subscription`);

function composeGuarded(sdl: string, urls: Federation["services"]): string {
  const services = [{ ...books, sdl }, authors].map(({ name, sdl: text }) => ({
    name,
    url: urls[name]!.url,
    typeDefs: parse(LINK + text.replace(/extend schema.*\n/, "")),
  }));
  const { supergraphSdl, errors } = composeServices(services);
  if (!supergraphSdl) throw new AggregateError(errors ?? []);
  return supergraphSdl;
}

/** A federation whose supergraph is guarded, asked by a principal of such roles. */
async function start(roles: readonly string[]): Promise<Federation> {
  const principal = { subject: "eva", roles: ["developer", ...roles], customers: null };
  const started = await startFederation([books as Foreign, authors], { DEVELOPMENT_PRINCIPAL: JSON.stringify(principal) });
  await change(started, composeGuarded(guarded, started.services));
  return started;
}
async function change({ file, log }: Federation, text: string): Promise<string> {
  const before = log.length;
  await writeFile(`${file}.new`, text);
  await rename(`${file}.new`, file);
  while (!log.slice(before).some((line) => line.includes("has changed"))) await new Promise((resolve) => setTimeout(resolve, 20));
  return log.slice(before).find((line) => line.includes("has changed"))!;
}
const callsOf = ({ subgraphs }: Federation) => subgraphs["books"]!.calls.map(({ call }) => call.query);
const forbidden = (path: (string | number)[]) => expect.objectContaining({ path, extensions: expect.objectContaining({ code: "FORBIDDEN" }) });

test("a field is read by those whose roles are its scopes, all of one alternative, and is null with its path or refused to others", async () => {
  federation = await start(["reader"]);
  expect(await readFile(federation.file, "utf8")).toContain("specs.apollo.dev/requiresScopes");
  const { url } = federation;
  expect((await ask(url, "{ book(isbn: 1) { title } }")).body).toEqual({ data: { book: { title: "Laskar Pelangi" } } });
  const before = callsOf(federation).length;
  // pages is never null, so that the operation is refused.
  const pages = (await ask(url, "{ book(isbn: 1) { title many: pages } }")).body;
  expect(pages).toMatchObject({ data: null, errors: [{ message: "Book.pages may not be read.", extensions: { code: "FORBIDDEN" } }] });
  const retitled = (await ask(url, `mutation { retitle(isbn: 1, title: "Mine") { title } }`)).body;
  expect(retitled).toMatchObject({ data: null, errors: [{ message: "retitle may not be asked for.", extensions: { code: "FORBIDDEN" } }] });
  expect((await ask(url, "{ coded other: coded }")).body).toEqual({ data: { coded: null, other: null }, errors: [forbidden(["coded"]), forbidden(["other"])] });
  expect(callsOf(federation).length).toBe(before);
  expect((await ask(url, "{ book(isbn: 1) { title } }")).body.data.book.title).toBe("Laskar Pelangi");
}, 60_000);

test.each([[["editor"]], [["reader", "read:pages"]]])(
  "%j may read pages",
  async (roles) => {
    federation = await start(roles);
    expect((await ask(federation.url, "{ book(isbn: 1) { pages } }")).body).toEqual({ data: { book: { pages: 529 } } });
  },
  60_000,
);

test("a supergraph that asks for what the gateway cannot keep is not taken, and the one before is kept", async () => {
  federation = await start(["reader"]);
  const { file, services, url } = federation;
  const before = await readFile(file, "utf8");
  const refused = "has changed and is refused, the one before goes on serving: it asks for https://specs.apollo.dev/";
  const withPolicy = composeGuarded(guarded.replace("title: String! @authenticated", `title: String! @policy(policies: [["any"]])`), services);
  expect(await change(federation, withPolicy)).toContain(`${refused}policy/v0.1, which this gateway cannot keep`);
  expect(await change(federation, before.replace("requiresScopes/v0.1", "requiresScopes/v9.0"))).toContain(`${refused}requiresScopes/v9.0, which`);
  expect((await ask(url, "{ book(isbn: 1) { pages } }")).body.errors[0].extensions.code).toBe("FORBIDDEN");
  // Without directives again, all is read.
  expect(await change(federation, composeGuarded(books.sdl, services))).toContain("has changed and is served");
  expect((await ask(url, "{ book(isbn: 1) { pages } }")).body).toEqual({ data: { book: { pages: 529 } } });
}, 60_000);

test("without directives the policy file alone keeps fields and mutations, before anything is asked of a subgraph", async () => {
  const folder = await mkdtemp(path.join(tmpdir(), "policy-"));
  const file = path.join(folder, "policy.yaml");
  await writeFile(file, "roles:\n  developer:\n    reads: ['*']\n    hides: [Book.pages, Book.author]\n    writes: []\n");
  federation = await startFederation([books, authors], { POLICY: file });
  const { url } = federation;
  expect((await ask(url, "{ book(isbn: 1) { pages } }")).body).toMatchObject({ data: null, errors: [{ message: "Book.pages may not be read." }] });
  expect((await ask(url, `mutation { retitle(isbn: 1, title: "Mine") { title } }`)).body).toMatchObject({
    errors: [{ message: "retitle may not be asked for." }],
  });
  expect(callsOf(federation)).toEqual([]);
  const { body } = await ask(url, "{ book(isbn: 1) { title author { name } } }");
  expect(body).toEqual({ data: { book: { title: "Laskar Pelangi", author: null } }, errors: [forbidden(["book", "author"])] });
  await rm(folder, { recursive: true });
}, 60_000);

test.each<[string, string, Record<string, unknown>]>([
  ["by a filter in the text", "{ found(filter: { pages: 529 }) { title } }", {}],
  ["by an order in the text", "{ found(orderBy: [{ field: pages }]) { title } }", {}],
  ["by a filter in a variable", "query ($f: BookFilter) { found(filter: $f) { title } }", { f: { and: [{ title: "a" }, { pages: 529 }] } }],
  ["by an order in a variable", "query ($o: [BookOrder!]) { found(orderBy: $o) { title } }", { o: [{ field: "title" }, { field: "pages" }] }],
  ["by a variable within the text", "query ($o: BookOrderField!) { found(orderBy: [{ field: $o }]) { title } }", { o: "pages" }],
  ["by what a variable is by default", "query ($f: BookFilter = { pages: 529 }) { found(filter: $f) { title } }", {}],
])(
  "a hidden field is told by no list: %s, refused before anything is asked of a subgraph that would not refuse it",
  async (_, query, variables) => {
    const folder = await mkdtemp(path.join(tmpdir(), "policy-"));
    const file = path.join(folder, "policy.yaml");
    await writeFile(file, "roles:\n  developer:\n    reads: ['*']\n    hides: [Book.pages]\n    writes: []\n");
    const inputs = `input BookFilter { and: [BookFilter!] title: String pages: Int } enum BookOrderField { title pages } input BookOrder { field: BookOrderField! }`;
    const sdl = `${books.sdl.replace("books: [Book!]!", "books: [Book!]! found(filter: BookFilter, orderBy: [BookOrder!]): [Book!]!")} ${inputs}`;
    const found = { ...books, sdl, resolvers: { ...books.resolvers, Query: { ...books.resolvers["Query"]!, found: () => [{ title: "Laskar Pelangi" }] } } };
    federation = await startFederation([found, authors], { POLICY: file });
    // The second time the gateway knows the operation.
    for (let times = 0; times < 2; times++) {
      const { body } = await ask(federation.url, query, {}, variables);
      expect(body).toMatchObject({
        errors: [{ message: expect.stringMatching(/^Book records may not be .* by pages\.$/), extensions: { code: "FORBIDDEN" } }],
      });
      expect(body.data ?? null).toBeNull();
    }
    expect(callsOf(federation)).toEqual([]);
    expect((await ask(federation.url, '{ found(filter: { title: "Laskar Pelangi" }) { title } }')).body).toEqual({
      data: { found: [{ title: "Laskar Pelangi" }] },
    });
    await rm(folder, { recursive: true });
  },
  60_000,
);
