import path from "node:path";
import { expect, test } from "@jest/globals";
import { readSettings } from "../../gateway/config.js";
import { SettingError } from "../../transport/settings.js";

test("serves locally, for everybody to develop with, when nothing is set", () => {
  const settings = {
    host: "127.0.0.1",
    port: 4000,
    supergraph: path.resolve("schema/supergraph.graphql"),
    corsOrigins: [],
    principal: { subject: "developer", roles: ["developer"], customers: null },
    policy: path.resolve("schema/policy.yaml"),
    hiddenFields: "null",
    personas: "loopback",
    documents: { trust: "off" },
    requestLog: "problems",
    budgets: { allowance: { capacity: 1_000_000_000, perSecond: 50_000_000 }, tells: false },
    keptBytes: 0,
    batchOperations: 0,
    deadline: 10,
    stopDelay: 0,
  };
  expect(readSettings({})).toEqual(settings);
  expect(readSettings({ HOST: "", PORT: "", SUPERGRAPH: "", SUBGRAPH_URL: "", CORS_ORIGINS: "", DEVELOPMENT_PRINCIPAL: "", STOP_DELAY: "" })).toEqual(settings);
});

test("reads the environment, and arguments before it", () => {
  const environment = {
    HOST: "0.0.0.0",
    PORT: "8080",
    SUPERGRAPH: "a.graphql",
    SUBGRAPH_URL: "http://{name}:{port}/graphql",
    CORS_ORIGINS: " https://a.example ,http://localhost:3000,",
    DEVELOPMENT_PRINCIPAL: '{"subject":"eva","roles":[],"customers":["cus_1"],"admin":true}',
    POLICY: "rights.yaml",
    HIDDEN_FIELDS: "refuse",
    TRUSTED_DOCUMENTS: "enforce",
    TRUSTED_DOCUMENTS_FILE: "documents.json",
    REQUEST_LOG: "all",
    POINTS: "5000",
    POINTS_PER_SECOND: "10",
    REDIS_URL: "rediss://:secret@redis.example:6380/2",
    COST_EXTENSION: "on",
    RESPONSE_CACHE: "2",
    BATCH_OPERATIONS: "20",
    DEADLINE: "3",
    STOP_DELAY: "5",
  };
  expect(readSettings(environment)).toEqual({
    host: "0.0.0.0",
    port: 8080,
    supergraph: "a.graphql",
    subgraphUrl: "http://{name}:{port}/graphql",
    corsOrigins: ["https://a.example", "http://localhost:3000"],
    principal: { subject: "eva", roles: [], customers: ["cus_1"] },
    policy: "rights.yaml",
    hiddenFields: "refuse",
    personas: "loopback",
    requestLog: "all",
    documents: { trust: "enforce", file: "documents.json" },
    redis: "rediss://:secret@redis.example:6380/2",
    budgets: { allowance: { capacity: 5000, perSecond: 10 }, tells: true },
    keptBytes: 2 * 1024 * 1024,
    batchOperations: 20,
    deadline: 3,
    stopDelay: 5,
  });
  expect(readSettings(environment, ["--port", "0", "--supergraph=b.graphql"])).toMatchObject({ port: 0, supergraph: "b.graphql" });
  expect(readSettings({ CORS_ORIGINS: "*" }).corsOrigins).toBe("*");
  expect(readSettings({ POINTS: "off" }).budgets).toEqual({ allowance: null, tells: false });
});

test.each<[Record<string, string>, string[], string]>([
  [{ PORT: "http" }, [], 'PORT is "http"; write a whole number from 0 to 65535.'],
  [{ HIDDEN_FIELDS: "empty" }, [], 'HIDDEN_FIELDS is "empty"; write null or refuse.'],
  [{ TRUSTED_DOCUMENTS: "on" }, [], 'TRUSTED_DOCUMENTS is "on"; write off or warn or enforce.'],
  [{ PORT: "65536" }, [], 'PORT is "65536"; write a whole number from 0 to 65535.'],
  [{ PORT: "-1" }, [], 'PORT is "-1"; write a whole number from 0 to 65535.'],
  [{}, ["--port", "4k"], '--port is "4k"; write a whole number from 0 to 65535.'],
  [{}, ["--prot", "4000"], "The command line takes --supergraph FILE and --port N and nothing else."],
  [{}, ["--port"], "The command line takes --supergraph FILE and --port N and nothing else."],
  [{}, ["a.graphql"], "The command line takes --supergraph FILE and --port N and nothing else."],
  [{ POINTS: "0" }, [], 'POINTS is "0"; write a whole number from 1 to 999999999999, or off.'],
  [{ POINTS: "none" }, [], 'POINTS is "none"; write a whole number from 1 to 999999999999, or off.'],
  [{ POINTS_PER_SECOND: "1.5" }, [], 'POINTS_PER_SECOND is "1.5"; write a whole number from 1 to 999999999999.'],
  [{ COST_EXTENSION: "yes" }, [], 'COST_EXTENSION is "yes"; write off or on.'],
  ...["localhost:6379", "http://:secret@redis", "redis"].map((url): [Record<string, string>, string[], string] => [
    { REDIS_URL: url },
    [],
    "REDIS_URL is no URL of a Redis server; write one such as redis://127.0.0.1:6379.",
  ]),
  [{ RESPONSE_CACHE: "on" }, [], 'RESPONSE_CACHE is "on"; write a whole number from 0 to 1024.'],
  [{ DEADLINE: "0" }, [], 'DEADLINE is "0"; write a whole number from 1 to 25.'],
  [{ DEADLINE: "26" }, [], 'DEADLINE is "26"; write a whole number from 1 to 25.'],
  [{ STOP_DELAY: "301" }, [], 'STOP_DELAY is "301"; write a whole number from 0 to 300.'],
  [
    { CORS_ORIGINS: "https://a.example/" },
    [],
    'CORS_ORIGINS holds "https://a.example/"; write origins such as https://example.com, separated by commas, or * alone.',
  ],
  [{ CORS_ORIGINS: "*,https://a.example" }, [], 'CORS_ORIGINS holds "*"; write origins such as https://example.com, separated by commas, or * alone.'],
  [{ CORS_ORIGINS: "null" }, [], 'CORS_ORIGINS holds "null"; write origins such as https://example.com, separated by commas, or * alone.'],
  ...["http://localhost:4001/graphql", "{name}/graphql", "ftp://{name}", "http://{name}:{prot}/"].map(
    (template): [Record<string, string>, string[], string] => [
      { SUBGRAPH_URL: template },
      [],
      `SUBGRAPH_URL is "${template}"; write an http or https URL with {name}, {port} or both, such as http://{name}:{port}/graphql.`,
    ],
  ),
  ...["eva", '{"subject":"eva"}', '{"subject":"","roles":[],"customers":null}', '{"subject":"eva","roles":"all","customers":null}'].map(
    (principal): [Record<string, string>, string[], string] => [
      { DEVELOPMENT_PRINCIPAL: principal },
      [],
      'DEVELOPMENT_PRINCIPAL is not a principal; write JSON such as {"subject":"developer","roles":["developer"],"customers":null}.',
    ],
  ),
])("says what is wrong with %j %j", (environment, args, message) => {
  expect(() => readSettings(environment, args)).toThrow(SettingError);
  expect(() => readSettings(environment, args)).toThrow(message);
});
