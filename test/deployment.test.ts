/** The image and the compose file, read where no container engine is at hand: they name what exists, and agree with the sources. */
import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import http from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { expect, test } from "@jest/globals";
import { parse } from "yaml";
import { readSettings } from "../gateway/config.js";
import { readDatabaseSettings } from "../subgraphs/kernel/settings.js";
import { projectFolder } from "../transport/project.js";
import { ports } from "../subgraphs/list.js";

interface Service {
  readonly build?: string;
  readonly image?: string;
  readonly command?: readonly string[];
  readonly restart?: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly healthcheck?: {
    readonly test?: readonly string[];
    readonly disable?: boolean;
    readonly interval?: string;
    readonly timeout?: string;
    readonly retries?: number;
    readonly start_period?: string;
  };
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
}
const inProject = (file: string): string => path.join(projectFolder, file);
const compose = parse(readFileSync(inProject("docker-compose.yml"), "utf8"), { merge: true, strict: true, uniqueKeys: true }) as {
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes: Readonly<Record<string, unknown>>;
};
const { services } = compose;
const names = Object.keys(ports);
const parts = [...names, "gateway"];
/** The keys that calls are signed with are made before anything is started that needs them. */
const made = { keys: { condition: "service_completed_successfully" } };
const healthy = (others: readonly string[]) => Object.fromEntries(others.map((other) => [other, { condition: "service_healthy" }]));

/** The source that a compiled program comes from. */
const sourceOf = (program: string): string => program.replace(/^dist\//, "").replace(/\.js$/, ".ts");

test("The services are MySQL, a process for each subgraph, the gateway, the sample and what makes keys", () => {
  expect(Object.keys(services).sort()).toEqual([...parts, "keys", "mysql", "sample"].sort());
  const known = ["build", "command", "depends_on", "environment", "healthcheck", "image", "ports", "restart", "volumes"];
  for (const service of Object.values(services)) expect(Object.keys(service).filter((key) => !known.includes(key))).toEqual([]);
});

test.each(parts)("%s is built here, runs a program that exists, says when it is ready, and comes back", (name) => {
  const { build, command = [], restart, healthcheck, environment = {}, ...rest } = services[name]!;
  expect(build).toBe(".");
  expect(command.slice(0, 1)).toEqual(["node"]);
  expect(command.slice(1)).toEqual(name === "gateway" ? ["dist/gateway/main.js"] : ["dist/start/subgraph.js", name]);
  expect(existsSync(inProject(sourceOf(command[1]!)))).toBe(true);
  expect(restart).toBe("unless-stopped");
  expect(healthcheck).toMatchObject({
    test: ["CMD", "node", "-e", expect.stringContaining("/readyz")],
    interval: expect.stringMatching(/^\d+s$/),
    timeout: expect.stringMatching(/^\d+s$/),
    retries: expect.any(Number),
  });
  expect(rest.depends_on).toEqual(name === "gateway" ? healthy(names) : { ...made, ...healthy(["mysql"]) });
  expect(rest.volumes).toEqual(["keys:/app/keys:ro"]);
  expect(environment).toMatchObject({
    SUBGRAPH_KEYS: "/app/keys/callers.yaml",
    HOST: "0.0.0.0",
    PORT: String(name === "gateway" ? 4000 : ports[name]),
    SUBGRAPH_URL: "http://{name}:{port}/graphql",
  });
  expect(environment["DATABASE_URL"]).toMatch(/^mysql:\/\/.*@mysql:3306\/\{portfolio\}$/);
  expect(readDatabaseSettings({ DATABASE_URL: environment["DATABASE_URL"]?.replace(/\$\{\w+:-(\w+)\}/, "$1") })).toMatchObject({
    url: "mysql://root:brm@mysql:3306/{portfolio}",
  });
  expect(readSettings(environment)).toMatchObject({ host: "0.0.0.0", port: Number(environment["PORT"]), subgraphUrl: environment["SUBGRAPH_URL"] });
});

test("Each part listens on a port of its own; only the gateway is reached from outside, and only from this machine", () => {
  const listening = parts.map((name) => services[name]!.environment!["PORT"]);
  expect(new Set(listening).size).toBe(parts.length);
  expect(Object.entries(services).flatMap(([name, { ports: published }]) => (published ?? []).map((port) => `${name} ${port}`))).toEqual([
    "gateway 127.0.0.1:4000:4000",
  ]);
});

test("MySQL is a fixed version, keeps its data, and says when it is ready; all use one password", () => {
  const { image, volumes = [], environment = {}, healthcheck } = services["mysql"]!;
  expect(image).toMatch(/^mysql:\d+\.\d+$/);
  expect(volumes).toEqual(["mysql:/var/lib/mysql"]);
  expect(compose.volumes).toHaveProperty("mysql");
  expect(healthcheck?.test?.join(" ")).toContain("mysqladmin ping");
  const password = environment["MYSQL_ROOT_PASSWORD"]!;
  expect(password).toMatch(/^\$\{MYSQL_ROOT_PASSWORD:-\w+\}$/);
  for (const name of [...parts, "sample"]) expect(services[name]!.environment!["DATABASE_URL"]).toContain(`root:${password}@mysql`);
});

test("Keys are made once, into a volume of their own that all others only read; none is written here", () => {
  const { command = [], restart, healthcheck, depends_on, volumes, environment = {} } = services["keys"]!;
  expect(command).toEqual(["node", "dist/start/keys.js", environment["SUBGRAPH_KEYS"], "--if-missing"]);
  expect(existsSync(inProject(sourceOf(command[1]!)))).toBe(true);
  expect({ restart, healthcheck, depends_on, volumes }).toEqual({ restart: "no", healthcheck: { disable: true }, depends_on: {}, volumes: ["keys:/app/keys"] });
  expect(compose.volumes).toHaveProperty("keys");
  expect(textOf("RUN")).toContain("mkdir data keys");
});

test("The sample is told once, when everything is up, and only into empty databases", () => {
  const { command = [], restart, healthcheck, depends_on } = services["sample"]!;
  expect(command).toEqual(["node", "dist/sample/main.js", "--if-empty"]);
  const source = readFileSync(inProject(sourceOf(command[1]!)), "utf8");
  expect(source).toContain("if-empty");
  expect({ restart, healthcheck, depends_on }).toEqual({ restart: "no", healthcheck: { disable: true }, depends_on: healthy(["gateway"]) });
});

test("The health check passes on a ready part and fails on one that is not, or not there", async () => {
  const [, program = "", ...args] = services["gateway"]!.healthcheck!.test!;
  const check = (port: number) =>
    new Promise<number>((resolve) => {
      execFile(program === "node" ? process.execPath : program, args, { env: { ...process.env, NODE_OPTIONS: "", PORT: String(port) } }, (error) =>
        resolve(error ? Number(error.code) : 0),
      );
    });
  const server = http.createServer((request, response) => response.writeHead(request.url === "/readyz" ? status : 404).end());
  let status = 200;
  const port = await new Promise<number>((resolve) => server.listen(0, "127.0.0.1", () => resolve((server.address() as AddressInfo).port)));
  expect(await check(port)).toBe(0);
  status = 503;
  expect(await check(port)).toBe(1);
  await new Promise((resolve) => server.close(resolve));
  expect(await check(port)).toBe(1);
});

// --- the image ---

const instructions = readFileSync(inProject("Dockerfile"), "utf8")
  .split("\n")
  .filter((line) => line.trim() && !line.startsWith("#"))
  .map((line) => {
    const [word = "", ...rest] = line.split(/\s+/);
    return { word, rest, text: rest.join(" ") };
  });
const lastStage = instructions.slice(instructions.findLastIndex(({ word }) => word === "FROM"));
const textOf = (word: string): string | undefined => lastStage.findLast((instruction) => instruction.word === word)?.text;

test("The image runs as an ordinary user, who owns the data folder", () => {
  expect(textOf("USER")).toBe("node");
  expect(lastStage.findIndex(({ word }) => word === "USER")).toBeGreaterThan(lastStage.findLastIndex(({ word }) => word === "COPY" || word === "RUN"));
  expect(textOf("RUN")).toContain("chown node:node data");
  expect(textOf("VOLUME")).toBe("/app/data");
});

test("The image starts what exists, on a Node the package allows", () => {
  const command = JSON.parse(textOf("CMD")!) as string[];
  expect(command).toEqual(["node", "dist/start/embedded.js"]);
  expect(existsSync(inProject(sourceOf(command[1]!)))).toBe(true);
  const images = instructions.filter(({ word }) => word === "FROM").map(({ rest }) => rest[0]!);
  expect(new Set(images).size).toBe(1);
  const { engines } = JSON.parse(readFileSync(inProject("package.json"), "utf8")) as { engines: { node: string } };
  expect(Number(/^node:(\d+)/.exec(images[0]!)?.[1])).toBeGreaterThanOrEqual(Number(/\d+/.exec(engines.node)?.[0]));
});

test("Whatever the image copies is there, or made by its build", () => {
  const made = ["node_modules", "dist", "gateway/playground/public"];
  const copies = instructions.filter(({ word }) => word === "COPY").map(({ rest }) => rest.filter((word) => !word.startsWith("--")).slice(0, -1));
  const sources = copies.flat().map((source) => source.replace(/^\/app\//, ""));
  expect(sources.length).toBeGreaterThan(8);
  expect(sources.filter((source) => !made.includes(source) && !existsSync(inProject(source)))).toEqual([]);
  expect(sources).toEqual(expect.arrayContaining(["dist", "schema", "gateway/playground/public", "sample/story", "import/mappings"]));
  const { scripts } = JSON.parse(readFileSync(inProject("package.json"), "utf8")) as { scripts: Record<string, string> };
  expect(instructions.find(({ text }) => text.includes("npm run build"))?.word).toBe("RUN");
  expect(scripts["build"]).toMatch(/derive.*tsc.*vite build/);
});

test("What was built here stays out of the image: it builds its own", () => {
  const ignored = readFileSync(inProject(".dockerignore"), "utf8").split("\n").filter(Boolean);
  expect(ignored).toEqual(expect.arrayContaining(["node_modules", "dist", "data", ".git", "schema/generated", "gateway/playground/public"]));
});
