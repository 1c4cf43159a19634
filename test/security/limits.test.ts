import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { getIntrospectionQuery } from "graphql";
import { ask, type Federation, send, startFederation } from "../gateway/federations.js";
import { authors, binding, books } from "../gateway/library.js";
import { harmless, oversized } from "./attacks.js";

let federation: Federation;
beforeAll(async () => {
  federation = await startFederation([books, authors, binding]);
});
afterAll(() => federation.stop());

const calls = () => Object.values(federation.subgraphs).reduce((sum, { calls }) => sum + calls.length, 0);

test.each(oversized)("refuses %s, and asks no subgraph", async (_, text, message) => {
  const before = calls();
  const { status, body } = await ask(federation.url, text, { "x-request-id": "r1" });
  expect({ status, errors: body.errors.length, extensions: body.errors[0].extensions }).toEqual({
    status: 400,
    errors: 1,
    extensions: { code: "OPERATION_TOO_LARGE", requestId: "r1" },
  });
  expect(body.errors[0].message.slice(0, message.length)).toBe(message);
  expect(calls()).toBe(before);
  // Known by now, and refused all the same.
  expect((await ask(federation.url, text)).body.errors[0].message).toBe(body.errors[0].message);
});

test.each(harmless)("answers %s", async (_, text) => {
  const { body } = await ask(federation.url, text);
  const codes: string[] = (body.errors ?? []).map(({ extensions }: any) => extensions.code);
  expect(codes.filter((code) => !["GRAPHQL_PARSE_FAILED", "GRAPHQL_VALIDATION_FAILED"].includes(code))).toEqual([]);
  expect(codes.length).toBeLessThanOrEqual(11);
});

test("measures what GET asks", async () => {
  const text = `{ ${Array.from({ length: 51 }, (_, i) => `a${i}:__typename`).join(" ")} }`;
  const { status, body } = await send(`${federation.url}?query=${encodeURIComponent(text)}`, { headers: { "apollo-require-preflight": "1" } });
  expect([status, body.errors[0].extensions.code]).toEqual([400, "OPERATION_TOO_LARGE"]);
});

test("lets the tools introspect", async () => {
  const text = getIntrospectionQuery({
    descriptions: true,
    specifiedByUrl: true,
    directiveIsRepeatable: true,
    schemaDescription: true,
    inputValueDeprecation: true,
  });
  const { body } = await ask(federation.url, text);
  expect(body.data.__schema.queryType).toEqual({ name: "Query", kind: "OBJECT" });
});

test("answers under names that objects have of themselves", async () => {
  const text =
    "query ($constructor: ID!) { constructor: book(isbn: $constructor) { toString: title hasOwnProperty: spine valueOf: author { constructor: name } } }";
  const { body } = await ask(federation.url, text, {}, { constructor: "1" });
  expect(body).toEqual({
    data: { constructor: { toString: "Laskar Pelangi", hasOwnProperty: 26.45, valueOf: { constructor: "Andrea Hirata" } } },
  });
});

test("variables called __proto__ change nothing", async () => {
  const body = '{"query":"query ($isbn: ID!) { book(isbn: $isbn) { title } }","variables":{"isbn":"1","__proto__":{"polluted":1}},"__proto__":{"polluted":2}}';
  const answer = await send(federation.url, { method: "POST", headers: { "content-type": "application/json" }, body });
  expect(answer.body).toEqual({ data: { book: { title: "Laskar Pelangi" } } });
  expect(({} as any).polluted).toBeUndefined();
});

test("refuses variables 41 deep", async () => {
  const nest = (depth: number): unknown => (depth === 0 ? 1 : [nest(depth - 1)]);
  const query = "query ($ms: Int!) { slow(ms: $ms) }";
  const deep = await ask(federation.url, query, {}, { ms: 1, more: nest(40) });
  expect([deep.status, deep.body.errors[0].message]).toEqual([400, "The variables are more than 40 objects and lists deep; ask for less at a time."]);
  const less = await ask(federation.url, query, {}, { ms: 1, more: nest(39) });
  expect(less.body).toEqual({ data: { slow: 1 } });
});
