/** Who is let in: tokens of an identity provider, service tokens, and personas on this machine only. */
import { createHash, randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import http from "node:http";
import { connect } from "node:net";
import os from "node:os";
import path from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, jest, test } from "@jest/globals";
import { SignJWT, exportJWK, generateKeyPair } from "jose";
import { readSettings } from "../../gateway/config.js";
import { startGateway } from "../../gateway/server.js";
import { followFile } from "../../gateway/supergraph.js";
import type { Service } from "../../transport/servers.js";
import { type TestPortfolios, call, openTestPortfolios } from "../support/graph.js";
import { runToEnd } from "../support/processes.js";

const folder = mkdtempSync(path.join(os.tmpdir(), "brm-identity-"));
const files = { keys: path.join(folder, "jwks.json"), tokens: path.join(folder, "tokens.yaml") };
const CREATE = 'mutation { createTeam(input: { code: "T", name: "T" }) { team { id history { nodes { by } } } problems { code } } }';
let portfolios: TestPortfolios;
const services: Service[] = [];
let written = 0;

/** Writes a file so that it is seen to have changed, however coarse the file system's clock. */
function write(file: string, text: string): void {
  writeFileSync(file, text);
  utimesSync(file, new Date(), new Date(Date.now() + ++written * 1_000));
}
async function serve(environment: Record<string, string>, log: string[] = []): Promise<string> {
  const settings = readSettings({ PORT: "0", ...environment });
  const service = await startGateway({ settings, supergraph: followFile("schema/supergraph.graphql"), reach: portfolios.reach, log: (line) => log.push(line) });
  services.push(service);
  return service.url;
}
async function ask(url: string, headers: Record<string, string>, query = "{ teams { totalCount } }"): Promise<{ status: number; body: any; headers: Headers }> {
  const response = await fetch(`${url}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify({ query }),
  });
  return { status: response.status, body: await response.json(), headers: response.headers };
}

beforeAll(async () => {
  portfolios = await openTestPortfolios();
}, 60_000);
afterAll(async () => {
  await Promise.all(services.map((service) => service.stop()));
  await portfolios.close();
  rmSync(folder, { recursive: true });
});

describe("JSON Web Tokens", () => {
  const pair = () => generateKeyPair("RS256", { extractable: true });
  const [first, second, stranger] = [pair(), pair(), pair()];
  const publish = async (keys: Record<string, Awaited<ReturnType<typeof pair>>>) =>
    write(
      files.keys,
      JSON.stringify({
        keys: await Promise.all(Object.entries(keys).map(async ([kid, { publicKey }]) => ({ ...(await exportJWK(publicKey)), kid, alg: "RS256" }))),
      }),
    );
  const token = async (key: ReturnType<typeof pair>, claims: Record<string, unknown> = {}, kid = "one") =>
    new SignJWT({ sub: "eva", roles: ["developer"], iss: "https://id.example", aud: "brm", exp: Math.floor(Date.now() / 1000) + 60, ...claims })
      .setProtectedHeader({ alg: "RS256", kid })
      .sign((await key).privateKey);
  const bearer = async (text: string | Promise<string>) => ({ authorization: `Bearer ${await text}` });
  let url: string;

  beforeAll(async () => {
    await publish({ one: await first });
    url = await serve({ JWKS: files.keys, JWT_ISSUER: "https://id.example", JWT_AUDIENCE: "brm" });
  });

  test("a good one is let in under its subject, whatever persona it asks for", async () => {
    const { status, body } = await ask(url, { ...(await bearer(token(first))), "x-persona": "CIO" }, CREATE);
    expect({ status, by: body.data.createTeam.team.history.nodes }).toEqual({ status: 200, by: [{ by: "eva" }] });
  });

  test("one without a role does nothing; the role of portfolios cannot be had", async () => {
    for (const roles of [[], ["portfolio"], ["king"], ["customer executive"]]) {
      const { body } = await ask(url, await bearer(token(first, { roles })));
      expect([roles, body.data, body.errors[0].extensions.code]).toEqual([roles, null, "FORBIDDEN"]);
    }
  });

  test.each<[string, () => Promise<Record<string, string>>]>([
    ["none", async () => ({})],
    ["of another key", () => bearer(token(stranger))],
    ["of another issuer", () => bearer(token(first, { iss: "https://other.example" }))],
    ["for another audience", () => bearer(token(first, { aud: "other" }))],
    ["that has expired", () => bearer(token(first, { exp: Math.floor(Date.now() / 1000) - 60 }))],
    ["without an end", () => bearer(token(first, { exp: undefined }))],
    ["without a subject", () => bearer(token(first, { sub: undefined }))],
    ["with the subject of a service token", () => bearer(token(first, { sub: "service billing" }))],
    ["with roles that are no list", () => bearer(token(first, { roles: "developer" }))],
    ["with customers that are no list", () => bearer(token(first, { customers: "cus_1" }))],
    ["with customers that are null", () => bearer(token(first, { customers: null }))],
    [
      "signed with the public key as a secret",
      async () => bearer(forged({ alg: "HS256", kid: "one" }, Buffer.from((await exportJWK((await first).publicKey)).n!))),
    ],
    ["without a signature", () => bearer(forged({ alg: "none" }, null))],
    ["that is no token", () => bearer("a.b.c")],
    ["of HTTP Basic", async () => ({ authorization: `Basic ${Buffer.from("eva:secret").toString("base64")}` })],
  ])("a token %s is refused with 401, and nothing is written", async (_, headers) => {
    const before = await portfolios.subgraph("people").head(call);
    const { status, body, headers: answered } = await ask(url, await headers(), CREATE);
    expect({ status, data: body.data, code: body.errors[0].extensions.code }).toEqual({ status: 401, data: undefined, code: "UNAUTHENTICATED" });
    expect(answered.get("www-authenticate")).toMatch(/^Bearer/);
    expect(await portfolios.subgraph("people").head(call)).toBe(before);
  });
  async function forged(header: object, secret: Uint8Array | null): Promise<string> {
    if (secret)
      return new SignJWT({ sub: "eva", roles: ["developer"], iss: "https://id.example", aud: "brm", exp: 9e9 })
        .setProtectedHeader(header as never)
        .sign(secret);
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
    return `${part(header)}.${part({ sub: "eva", roles: ["developer"], iss: "https://id.example", aud: "brm", exp: 9e9 })}.`;
  }

  test("keys are exchanged without a restart, in the file", async () => {
    await publish({ two: await second });
    await wait(2_100);
    expect((await ask(url, await bearer(token(second, {}, "two")))).status).toBe(200);
    expect((await ask(url, await bearer(token(first)))).status).toBe(401);
  });

  test("keys are exchanged without a restart, behind a URL", async () => {
    let keys: object = { keys: [{ ...(await exportJWK((await first).publicKey)), kid: "one", alg: "RS256" }] };
    const server = http.createServer((_request, response) => response.setHeader("content-type", "application/json").end(JSON.stringify(keys)));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    try {
      const at = await serve({
        JWKS: `http://127.0.0.1:${(server.address() as { port: number }).port}/`,
        JWT_ISSUER: "https://id.example",
        JWT_AUDIENCE: "brm",
      });
      expect((await ask(at, await bearer(token(first)))).status).toBe(200);
      keys = { keys: [{ ...(await exportJWK((await second).publicKey)), kid: "two", alg: "RS256" }] };
      await wait(2_100);
      expect((await ask(at, await bearer(token(second, {}, "two")))).status).toBe(200);
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });
});

describe("while an identity provider's keys cannot be had", () => {
  const REFUSED = { status: 401, message: "Tokens cannot be verified at present; try again.", code: "UNAUTHENTICATED" };
  const INVALID = { status: 401, message: "The token is not valid; get a new one.", code: "UNAUTHENTICATED" };
  const key = generateKeyPair("RS256", { extractable: true });
  const keySet = async () => JSON.stringify({ keys: [{ ...(await exportJWK((await key).publicKey)), kid: "one", alg: "RS256" }] });
  const identity = (keys: string) => ({ JWKS: keys, JWT_ISSUER: "https://id.example", JWT_AUDIENCE: "brm" });
  let authorization: string;
  const log: string[] = [];
  beforeAll(async () => {
    const claims = { sub: "eva", roles: ["developer"], iss: "https://id.example", aud: "brm", exp: Math.floor(Date.now() / 1000) + 600 };
    authorization = `Bearer ${await new SignJWT(claims).setProtectedHeader({ alg: "RS256", kid: "one" }).sign((await key).privateKey)}`;
  });
  const outcome = async (url: string) => {
    const { status, body } = await ask(url, { authorization });
    return body.data ? { status } : { status, message: body.errors[0].message, code: body.errors[0].extensions.code };
  };

  test("from their file, nobody is let in and operators are told once; they are as soon as it is whole again", async () => {
    write(files.keys, await keySet());
    const url = await serve(identity(files.keys), log);
    expect(await outcome(url)).toEqual({ status: 200 });
    for (const text of [
      "garbage",
      '{ "keys": 5 }',
      (await keySet()).slice(0, 100),
      '{ "keys": [{ "kty": "RSA", "kid": "one", "n": "x", "e": "AQAB" }] }',
      null,
    ]) {
      if (text === null) rmSync(files.keys);
      else write(files.keys, text);
      await wait(2_100);
      expect([text, await outcome(url)]).toEqual([text, REFUSED]);
    }
    expect(log).toEqual([expect.stringMatching(/^JWKS names \S+jwks\.json, whose keys cannot be had \(.+\): no token is taken until they can\.$/)]);
    write(files.keys, await keySet());
    expect(await outcome(url)).toEqual({ status: 200 });
  }, 60_000);

  test("from a URL, it is asked once for each request, and waited for no longer than three seconds", async () => {
    let answer: ((response: http.ServerResponse) => void) | undefined;
    let asked = 0;
    const server = http.createServer((_request, response) => (asked++, answer?.(response)));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    try {
      const url = await serve(identity(`http://127.0.0.1:${(server.address() as { port: number }).port}/`), log);
      for (const [trouble, badly] of Object.entries<typeof answer>({
        silence: undefined,
        "a cut connection": (response) => void response.destroy(),
        "a failure": (response) => void response.writeHead(500).end(),
        "no keys": (response) => void response.end("{}"),
      })) {
        answer = badly;
        expect([trouble, await outcome(url), asked]).toEqual([trouble, REFUSED, 1]);
        asked = 0;
      }
      const text = await keySet();
      answer = (response) => void response.end(text);
      expect(await outcome(url)).toEqual({ status: 200 });
    } finally {
      server.closeAllConnections();
      server.close();
    }
  }, 60_000);

  /** A provider that answers as it is told to, and a clock that stands still unless it is put forward: what a busy machine takes is no part of an age. */
  async function provide(
    body: (clock: (ms: number) => void, url: string, provider: { answer(response: http.ServerResponse): void; asked: number }) => Promise<void>,
  ) {
    const provider = { answer: (_: http.ServerResponse): void => undefined, asked: 0 };
    const server = http.createServer((_request, response) => (provider.asked++, provider.answer(response)));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    let now = Date.now();
    const clock = jest.spyOn(Date, "now").mockImplementation(() => now);
    try {
      await body((ms) => (now += ms), `http://127.0.0.1:${(server.address() as { port: number }).port}/`, provider);
    } finally {
      clock.mockRestore();
      server.closeAllConnections();
      server.close();
    }
  }

  test("from a URL: one that is taken away is refused soon where requests come, and after a quiet minute at once", () =>
    provide(async (forward, at, provider) => {
      const mine = await keySet();
      provider.answer = (response) => void response.end(mine);
      const url = await serve(identity(at), log);
      for (const quiet of [11_000, 61_000]) {
        provider.answer = (response) => void response.end(mine);
        forward(61_000);
        expect(await outcome(url)).toEqual({ status: 200 });
        const { asked } = provider;
        // No key but another's.
        const other = { ...(await exportJWK((await generateKeyPair("RS256", { extractable: true })).publicKey)), kid: "two", alg: "RS256" };
        provider.answer = (response) => void response.end(JSON.stringify({ keys: [other] }));
        forward(9_000);
        expect([await outcome(url), provider.asked]).toEqual([{ status: 200 }, asked]);
        forward(quiet);
        // Asked for behind this one, or before it.
        const first = await outcome(url);
        expect(first).toEqual(quiet < 60_000 ? { status: 200 } : INVALID);
        let then = first;
        while (then.status === 200) then = await outcome(url);
        expect([then, provider.asked]).toEqual([INVALID, asked + 1]);
      }
    }));

  test("from a URL that is slow, nobody waits; from one that is away, for five minutes nobody is kept out, and then everybody is", () =>
    provide(async (forward, at, provider) => {
      const mine = await keySet();
      provider.answer = (response) => void response.end(mine);
      const told: string[] = [];
      const url = await serve(identity(at), told);
      expect(await outcome(url)).toEqual({ status: 200 });
      let held: http.ServerResponse | undefined;
      provider.answer = (response) => void (held = response);
      forward(11_000);
      expect(await outcome(url)).toEqual({ status: 200 });
      expect(await outcome(url)).toEqual({ status: 200 });
      while (!held) await wait(5);
      expect(provider.asked).toBe(2);
      held.end(mine);
      await wait(100);
      provider.answer = (response) => void response.destroy();
      for (let minutes = 0; minutes < 4; minutes++) {
        forward(61_000);
        expect([minutes, await outcome(url)]).toEqual([minutes, { status: 200 }]);
      }
      expect(told).toEqual([
        expect.stringMatching(/^JWKS names \S+, whose keys cannot be had \(.+\): those it answered before are taken for five minutes, then none is\.$/),
      ]);
      forward(61_000);
      expect(await outcome(url)).toEqual(REFUSED);
      provider.answer = (response) => void response.end(mine);
      expect(await outcome(url)).toEqual({ status: 200 });
    }));

  test("because they are more than 256 KB, they are not read to their end", () =>
    provide(async (_forward, at, provider) => {
      const large = `{"keys":[],"more":"${"x".repeat(1_000_000)}"}`;
      let sent = 0;
      provider.answer = (response) => {
        const send = (): void => {
          while (!response.destroyed && response.write(large)) sent += large.length;
          sent += large.length;
        };
        response.on("drain", send);
        send();
      };
      const told: string[] = [];
      expect(await outcome(await serve(identity(at), told))).toEqual(REFUSED);
      expect(told).toEqual([expect.stringContaining("cannot be had (they are more than 262144 bytes): no token is taken until they can.")]);
      const file = path.join(folder, "large.json");
      write(file, large);
      await expect(serve(identity(file))).rejects.toThrow("which holds no keys (they are more than 262144 bytes); name a JSON Web Key Set.");
      await wait(200);
      const then = sent;
      await wait(200);
      expect(sent).toBe(then);
    }));

  test("as a process starts, it does not: the file that is named holds none", async () => {
    const file = path.join(folder, "none.json");
    await expect(serve(identity(file))).rejects.toThrow(/^JWKS names \S+none\.json, which holds no keys \(ENOENT.+\); name a JSON Web Key Set\.$/);
    write(file, "{}");
    await expect(serve(identity(file))).rejects.toThrow("which holds no keys (JSON Web Key Set malformed); name a JSON Web Key Set.");
  });
});

describe("Service tokens", () => {
  const secret = randomBytes(32).toString("base64url");
  const entry = (expires: string) =>
    `- { name: excel, sha256: ${createHash("sha256").update(secret).digest("hex")}, roles: [developer], expires: "${expires}" }\n`;
  const basic = (name: string, password: string) => ({ authorization: `Basic ${Buffer.from(`${name}:${password}`).toString("base64")}` });
  let url: string;

  test("they are let in as bearer tokens and by HTTP Basic, under their name; others are not", async () => {
    write(files.tokens, entry("2100-01-01T00:00:00Z"));
    url = await serve({ SERVICE_TOKENS: files.tokens });
    const { body } = await ask(url, basic("excel", secret), CREATE.replace('"T"', '"T2"'));
    expect(body.data.createTeam.team.history.nodes).toEqual([{ by: "service excel" }]);
    expect((await ask(url, { authorization: `Bearer ${secret}` })).status).toBe(200);
    for (const headers of [basic("word", secret), basic("excel", `${secret}x`), { authorization: "Bearer x" }, { authorization: secret }, {}])
      expect((await ask(url, headers as Record<string, string>)).status).toBe(401);
  });

  test("one that is taken out of the file, or has expired, is refused within five seconds", async () => {
    write(files.tokens, entry("2020-01-01T00:00:00Z"));
    await wait(2_100);
    expect(await ask(url, basic("excel", secret))).toMatchObject({
      status: 401,
      body: { errors: [{ message: "The service token has expired; ask for a new one." }] },
    });
    write(files.tokens, entry("2100-01-01T00:00:00Z"));
    await wait(2_100);
    expect((await ask(url, basic("excel", secret))).status).toBe(200);
    write(files.tokens, "[]\n");
    await wait(2_100);
    expect((await ask(url, basic("excel", secret))).status).toBe(401);
  });

  test("a request that says twice who is asking is refused, whoever the one or the other is", async () => {
    write(files.tokens, entry("2100-01-01T00:00:00Z"));
    const at = await serve({ SERVICE_TOKENS: files.tokens });
    const good = `Authorization: Bearer ${secret}`;
    const others = ["authorization: Bearer x", "AUTHORIZATION:", good, `Authorization: Basic ${Buffer.from(`excel:${secret}`).toString("base64")}`];
    const body = JSON.stringify({ query: CREATE.replace('"T"', '"T3"') });
    const send = async (...lines: string[]) => {
      const { hostname, port } = new URL(at);
      const socket = connect(Number(port), hostname);
      const head = ["POST /graphql HTTP/1.1", "host: localhost", "connection: close", "content-type: application/json", `content-length: ${body.length}`];
      socket.write([...head, ...lines, "", body].join("\r\n"));
      let answer = "";
      for await (const piece of socket) answer += (piece as Buffer).toString();
      return answer;
    };
    const before = await portfolios.subgraph("people").head(call);
    for (const other of others)
      for (const lines of [
        [good, other],
        [other, "x-between: y", good],
      ]) {
        const answer = await send(...lines);
        expect([lines, answer.split("\r\n", 1)[0], answer]).toEqual([lines, "HTTP/1.1 401 Unauthorized", expect.stringContaining(TWICE)]);
      }
    expect(await portfolios.subgraph("people").head(call)).toBe(before);
    expect(await send(good)).toContain('"by":"service excel"');
  });
  const TWICE = '"message":"Say who you are once: the request has several Authorization headers."';

  test("a file with a token that says customers, and names none, is not taken: it would see all", async () => {
    const file = path.join(folder, "unfinished.yaml");
    write(file, entry("2100-01-01T00:00:00Z").replace(" }", ", customers: }"));
    await expect(serve({ SERVICE_TOKENS: file })).rejects.toThrow("(excel names no customers after the word; name some, or leave it out)");
  });
});

describe("Personas", () => {
  test("callers on this machine say who they are; who says nothing is the developer", async () => {
    const url = await serve({});
    const signs = async (headers: Record<string, string>) =>
      (await ask(url, headers, CREATE.replace('"T"', `"P${++written}"`))).body.errors?.[0].extensions.code ?? "written";
    expect(await signs({})).toBe("written");
    expect(await signs({ "x-persona": "developer" })).toBe("written");
    expect(await signs({ "x-persona": "CIO" })).toBe("FORBIDDEN");
    expect(await signs({ "x-persona": "customer executive", "x-customers": "" })).toBe("FORBIDDEN");
    expect((await ask(url, { "x-persona": "portfolio" })).status).toBe(401);
    const { personas } = (await (await fetch(`${url}/personas`)).json()) as { personas: { role: string }[] };
    expect(personas.map(({ role }) => role)).toContain("relationship manager");
  });

  test("a name of another place that was turned to this machine is refused", async () => {
    const url = new URL(await serve({}));
    const status = await new Promise<number>((resolve, reject) => {
      const request = http.request(
        { host: url.hostname, port: url.port, path: "/graphql", method: "POST", headers: { host: "evil.example", "content-type": "application/json" } },
        (response) => {
          response.resume();
          resolve(response.statusCode!);
        },
      );
      request.once("error", reject);
      request.end('{"query":"{ __typename }"}');
    });
    expect(status).toBe(401);
  });

  test("another address is refused as long as callers cannot be told apart", async () => {
    await expect(serve({ HOST: "0.0.0.0" })).rejects.toThrow(
      "HOST is 0.0.0.0, but callers cannot be told apart: set JWKS or SERVICE_TOKENS, or leave HOST at 127.0.0.1.",
    );
    const embedded = await runToEnd("start/embedded.ts", [], { HOST: "0.0.0.0", PORT: "0", PERSONAS: "container", DATA_DIR: path.join(folder, "data") });
    expect(embedded).toEqual({ code: 2, output: "HOST is 0.0.0.0, but callers cannot be told apart: set JWKS or SERVICE_TOKENS, or leave HOST at 127.0.0.1." });
  }, 60_000);
});
