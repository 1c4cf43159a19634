/** Who calls a subgraph over HTTP shows that they hold a key; whatever else comes is refused before anything is read or written. */
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from "@jest/globals";
import { readSettings } from "../../gateway/config.js";
import { startGateway } from "../../gateway/server.js";
import { followFile } from "../../gateway/supergraph.js";
import { serveSubgraph } from "../../subgraphs/kernel/serve.js";
import { TemporaryFailure } from "../../transport/deadlines.js";
import { reachGuarded } from "../../transport/guards.js";
import { reachOverHttp } from "../../transport/http.js";
import { Keyring } from "../../transport/keys.js";
import { logger } from "../../transport/logs.js";
import { Nonces } from "../../transport/nonces.js";
import type { Service } from "../../transport/servers.js";
import { Signer, Verifier } from "../../transport/signatures.js";
import type { Subgraph } from "../../transport/subgraph.js";
import { type TestPortfolios, askOverHttp, call, openTestPortfolios } from "../support/graph.js";
import { runToEnd, startPart } from "../support/processes.js";
import {
  type Call,
  REFUSAL,
  type Signing,
  asHeader,
  developer,
  entry,
  insightAndCustomer,
  keys,
  newKey,
  operation,
  send as sendTo,
  sign,
  usual,
} from "./calls.js";

const folder = mkdtempSync(path.join(os.tmpdir(), "brm-keys-"));
const file = path.join(folder, "callers.yaml");
writeFileSync(file, usual);

let portfolios: TestPortfolios;
let keyring: Keyring;
let people: Service;
/** What reached the portfolio behind the guard. */
const reached: string[] = [];
let log: jest.SpiedFunction<typeof logger.warn>;
/** How far our clock, and that of all that runs in this process, is ahead: the log tells one refusal a second. */
let ahead = 0;
const { now } = Date;

beforeAll(async () => {
  portfolios = await openTestPortfolios();
  keyring = (await Keyring.open(file))!;
  const portfolio = portfolios.subgraph("people");
  const watched: Subgraph = {
    name: "people",
    execute: (...args) => (reached.push("execute"), portfolio.execute(...args)),
    ledger: (...args) => (reached.push("ledger"), portfolio.ledger(...args)),
    head: (...args) => (reached.push("head"), portfolio.head(...args)),
    exists: (...args) => (reached.push("exists"), portfolio.exists(...args)),
  };
  people = await serveSubgraph(watched, { host: "127.0.0.1", port: 0, keyring });
});
afterAll(async () => {
  await people.stop();
  await portfolios.close();
  rmSync(folder, { recursive: true });
});
beforeEach(() => {
  reached.length = 0;
  log = jest.spyOn(logger, "warn").mockImplementation(() => undefined);
  jest.spyOn(Date, "now").mockImplementation(() => now() + ahead);
});
afterEach(() => void jest.restoreAllMocks());

const send = (sent: Call, service = people) => sendTo(sent, service);
const head = () => portfolios.subgraph("people").head(call);
let teams = 0;
const create = () => `mutation { createTeam(input: { code: "S${++teams}", name: "Signed" }) { team { id } problems { code } } }`;

/** Sends what must be refused; nothing may come of it, and the log says why. */
async function expectRefusal(refused: Call, why: string | RegExp): Promise<void> {
  const before = await head();
  ahead += 1_000;
  expect(await send(refused)).toEqual(REFUSAL);
  expect({ reached, head: await head() }).toEqual({ reached: [], head: before });
  expect(log).toHaveBeenLastCalledWith(expect.objectContaining({ why: expect.stringMatching(why) }), "A call is refused.");
}

describe("a call that is signed", () => {
  test("is carried out once; sent again it is refused", async () => {
    const signed = sign(operation(create()));
    const before = await head();
    expect((await send(signed)).body).toMatchObject({ data: { createTeam: { team: { id: expect.any(String) }, problems: [] } } });
    expect(await head()).toBe(before + 1);
    reached.length = 0;
    await expectRefusal(signed, /^it was here before, signed by gateway$/);
    const told = { requestId: "r1", call: "POST /graphql", from: "127.0.0.1", why: expect.any(String), others: expect.any(Number) };
    expect(log).toHaveBeenLastCalledWith(told, "A call is refused.");
  });

  test("is what reachOverHttp sends with a signer, every kind of it", async () => {
    const gateway = reachOverHttp("people", people.url, await Signer.open(keyring, "gateway"));
    const insight = reachOverHttp("people", people.url, await Signer.open(keyring, "insight"));
    const context = { ...call, deadline: Date.now() + 9_000, idempotency: { key: "k1", digest: "a".repeat(64) } };
    const { data, errors } = await gateway.execute({ query: create().replace("{ id }", "{ id name }"), variables: { é: "é" } }, context);
    expect(errors).toBeUndefined();
    const team = data!["createTeam"] as { team: { id: string } };
    const { id } = team.team;
    expect(await insight.head(call)).toBe(await head());
    expect((await insight.ledger((await head()) - 1, 10, call)).map((each) => each.id)).toEqual([id]);
    expect(await insight.exists([id, "tea_none"], call)).toEqual([id]);
    const query = "query A($r: [_Any!]!) { _entities(representations: $r) { ...T } } fragment T on Team { name }";
    expect(await insight.execute({ query, variables: { r: [{ __typename: "Team", id }] } }, call)).toEqual({ data: { _entities: [{ name: "Signed" }] } });
  });

  test("may be a moment old or new, by half a minute and no more", async () => {
    for (const age of [-29_000, 29_000]) expect((await send(sign(operation("{ __typename }"), { time: Date.now() - age }))).status).toBe(200);
    reached.length = 0;
    await expectRefusal(sign(operation(create()), { time: Date.now() - 31_000 }), /gateway signed it 32\d\d\d ms ago; set the clocks of both right/);
    await expectRefusal(sign(operation(create()), { time: Date.now() + 32_000 }), /gateway signed it 3[01]\d\d\d ms from now/);
  });
});

describe("a call that was changed on its way", () => {
  const changes: [string, (signed: Call) => Call, RegExp][] = [
    ["another body", (signed) => ({ ...signed, body: signed.body.replace("Signed", "Forged") }), /its body is not the one that gateway signed/],
    ["another principal", (signed) => withHeader(signed, "x-principal", asHeader({ ...developer, subject: "mallory" })), /was changed/],
    ["no principal", ({ headers: { "x-principal": _, ...headers }, ...signed }) => ({ ...signed, headers }), /was changed/],
    ["another request id", (signed) => withHeader(signed, "x-request-id", "r2"), /was changed/],
    ["another deadline", (signed) => withHeader(signed, "x-deadline", "9999999999999"), /was changed/],
    ["a moment", (signed) => withHeader(signed, "x-as-of", "2020-01-01T00:00:00Z"), /was changed/],
    ["a moment that is empty", (signed) => withHeader(signed, "x-as-of", ""), /was changed/],
    ["another idempotency key", (signed) => withHeader(signed, "x-idempotency", `${"b".repeat(64)} other`), /was changed/],
    ["another path", (signed) => ({ ...signed, path: "/graphql?a=b" }), /was changed/],
    ["another method", (signed) => ({ ...signed, method: "PUT" }), /was changed/],
    ["another caller's name", (signed) => withSignature(signed, (words) => ["customer", ...words.slice(1)]), /signed by no key of customer/],
    ["another time", (signed) => withSignature(signed, ([name, time, ...rest]) => [name!, String(Number(time) + 1), ...rest]), /was changed/],
    ["another nonce", (signed) => withSignature(signed, ([name, time, , ...rest]) => [name!, time!, newKey(), ...rest]), /was changed/],
    ["the hash of another body", (signed) => forgeBody(signed), /was changed/],
    ["no signature", ({ headers: { "x-signature": _, ...headers }, ...signed }) => ({ ...signed, headers }), /it is not signed/],
    ["a signature cut short", (signed) => withSignature(signed, (words) => words.slice(0, 4)), /its signature is no signature/],
  ];
  const withHeader = (signed: Call, name: string, value: string): Call => ({ ...signed, headers: { ...signed.headers, [name]: value } });
  const withSignature = (signed: Call, change: (words: string[]) => string[]): Call =>
    withHeader(signed, "x-signature", change(signed.headers["x-signature"]!.split(" ")).join(" "));
  const forgeBody = (signed: Call): Call => {
    const body = signed.body.replace("Signed", "Forged");
    return {
      ...withSignature(signed, ([name, time, nonce, , mac]) => [name!, time!, nonce!, createHash("sha256").update(body).digest("base64url"), mac!]),
      body,
    };
  };

  test.each(changes)("by %s", async (_, change, why) => {
    const more = { "x-deadline": String(Date.now() + 5_000), "x-idempotency": `${"a".repeat(64)} k${teams}` };
    await expectRefusal(change(sign(operation(create(), developer, more))), why);
  });

  test("whatever else a client's library says of its request", async () => {
    const more = { "content-type": "application/json; charset=utf-8", accept: "application/graphql-response+json" };
    const signed = () => sign(operation(create(), developer, more));
    await expectRefusal(withHeader(signed(), "x-principal", asHeader({ ...developer, subject: "mallory" })), /was changed/);
    await expectRefusal({ ...signed(), body: signed().body }, /its body is not the one that gateway signed/);
    await expectRefusal(sign(operation(create(), developer, more), { name: "customer" }), /customer may not ask it for more than references/);
    expect((await send(signed())).body.data.createTeam.problems).toEqual([]);
  });

  test("or meant for another subgraph", () => expectRefusal(sign(operation(create()), { subgraph: "customer" }), /was changed/));
});

describe("a caller", () => {
  const get = (path: string): Call => ({ ...operation(""), method: "GET", path, body: "" });
  const entities = "{ _entities(representations: []) { __typename } }";
  const exists: Call = { ...operation(""), path: "/exists", body: '{"ids":[]}' };

  test.each<[string, Call, Signing["name"] & string, RegExp]>([
    ["nobody knows", operation(create()), "nobody", /SUBGRAPH_KEYS names no caller nobody/],
    ["that may not ask for a ledger", get("/ledger?after=0"), "gateway", /gateway may not ask it for ledger/],
    ["that may not ask for its head", get("/head"), "customer", /customer may not ask it for ledger/],
    ["that may not ask what exists", exists, "gateway", /gateway may not ask it for existence/],
    ["that may not ask whom a principal stands for", get("/concern"), "insight", /insight may not ask it for concern/],
    ["that may not ask for a ledger, in capitals", get("/Ledger?after=0"), "gateway", /gateway asks for \/Ledger, which nobody answers/],
    ["that may not ask for a ledger, with a stroke at its end", get("/ledger/"), "customer", /customer asks for \/ledger\/, which nobody answers/],
    ["that may not ask what exists, in capitals", { ...exists, path: "/EXISTS" }, "gateway", /gateway asks for \/EXISTS, which nobody answers/],
    ["that may only ask for references, for a mutation", operation(create()), "customer", /customer may not ask it for more than references/],
    ["that may only ask for references, for a list", operation("{ teams { totalCount } }"), "insight", /insight may not ask it for more/],
    ["that may only ask for references, for a list beside them", operation(entities.replace("{ ", "{ teams { totalCount } ")), "insight", /more than/],
    ["that may only ask for references, by a fragment", operation("{ ...F } fragment F on Query { teams { totalCount } }"), "customer", /more than/],
    ["that may only ask for references, for the schema", operation("{ __schema { types { name } } }"), "customer", /more than references/],
    ["that may only ask for references, for what is no text", operation("{"), "customer", /more than references/],
    ["in the role of portfolios that is none", operation("{ __typename }", { ...developer, roles: ["portfolio"] }), "gateway", /not ask in the role of/],
  ])("%s is refused", (_, asked, name, why) => expectRefusal(sign(asked, { name }), why));

  test("with another's key is refused", () => expectRefusal(sign(operation(create()), { key: keys.insight }), /signed by no key of gateway/));

  test("without a key learns nothing: neither the SDL, nor the schema, nor what is served; whether it lives and is ready is open", async () => {
    for (const query of ["{ _service { sdl } }", "{ __schema { queryType { name } } }", "{"]) expect(await send(operation(query))).toEqual(REFUSAL);
    for (const where of ["/", "/head", "/ledger", "/nowhere", "/graphql"]) expect(await send(get(where))).toEqual(REFUSAL);
    expect(reached).toEqual([]);
    expect((await send(sign(operation("{ _service { sdl } }")))).body.data._service.sdl).toContain("type Team");
    const statuses = ["/livez", "/readyz"].map(async (where) => (await fetch(new URL(where, people.url))).status);
    expect(await Promise.all(statuses)).toEqual([200, 200]);
  });

  test("cannot fill the log", async () => {
    ahead += 1_000;
    for (let i = 0; i < 20; i++) await send(operation("{"));
    const told = log.mock.calls.length;
    expect(told).toBeGreaterThanOrEqual(1);
    expect(told).toBeLessThan(5);
  });
});

test("keys are exchanged without a restart: a second is taken, the one taken out is refused within 2 s, and nobody is let in by a broken file", async () => {
  const next = newKey();
  const asks = async (key: string) => (await send(sign(operation("{ __typename }"), { key }))).status;
  const stillSigned = async () => reachOverHttp("people", people.url, await Signer.open(keyring, "gateway")).execute({ query: "{ __typename }" }, call);
  const change = async (text: string) => {
    writeFileSync(file, text);
    await wait(2_050);
  };
  try {
    expect([await asks(keys.gateway), await asks(next)]).toEqual([200, 401]);
    await change(entry("gateway", "operations", keys.gateway, next) + insightAndCustomer);
    expect([await asks(keys.gateway), await asks(next)]).toEqual([200, 200]);
    await change(entry("gateway", "operations", next, keys.gateway) + insightAndCustomer);
    expect(await stillSigned()).toEqual({ data: { __typename: "Query" } });
    await change(entry("gateway", "operations", next) + insightAndCustomer);
    expect([await asks(keys.gateway), await asks(next)]).toEqual([401, 200]);
    expect(await stillSigned()).toEqual({ data: { __typename: "Query" } });
    await change("gateway: [");
    expect([await asks(keys.gateway), await asks(next)]).toEqual([401, 401]);
  } finally {
    await change(usual);
  }
  expect(await asks(keys.gateway)).toBe(200);
}, 120_000);

test("calls are remembered as long as they could come again, and refused rather than forgotten", async () => {
  const nonces = new Nonces(2);
  const at = 1_000_000_000;
  expect([nonces.take("a", at, at), nonces.take("a", at, at), nonces.take("b", at - 29_000, at)]).toEqual([true, false, true]);
  expect([nonces.take("c", at, at), nonces.take("b", at - 29_000, at + 1_000), nonces.take("c", at, at + 1_000)]).toEqual(["full", false, "full"]);
  // "b" could not come again any more; "a" can as long as it is half a minute old.
  expect([nonces.take("c", at + 7_000, at + 7_000), nonces.take("a", at, at + 30_000)]).toEqual([true, false]);

  const verifier = new Verifier(keyring, "people", new Nonces(1));
  const verify = (each: Call) => verifier.verify(each);
  await verify(sign(operation("{ a }")));
  const refusal = await verify(sign(operation("{ a }"))).catch((error: unknown) => error);
  expect(refusal).toBeInstanceOf(TemporaryFailure);
  expect((refusal as TemporaryFailure).code).toBe("OVERLOADED");
});

describe("a gateway", () => {
  const startAt = async (signer: Signer | undefined) => {
    const lines: string[] = [];
    const gateway = await startGateway({
      settings: readSettings({ PORT: "0" }),
      supergraph: { ...followFile("schema/supergraph.graphql"), readOperations: async () => [] },
      reach: (name) => reachGuarded(name, name === "people" ? people.url : "http://127.0.0.1:1/graphql", signer),
      log: (line) => void lines.push(line),
    });
    return { gateway, lines };
  };

  test("without keys reaches nothing, and its clients are not told why", async () => {
    const { gateway, lines } = await startAt(undefined);
    const { data, errors } = await askOverHttp(gateway.url, "{ teams { totalCount } }");
    await gateway.stop();
    expect({ data, errors }).toMatchObject({ data: null, errors: [{ extensions: { code: "SUBGRAPH_UNREACHABLE" } }] });
    expect(JSON.stringify(errors)).not.toMatch(/sign|key|401/i);
    expect(lines.join("\n")).toContain("subgraph people is out of reach: It does not let us in (401); its log says why. Compare SUBGRAPH_KEYS of both.");
    expect(reached).toEqual([]);
  });

  test("lets no header of a client's pass for its own", async () => {
    const { gateway } = await startAt(await Signer.open(keyring, "gateway"));
    const forged = {
      ...sign(operation("", { ...developer, subject: "mallory" })).headers,
      "x-deadline": "1",
      "x-idempotency": `${"a".repeat(64)} theirs`,
    };
    const query = create().replace("{ id }", "{ history { nodes { by } } }");
    const answers = [await askOverHttp(gateway.url, query, {}, forged), await askOverHttp(gateway.url, create(), {}, forged)];
    await gateway.stop();
    expect(answers.map(({ errors }) => errors)).toEqual([undefined, undefined]);
    expect(answers[0]!.data["createTeam"].team.history.nodes).toEqual([{ by: "developer" }]);
  });
});

describe("a subgraph's process", () => {
  beforeEach(() => void (ahead = 0));
  const environment = { DATA_DIR: path.join(folder, "data"), PORT: "0", SUBGRAPH_KEYS: file };

  test("does not start on another address without keys, nor with a file that holds none, none of its own, or what means nothing", async () => {
    expect(await runToEnd("start/subgraph.ts", ["people"], { ...environment, HOST: "0.0.0.0", SUBGRAPH_KEYS: "" })).toEqual({
      code: 2,
      output: "HOST is 0.0.0.0, but callers cannot be told apart: set SUBGRAPH_KEYS, or leave HOST at 127.0.0.1.",
    });
    await expect(Signer.open(keyring, "people")).rejects.toThrow("SUBGRAPH_KEYS names a file without keys of people; add them.");
    const wrong = async (text: string) => {
      const other = path.join(folder, "wrong.yaml");
      writeFileSync(other, text);
      return Keyring.open(other).catch((error: Error) => error.message.replace(other, "FILE"));
    };
    expect([await wrong("a: ["), await wrong("a: 1"), await wrong(entry("a", "operations", "short"))]).toEqual([
      "SUBGRAPH_KEYS names FILE, which holds no keys (it is no YAML); see docs/access.md.",
      "SUBGRAPH_KEYS names FILE, which holds no keys (it is no list); see docs/access.md.",
      "SUBGRAPH_KEYS names FILE, which holds no keys (the keys of a are not one or two texts of 32 to 200 letters); see docs/access.md.",
    ]);
    expect(await wrong(entry("a", "operations", newKey(), newKey(), newKey()))).toContain("the keys of a are not one or two");
    expect(await wrong(entry("a", "everything", newKey()))).toContain(
      "the calls of a are not a list of operations, references, ledger, state, existence, concern",
    );
    expect(await wrong(usual + usual)).toContain("it names gateway twice");
  }, 120_000);

  test("answers the signed and nobody else, with the keys that npm run keys makes", async () => {
    const made = path.join(folder, "made.yaml");
    const makeKeys = (...more: string[]) => runToEnd("start/keys.ts", [made, ...more], {});
    expect(await makeKeys()).toEqual({ code: 0, output: `${made} holds new keys; name it as SUBGRAPH_KEYS of the gateway and of every subgraph.` });
    expect(await makeKeys("--if-missing")).toEqual({ code: 0, output: `${made} is there and stays as it is.` });
    expect(await makeKeys()).toEqual({ code: 2, output: `The command line names ${made}, which is there; remove it first, or change its keys by hand.` });
    const part = await startPart("start/subgraph.ts", ["people"], { ...environment, SUBGRAPH_KEYS: made });
    try {
      const url = `${part.url}/graphql`;
      const ask = (signer: Signer | undefined) => reachOverHttp("people", url, signer).execute({ query: "{ teams { totalCount } }" }, call);
      expect(await ask(await Signer.open(await Keyring.open(made), "gateway"))).toEqual({ data: { teams: { totalCount: 0 } } });
      await expect(ask(await Signer.open(keyring, "gateway"))).rejects.toThrow("The people portfolio is out of reach");
      await expect(ask(undefined)).rejects.toThrow("The people portfolio is out of reach");
    } finally {
      await part.stop();
    }
  }, 120_000);
});
