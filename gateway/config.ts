import path from "node:path";
import { parseArgs } from "node:util";
import { parsePrincipal } from "../transport/headers.js";
import { projectFolder } from "../transport/project.js";
import { SettingError } from "../transport/settings.js";
import type { Principal } from "../transport/subgraph.js";
import { DEVELOPMENT_PRINCIPAL } from "./principals.js";
import type { BudgetSettings } from "./budgets/budgets.js";
import type { RequestLog } from "./records.js";
import type { DocumentSettings } from "./security/documents.js";
import type { HiddenFields } from "./security/guard.js";
import { type JwtSettings, readJwtSettings } from "./security/identity/jwtSettings.js";
import { checkTemplate } from "./supergraph.js";

/** What a gateway is told from outside. */
export interface Settings {
  /** Address to listen on: HOST, 127.0.0.1. */
  readonly host: string;
  /** Port to listen on, 0 being any free one: PORT or --port, 4000. */
  readonly port: number;
  /** Path of the supergraph file: SUPERGRAPH or --supergraph, schema/supergraph.graphql. */
  readonly supergraph: string;
  /** Template that overrides the subgraphs' URLs in the supergraph, `{name}` and `{port}` standing for theirs: SUBGRAPH_URL. */
  readonly subgraphUrl?: string;
  /** Path of the file of keys that calls of subgraphs are signed with: SUBGRAPH_KEYS. */
  readonly subgraphKeys?: string;
  /** URL of the Redis in which gateways share budgets, and replicas of a subgraph which writes came: REDIS_URL; each is alone without. */
  readonly redis?: string;
  /** Origins whose pages may ask, `*` being all: CORS_ORIGINS; none is the gateway's own. */
  readonly corsOrigins: readonly string[] | "*";
  /** Who is asking where callers cannot be told apart and name no persona: DEVELOPMENT_PRINCIPAL, JSON of subject, roles and customers. */
  readonly principal: Principal;
  /** Path of the file that says who may read and write what: POLICY, schema/policy.yaml. */
  readonly policy: string;
  /** What is done with a field that may not be read: null and an error at its path, or refuse the operation: HIDDEN_FIELDS, null. */
  readonly hiddenFields: HiddenFields;
  /** How an identity provider's tokens are verified: JWKS, JWT_ISSUER, JWT_AUDIENCE, JWT_ALGORITHMS. */
  readonly jwt?: JwtSettings;
  /** Path of the file of service tokens: SERVICE_TOKENS. */
  readonly serviceTokens?: string;
  /** Where callers may say themselves who they are, as long as there are neither: on loopback addresses, or in a container whose port is published there: PERSONAS. */
  readonly personas: "loopback" | "container";
  /** Operations that clients may ask by id, and whether they may ask others: TRUSTED_DOCUMENTS, off, and TRUSTED_DOCUMENTS_FILE. */
  readonly documents: DocumentSettings;
  /** Which requests operators are told of: REQUEST_LOG, problems. */
  readonly requestLog: RequestLog;
  /** How much each subject may ask for, and whether answers say what they cost: POINTS, POINTS_PER_SECOND, COST_EXTENSION. */
  readonly budgets: BudgetSettings;
  /** Bytes that answers of documents known beforehand may take in memory: RESPONSE_CACHE, in MB, 0. */
  readonly keptBytes: number;
  /** Operations that one request may hold as a list: BATCH_OPERATIONS; 0 is no lists, only an operation by itself. */
  readonly batchOperations: number;
  /** Seconds a request may take, subgraphs and their databases included: DEADLINE, 10. */
  readonly deadline: number;
  /** Seconds `/readyz` answers 503 before the listener closes, of a gateway or a subgraph, for load balancers to notice: STOP_DELAY, 0. */
  readonly stopDelay: number;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Reads the settings; arguments (`--supergraph FILE`, `--port N`) come before the environment. A bad one is a SettingError. */
export function readSettings(environment: Environment = process.env, args: readonly string[] = []): Settings {
  const options = readOptions(args);
  const jwt = readJwtSettings(environment);
  const subgraphUrl = readTemplate(environment["SUBGRAPH_URL"]);
  return {
    host: environment["HOST"] || "127.0.0.1",
    port: options.port === undefined ? readNumber("PORT", environment["PORT"], 4000, 65_535) : readNumber("--port", options.port, 4000, 65_535),
    supergraph: options.supergraph || environment["SUPERGRAPH"] || path.join(projectFolder, "schema/supergraph.graphql"),
    ...(subgraphUrl === undefined ? {} : { subgraphUrl }),
    ...(environment["SUBGRAPH_KEYS"] ? { subgraphKeys: environment["SUBGRAPH_KEYS"] } : {}),
    ...readRedis(environment["REDIS_URL"]),
    corsOrigins: readOrigins(environment["CORS_ORIGINS"]),
    principal: readPrincipal(environment["DEVELOPMENT_PRINCIPAL"]),
    policy: environment["POLICY"] || path.join(projectFolder, "schema/policy.yaml"),
    hiddenFields: readChoice("HIDDEN_FIELDS", environment["HIDDEN_FIELDS"], ["null", "refuse"]),
    ...(jwt === undefined ? {} : { jwt }),
    ...(environment["SERVICE_TOKENS"] ? { serviceTokens: environment["SERVICE_TOKENS"] } : {}),
    personas: readChoice("PERSONAS", environment["PERSONAS"], ["loopback", "container"]),
    documents: {
      trust: readChoice("TRUSTED_DOCUMENTS", environment["TRUSTED_DOCUMENTS"], ["off", "warn", "enforce"]),
      ...(environment["TRUSTED_DOCUMENTS_FILE"] ? { file: environment["TRUSTED_DOCUMENTS_FILE"] } : {}),
    },
    requestLog: readChoice("REQUEST_LOG", environment["REQUEST_LOG"], ["problems", "all", "none"]),
    budgets: readBudgets(environment),
    keptBytes: readNumber("RESPONSE_CACHE", environment["RESPONSE_CACHE"], 0, MOST_KEPT_MB) * 1024 * 1024,
    batchOperations: readNumber("BATCH_OPERATIONS", environment["BATCH_OPERATIONS"], 0, 20),
    deadline: readNumber("DEADLINE", environment["DEADLINE"], 10, 25, 1),
    stopDelay: readNumber("STOP_DELAY", environment["STOP_DELAY"], 0, 300),
  };
}

function readOptions(args: readonly string[]): { supergraph?: string; port?: string } {
  try {
    return parseArgs({ args: [...args], options: { supergraph: { type: "string" }, port: { type: "string" } } }).values;
  } catch (cause) {
    throw new SettingError("The command line", "takes --supergraph FILE and --port N and nothing else", { cause });
  }
}

function readNumber(setting: string, text: string | undefined, otherwise: number, most: number, least = 0, or = ""): number {
  if (!text) return otherwise;
  const number = /^\d{1,12}$/.test(text) ? Number(text) : NaN;
  if (!(number >= least && number <= most)) throw new SettingError(setting, `is "${text}"; write a whole number from ${least} to ${most}${or}`);
  return number;
}

/** One of some words, the first where nothing is said. */
function readChoice<T extends string>(setting: string, text: string | undefined, words: readonly [T, ...T[]]): T {
  if (!text) return words[0];
  const word = words.find((each) => each === text);
  if (word === undefined) throw new SettingError(setting, `is "${text}"; write ${words.join(" or ")}`);
  return word;
}

/** Of the heap, which the rest needs too. */
const MOST_KEPT_MB = 1024;

/** The most that `readNumber` reads. */
const MOST_POINTS = 999_999_999_999;

function readBudgets(environment: Environment): BudgetSettings {
  const { POINTS: points, POINTS_PER_SECOND: perSecond } = environment;
  const allowance = {
    capacity: points === "off" ? 0 : readNumber("POINTS", points, 1_000_000_000, MOST_POINTS, 1, ", or off"),
    perSecond: readNumber("POINTS_PER_SECOND", perSecond, 50_000_000, MOST_POINTS, 1),
  };
  return {
    allowance: points === "off" ? null : allowance,
    tells: readChoice("COST_EXTENSION", environment["COST_EXTENSION"], ["off", "on"]) === "on",
  };
}

function readRedis(url: string | undefined): { redis?: string } {
  if (!url) return {};
  // It may hold a password, and is not repeated.
  if (!(URL.canParse(url) && /^rediss?:$/.test(new URL(url).protocol)))
    throw new SettingError("REDIS_URL", "is no URL of a Redis server; write one such as redis://127.0.0.1:6379");
  return { redis: url };
}

function readTemplate(text: string | undefined): string | undefined {
  if (!text) return undefined;
  checkTemplate(text);
  return text;
}

function readOrigins(text = ""): readonly string[] | "*" {
  const origins = text
    .split(",")
    .map((origin) => origin.trim())
    .filter(Boolean);
  if (origins.length === 1 && origins[0] === "*") return "*";
  const wrong = origins.find((origin) => !isOrigin(origin));
  if (wrong === undefined) return origins;
  throw new SettingError("CORS_ORIGINS", `holds "${wrong}"; write origins such as https://example.com, separated by commas, or * alone`);
}

function isOrigin(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol) && new URL(text).origin === text;
}

function readPrincipal(text: string | undefined): Principal {
  if (!text) return DEVELOPMENT_PRINCIPAL;
  const principal = parsePrincipal(parseJson(text));
  if (principal) return principal;
  throw new SettingError("DEVELOPMENT_PRINCIPAL", `is not a principal; write JSON such as ${JSON.stringify(DEVELOPMENT_PRINCIPAL)}`);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
