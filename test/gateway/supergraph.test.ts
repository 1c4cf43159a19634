import { afterEach, expect, test } from "@jest/globals";
import { rename, rm, writeFile } from "node:fs/promises";
import { parse } from "graphql";
import { listSubgraphs, locateSubgraph } from "../../gateway/supergraph.js";
import { ask, compose, startFederation, type Federation } from "./federations.js";
import { authors, binding, books } from "./library.js";

let federation: Federation | undefined;
afterEach(async () => {
  await federation?.stop();
  federation = undefined;
});

async function waitForLog({ log }: Federation, lines: number): Promise<string[]> {
  for (let waited = 0; waited < 4000 && log.length < lines; waited += 50) await new Promise((resolve) => setTimeout(resolve, 50));
  return log;
}

const at = (name: string) => federation!.services[name]!.url;

test("takes a changed supergraph while it serves", async () => {
  federation = await startFederation([books, authors]);
  expect((await ask(federation.url, "{ authors { died } }")).body.errors[0].extensions.code).toBe("GRAPHQL_VALIDATION_FAILED");
  const later = { ...authors, sdl: authors.sdl.replace("born: Int", "born: Int died: Int") };
  // As editors and deployments do: written beside it, then moved in its place.
  await writeFile(
    `${federation.file}.new`,
    compose([
      { ...books, url: at("books") },
      { ...later, url: at("authors") },
    ]),
  );
  await rename(`${federation.file}.new`, federation.file);
  expect(await waitForLog(federation, 1)).toEqual([`${federation.file} has changed and is served: authors, books.`]);
  const { body } = await ask(federation.url, '{ __type(name: "Author") { fields { name } } }');
  expect(body.data.__type.fields.map((field: any) => field.name)).toEqual(["id", "name", "penName", "born", "died"]);
});

test("takes one after the other while clients ask, and no request fails", async () => {
  federation = await startFederation([books, authors]);
  const { url, file } = federation;
  const sdls = [authors.sdl.replace("born: Int", "born: Int died: Int"), authors.sdl];
  const supergraphs = sdls.map((sdl) =>
    compose([
      { ...books, url: at("books") },
      { ...authors, sdl, url: at("authors") },
    ]),
  );
  let isOver = false;
  let answered = 0;
  const clients = Array.from({ length: 6 }, async (_, client) => {
    for (let n = 0; !isOver; n++, answered++) {
      // Every second text is new, and has to be planned.
      const name = n % 2 === 0 ? "name" : `c${client}n${n}`;
      const { status, body } = await ask(url, `{ book(isbn: 1) { author { ${name}: name } } }`);
      expect([status, body]).toEqual([200, { data: { book: { author: { [name]: "Andrea Hirata" } } } }]);
    }
  });
  const all = Promise.all(clients);
  try {
    for (let times = 0; times < 10; times++) {
      await writeFile(`${file}.new`, supergraphs[times % 2]!);
      await rename(`${file}.new`, file);
      const lines = await waitForLog(federation, times + 1);
      expect(lines).toEqual(Array.from({ length: times + 1 }, () => `${file} has changed and is served: authors, books.`));
      // So much has been asked of this one.
      for (const before = answered; answered < before + 12;) await Promise.race([all, new Promise((resolve) => setTimeout(resolve, 10))]);
    }
  } finally {
    isOver = true;
  }
  await all;
}, 60_000);

test.each<[string, (supergraph: string) => string, RegExp]>([
  ["text that is no SDL", () => "type Query {", /: Syntax Error: Expected Name, found <EOF>\.$/],
  ["an empty file", () => "", /: Syntax Error: Unexpected <EOF>\.$/],
  ["a schema that is no supergraph", () => "type Query { books: Int }", /: it names no subgraphs$/],
  ["a type that nobody defines", (supergraph) => supergraph.replace("penName: String!", "penName: Strig!"), /: .*Strig/],
  [
    "a subgraph without a URL",
    (supergraph) => supergraph.replace(/name: "authors", url: "[^"]*"/, 'name: "authors", url: ""'),
    /: SUPERGRAPH gives subgraph authors the URL "", which is not an http or https one; correct it or set SUBGRAPH_URL\.$/,
  ],
])("refuses %s and goes on serving", async (_, breakIt, reason) => {
  federation = await startFederation([books, authors]);
  const good = compose([
    { ...books, url: at("books") },
    { ...authors, url: at("authors") },
  ]);
  await writeFile(federation.file, breakIt(good));
  const [line] = await waitForLog(federation, 1);
  expect(line).toContain(`${federation.file} has changed and is refused, the one before goes on serving: `);
  expect(line).toMatch(reason);
  expect(line).not.toContain("\n");
  const serves = async () => (await ask(federation!.url, "{ book(isbn: 1) { author { name } } }")).body;
  expect(await serves()).toEqual({ data: { book: { author: { name: "Andrea Hirata" } } } });
  await rm(federation.file);
  const [, gone] = await waitForLog(federation, 2);
  expect(gone).toContain("which cannot be read (ENOENT)");
  await writeFile(federation.file, `${good}\n`);
  const [, , taken] = await waitForLog(federation, 3);
  expect(taken).toContain("has changed and is served");
  expect(await serves()).toEqual({ data: { book: { author: { name: "Andrea Hirata" } } } });
});

test("serves subgraphs where SUBGRAPH_URL puts them", async () => {
  federation = await startFederation([books], { SUBGRAPH_URL: "http://127.0.0.1:{port}/graphql" });
  expect((await ask(federation.url, "{ book(isbn: 1) { title } }")).body).toEqual({ data: { book: { title: "Laskar Pelangi" } } });
});

test("lists the subgraphs of a supergraph, at the URLs a template makes of theirs", () => {
  const supergraph = compose([
    { ...books, url: "http://127.0.0.1:4001/graphql" },
    { ...authors, url: "https://authors.example/graphql" },
    { ...binding, name: "book-binding", url: "http://[::1]/graphql" },
  ]);
  expect(listSubgraphs(parse(supergraph))).toEqual([
    { name: "authors", url: "https://authors.example/graphql" },
    { name: "book-binding", url: "http://[::1]/graphql" },
    { name: "books", url: "http://127.0.0.1:4001/graphql" },
  ]);
  expect(listSubgraphs(parse(supergraph)).map((address) => locateSubgraph(address, "http://{name}.svc:{port}/graphql").url)).toEqual([
    "http://authors.svc:443/graphql",
    "http://book-binding.svc:80/graphql",
    "http://books.svc:4001/graphql",
  ]);
});
