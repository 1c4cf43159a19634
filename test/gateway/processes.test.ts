import { afterEach, expect, test } from "@jest/globals";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import os from "node:os";
import path from "node:path";
import { ask, startFederation, type Federation } from "./federations.js";
import { authors, binding, books } from "./library.js";

const children: ChildProcess[] = [];
let federation: Federation | undefined;
afterEach(async () => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
  await federation?.stop();
  federation = undefined;
});

interface Run {
  readonly child: ChildProcess;
  readonly out: () => string;
  readonly err: () => string;
}

/** Starts `gateway/main.ts` as `npm run gateway` does. */
function run(args: string[], environment: Record<string, string> = {}): Run {
  const { PATH, HOME } = process.env;
  const child = spawn(process.execPath, ["--import", "tsx", "gateway/main.ts", ...args], { env: { PATH, HOME, ...environment } });
  children.push(child);
  let out = "";
  let err = "";
  child.stdout.on("data", (chunk) => (out += chunk));
  child.stderr.on("data", (chunk) => (err += chunk));
  return { child, out: () => out, err: () => err };
}

async function end({ child, out, err }: Run): Promise<{ code: number | null; out: string; err: string }> {
  if (child.exitCode === null && child.signalCode === null) await once(child, "close");
  return { code: child.exitCode, out: out(), err: err() };
}

async function waitForUrl({ child, out, err }: Run): Promise<string> {
  while (!out().includes("\n")) {
    if (child.exitCode !== null) throw new Error(err());
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return /http:\S+\/graphql/.exec(out())![0];
}

test.each(["SIGTERM", "SIGINT"] as const)(
  "serves any supergraph over HTTP until %s",
  async (signal) => {
    federation = await startFederation([books, authors, binding]);
    const gateway = run(["--supergraph", federation.file, "--port", "0"]);
    const url = await waitForUrl(gateway);
    expect((await ask(url, "{ book(isbn: 2) { title spine author { name } } }")).body).toEqual({
      data: { book: { title: "Bumi Manusia", spine: 26.75, author: { name: "Pramoedya Ananta Toer" } } },
    });
    const under = ask(url, "{ slow(ms: 400) }");
    await new Promise((resolve) => setTimeout(resolve, 150));
    gateway.child.kill(signal);
    expect((await under).body).toEqual({ data: { slow: 400 } });
    const origin = url.replace("/graphql", "");
    expect(await end(gateway)).toEqual({ code: 0, out: `The graph is served at ${url}, its playground at ${origin}/\n`, err: "" });
  },
  30_000,
);

test("says in one sentence what keeps it from starting, and exits 2", async () => {
  federation = await startFederation([books, authors]);
  const taken = createServer().listen(0, "127.0.0.1");
  await once(taken, "listening");
  const { port } = taken.address() as { port: number };
  const broken = `${federation.file}.broken`;
  await writeFile(broken, "type Query { books: Int }");
  // It shows only when the planner is made.
  const corrupted = `${federation.file}.corrupted`;
  const text = await readFile(federation.file, "utf8");
  await writeFile(corrupted, text.replace(/(type Author[^{]*)@join__type\(graph: BOOKS[^)]*\)/, "$1"));
  const cases: [Run, string][] = [
    [
      run(["--supergraph", federation.file], { PORT: String(port) }),
      `PORT ${port} on 127.0.0.1 is taken; stop what listens there or set PORT to a free one.\n`,
    ],
    [
      run(["--supergraph", federation.file, "--port", "0"], { HOST: "203.0.113.1" }),
      "HOST is 203.0.113.1, but callers cannot be told apart: set JWKS or SERVICE_TOKENS, or leave HOST at 127.0.0.1.\n",
    ],
    [
      run(["--supergraph", federation.file, "--port", "0"], { HOST: "203.0.113.1", PERSONAS: "container" }),
      "HOST 203.0.113.1 is not an address of this machine; set HOST to one of its own, such as 127.0.0.1 or 0.0.0.0.\n",
    ],
    [run([], { SUPERGRAPH: "nowhere.graphql" }), "SUPERGRAPH names nowhere.graphql, which cannot be read (ENOENT); name a supergraph file.\n"],
    [run(["--supergraph", broken]), `SUPERGRAPH names ${broken}, which cannot be served (it names no subgraphs); compose it anew.\n`],
    [
      run(["--supergraph", corrupted]),
      `SUPERGRAPH names ${corrupted}, which cannot be served (Unexpected error extracting subgraphs from the supergraph: this is either a bug, or the supergraph has been corrupted); compose it anew.\n`,
    ],
    [run(["--port", "x"]), '--port is "x"; write a whole number from 0 to 65535.\n'],
  ];
  for (const [gateway, err] of cases) expect(await end(gateway)).toEqual({ code: 2, out: "", err });
  taken.close();
}, 60_000);

/** What threads of a process but the first do before their program: they find a package missing when they ask for it, or fail at once. */
const lateFailure = `
  const Module = require("node:module");
  const resolve = Module._resolveFilename;
  Module._resolveFilename = function (request, ...others) {
    if (request === "@apollo/query-planner") throw new Error("Cannot find module '" + request + "'\\nRequire stack: none");
    return resolve.call(this, request, ...others);
  };`;
const failure = `throw new Error("no room for it");`;

test.each([
  ["misses a package", lateFailure, "Cannot find module '@apollo/query-planner'"],
  ["fails before anybody listens to it", failure, "no room for it"],
])(
  "where the planner's thread %s, that is one sentence and exit code 2",
  async (_, code, why) => {
    federation = await startFederation([books, authors]);
    const folder = await mkdtemp(path.join(os.tmpdir(), "brm-threads-"));
    const preload = path.join(folder, "preload.cjs");
    await writeFile(preload, `if (require("node:worker_threads").parentPort) {${code}}`);
    const err = `The planner's thread ended before it could plan (${why}); install what is missing by npm ci, and see that the process may start threads.\n`;
    expect(await end(run(["--supergraph", federation.file, "--port", "0"], { NODE_OPTIONS: `--require ${preload}` }))).toEqual({ code: 2, out: "", err });
    await rm(folder, { recursive: true });
  },
  60_000,
);
