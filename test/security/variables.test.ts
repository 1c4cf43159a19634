import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { type Federation, type Foreign, ask, startFederation } from "../gateway/federations.js";

const shelf: Foreign = {
  name: "shelf",
  sdl: `
    type Query { count(where: Where, isbns: [ID!], most: Int): Int }
    input Where { title: String, not: Where, kind: Kind }
    enum Kind { NOVEL, ESSAY }`,
  resolvers: { Query: { count: (_: unknown, { where, isbns }: any) => Object.keys(where ?? {}).length + (isbns ?? []).length } },
};
const COUNT = "query ($where: Where, $isbns: [ID!], $most: Int) { count(where: $where, isbns: $isbns, most: $most) }";

let federation: Federation;
beforeAll(async () => {
  federation = await startFederation([shelf], { COST_EXTENSION: "on" });
});
afterAll(() => federation.stop());

const calls = () => federation.subgraphs["shelf"]!.calls.length;
const repeat = <T>(times: number, make: (i: number) => T): T[] => Array.from({ length: times }, (_, i) => make(i));

test.each<[string, Record<string, unknown>, string[]]>([
  [
    "ten of 20,000 values of the wrong type",
    { isbns: repeat(20_000, () => 1.5) },
    repeat(10, (i) => `Variable "$isbns" got invalid value 1.5 at "isbns[${i}]"; ID cannot represent value: 1.5`),
  ],
  [
    "ten of 9,000 fields that there are not, and not what stands around them",
    { where: { not: Object.fromEntries(repeat(9_000, (i) => [`field${i}`, i])) } },
    repeat(10, (i) => `Variable "$where" got invalid value {…} at "where.not"; Field "field${i}" is not defined by type "Where".`),
  ],
  [
    "the beginning of a long value",
    { most: "x".repeat(100_000) },
    [`Variable "$most" got invalid value "${"x".repeat(99)}…; Int cannot represent non-integer value: "${"x".repeat(500 - 41)}…`],
  ],
  [
    "mistakes of several variables",
    { most: [], where: { kind: "NOVELL" }, isbns: [null] },
    [
      'Variable "$where" got invalid value "NOVELL" at "where.kind"; Value "NOVELL" does not exist in "Kind" enum. Did you mean the enum value "NOVEL"?',
      'Variable "$isbns" got invalid value null at "isbns[0]"; Expected non-nullable type "ID!" not to be null.',
      'Variable "$most" got invalid value […]; Int cannot represent non-integer value: []',
    ],
  ],
])("tells %s, and asks no subgraph", async (_, variables, messages) => {
  // Known or not, on the short way or the long one.
  for (const text of [COUNT, `${COUNT} # ${messages[0]}`]) {
    const before = calls();
    const { status, body } = await ask(federation.url, text, { "x-request-id": "r1" }, variables);
    expect({ status, data: body.data, messages: body.errors.map(({ message }: any) => message) }).toEqual({ status: 400, data: undefined, messages });
    for (const { extensions } of body.errors) expect(extensions).toEqual({ code: "BAD_USER_INPUT", requestId: "r1" });
    expect([calls(), body.extensions.cost.actual]).toEqual([before, 1]);
    expect((await ask(federation.url, text, {}, { isbns: ["1", 2], where: { title: null } })).body.data).toEqual({ count: 3 });
  }
});

test.each<[object, string]>([
  [{ most: null }, 'Variable "$most" of non-null type "Int!" must not be null.'],
  [{}, 'Variable "$most" of required type "Int!" was not provided.'],
])("tells of a value that has to be given: %j", async (variables, message) => {
  for (const text of ["query ($most: Int!) { count(most: $most) }", "query ($most: Int!, $isbns: [ID!] = []) { count(most: $most, isbns: $isbns) }"]) {
    const before = calls();
    expect((await ask(federation.url, text, {}, { most: 1 })).body.data).toEqual({ count: 0 });
    const { status, body } = await ask(federation.url, text, {}, variables as Record<string, unknown>);
    expect([status, body.data, body.errors.map(({ message: told }: any) => told)]).toEqual([400, undefined, [message]]);
    expect(calls()).toBe(before + 1);
  }
});
