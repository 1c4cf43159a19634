import { afterAll, beforeAll, beforeEach, expect, test } from "@jest/globals";
import { ask, startFederation, type Federation } from "./federations.js";
import { authors, binding, books } from "./library.js";

let federation: Federation;
beforeAll(async () => {
  federation = await startFederation([books, authors, binding]);
});
afterAll(() => federation.stop());
beforeEach(() => {
  for (const { calls } of Object.values(federation.subgraphs)) calls.length = 0;
  federation.log.length = 0;
});

const askGraph = (query: string, headers?: Record<string, string>, variables?: Record<string, unknown>) => ask(federation.url, query, headers, variables);

test("joins the records of several subgraphs, @requires included", async () => {
  const { status, headers, body } = await askGraph("{ books { title spine author { name } } }");
  expect(body).toEqual({
    data: {
      books: [
        { title: "Laskar Pelangi", spine: 26.45, author: { name: "Andrea Hirata" } },
        { title: "Bumi Manusia", spine: 26.75, author: { name: "Pramoedya Ananta Toer" } },
        { title: "Saman", spine: 9.75, author: { name: null } },
      ],
    },
  });
  expect([status, headers.get("content-type"), headers.get("cache-control")]).toEqual([200, "application/json; charset=utf-8", "no-store"]);
  const counts = Object.entries(federation.subgraphs).map(([name, { calls }]) => [name, calls.length]);
  expect(counts).toEqual([
    ["books", 1],
    ["authors", 1],
    ["binding", 1],
  ]);
});

test("passes variables and mutations on", async () => {
  const mutation = await askGraph(
    "mutation ($title: String!) { retitle(isbn: 2, title: $title) { title author { name } } }",
    {},
    { title: "This Earth of Mankind" },
  );
  expect(mutation.body).toEqual({ data: { retitle: { title: "This Earth of Mankind", author: { name: "Pramoedya Ananta Toer" } } } });
});

test("sends who is asking, the request's id and ten seconds of time to every subgraph", async () => {
  await askGraph("{ books { author { name } } }", { "x-request-id": "my-request_1" });
  for (const name of ["books", "authors"]) {
    const { context } = federation.subgraphs[name]!.calls[0]!;
    expect(context.principal).toEqual({ subject: "developer", roles: ["developer"], customers: null });
    expect(context.requestId).toBe("my-request_1");
    expect(context.deadline! - Date.now()).toBeGreaterThan(8_000);
    expect(context.deadline! - Date.now()).toBeLessThanOrEqual(10_000);
  }
});

test("keeps a subgraph's error code, message and extensions, at the path of the null", async () => {
  const { status, body } = await askGraph("{ coded books { author { name born } } }", { "x-request-id": "r1" });
  expect(status).toBe(200);
  expect(body.data.coded).toBeNull();
  expect(body.data.books.map((book: any) => book.author)).toEqual([
    { name: "Andrea Hirata", born: null },
    { name: "Pramoedya Ananta Toer", born: 1925 },
    { name: null, born: null },
  ]);
  expect(body.errors).toEqual([
    { message: "The shelf is locked.", path: ["coded"], extensions: { code: "SHELF_LOCKED", shelf: 4, requestId: "r1" } },
    { message: "The archive has no date.", path: ["books", 0, "author", "born"], extensions: { code: "NO_DATE", requestId: "r1" } },
  ]);
});

test("masks an error nobody gave a code, and logs it", async () => {
  const { body, text } = await askGraph("{ uncoded }", { "x-request-id": "r2" });
  expect(body).toEqual({
    data: { uncoded: null },
    errors: [{ message: "The request failed; quote this request id.", path: ["uncoded"], extensions: { code: "INTERNAL_SERVER_ERROR", requestId: "r2" } }],
  });
  expect(text).not.toMatch(/ECONNREFUSED|3306/);
  expect(federation.log).toEqual(["Request r2 failed at uncoded: connect ECONNREFUSED 10.1.2.3:3306"]);
});

test("nulls a record that is missing where it is pointed at", async () => {
  const { body } = await askGraph("{ book(isbn: 3) { title author { id penName } } }");
  expect(body.data).toEqual({ book: { title: "Saman", author: null } });
  expect(body.errors).toBeUndefined();
});

test("answers an error where such a null leaves nothing", async () => {
  const { body } = await askGraph("{ oldest { penName } }", { "x-request-id": "r3" });
  expect(body).toEqual({
    data: null,
    errors: [
      { message: "The request failed; quote this request id.", path: ["oldest", "penName"], extensions: { code: "INTERNAL_SERVER_ERROR", requestId: "r3" } },
    ],
  });
  expect(federation.log).toEqual(["Request r3 failed at oldest.penName: Cannot return null for non-nullable field Author.penName."]);
});

test("shows the query plan to who asks for it, and to nobody else", async () => {
  const shown = await askGraph("{ book(isbn: 1) { title author { name } } }", { "x-query-plan": "1" });
  expect(shown.body.data).toEqual({ book: { title: "Laskar Pelangi", author: { name: "Andrea Hirata" } } });
  expect(shown.body.extensions.queryPlan).toBe(`QueryPlan {
  Sequence {
    Fetch(service: "books") {
      {
        book(isbn: 1) {
          title
          author {
            __typename
            id
          }
        }
      }
    },
    Flatten(path: "book.author") {
      Fetch(service: "authors") {
        {
          ... on Author {
            __typename
            id
          }
        } =>
        {
          ... on Author {
            name
          }
        }
      },
    },
  },
}`);
  for (const headers of [{}, { "x-query-plan": "0" }, { "apollo-query-plan-experimental": "1" }] as Record<string, string>[]) {
    expect((await askGraph("{ book(isbn: 1) { title } }", headers)).body).toEqual({ data: { book: { title: "Laskar Pelangi" } } });
  }
});

test("answers introspection", async () => {
  const { body } = await askGraph('{ __type(name: "Book") { fields { name } } _: __schema { queryType { name } } }');
  expect(body).toEqual({
    data: { __type: { fields: ["isbn", "pages", "spine", "title", "author"].map((name) => ({ name })) }, _: { queryType: { name: "Query" } } },
  });
});
