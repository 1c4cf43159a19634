/**
 * `npm run derive [-- --check]`: completes each portfolio's SDL, composes the supergraph and writes what follows from them:
 * schema/supergraph.graphql and schema/api.graphql (committed), schema/generated/*.graphql (git-ignored).
 * Fails on a composition error or hint; with --check also when a committed file is stale.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { ROUTER_SUPPORTED_SUPERGRAPH_FEATURES, Supergraph } from "@apollo/federation-internals";
import { composeServices } from "@apollo/composition";
import { type DocumentNode, lexicographicSortSchema, parse, printSchema } from "graphql";
import { typeDefsOfInsight } from "./insight/index.js";
import { resolveModel } from "./kernel/model.js";
import { authorise, findUndeniable } from "./kernel/sdl/authorisation.js";
import { Policy } from "../transport/access/policy.js";
import { projectFolder } from "../transport/project.js";
import { typeDefsOf } from "./kernel/subgraph.js";
import { portfolios, ports } from "./list.js";

/** The SDL of every subgraph, by name. */
export const allTypeDefs = (): Map<string, string> =>
  new Map([
    ...portfolios.map((portfolio): [string, string] => [portfolio.name, typeDefsOf(resolveModel(portfolio, portfolios))]),
    ["insight", typeDefsOfInsight(portfolios)],
  ]);

/** Composes the subgraphs, `prepare` having a last word on each. Throws with every error and hint, one a line. */
export function compose(typeDefs: ReadonlyMap<string, string>, prepare = (document: DocumentNode): DocumentNode => document): string {
  const services = [...typeDefs].map(([name, sdl]) => ({ name, url: `http://127.0.0.1:${ports[name]}/graphql`, typeDefs: prepare(parse(sdl)) }));
  const { supergraphSdl, errors, hints } = composeServices(services);
  const complaints = [
    ...(errors ?? []).map(({ message }) => `error: ${message}`),
    ...(hints ?? []).map(({ definition, message }) => `hint ${definition.code}: ${message}`),
  ];
  if (complaints.length > 0 || !supergraphSdl) throw new Error(`The subgraphs do not compose:\n${complaints.join("\n")}`);
  return supergraphSdl;
}

/** What clients see of a supergraph, sorted so that a change is a small difference. */
export const apiOf = (supergraphSdl: string): string =>
  `${printSchema(lexicographicSortSchema(Supergraph.build(supergraphSdl, { supportedFeatures: ROUTER_SUPPORTED_SUPERGRAPH_FEATURES }).apiSchema().toGraphQLJSSchema()))}\n`;

/** The committed files that follow from the sources, by path under schema/. */
export function derivedFiles(): { committed: Map<string, string>; generated: Map<string, string> } {
  const typeDefs = allTypeDefs();
  const policy = Policy.load(path.join(projectFolder, "schema/policy.yaml"));
  for (const sdl of typeDefs.values()) checkDeniable(parse(sdl), policy);
  const supergraph = compose(typeDefs, (document) => authorise(document, policy));
  return {
    committed: new Map([
      ["supergraph.graphql", supergraph],
      ["api.graphql", apiOf(supergraph)],
    ]),
    generated: new Map([...typeDefs].map(([name, sdl]) => [`generated/${name}.graphql`, `${sdl}\n`])),
  };
}

/** Throws where a field that the policy hides from a role knows no null. */
export function checkDeniable(document: DocumentNode, policy: Policy): void {
  const [first, ...others] = findUndeniable(document, policy);
  if (first === undefined) return;
  throw new Error(`schema/policy.yaml hides ${[first, ...others].join(", ")} from somebody, but null may not stand there; take the ! off the type in the SDL.`);
}

function main(check: boolean): void {
  const { committed, generated } = derivedFiles();
  const folder = path.join(projectFolder, "schema");
  const stale = [...committed].filter(([name, text]) => !existsSync(path.join(folder, name)) || readFileSync(path.join(folder, name), "utf8") !== text);
  if (check && stale.length > 0) {
    console.error(`${stale.map(([name]) => `schema/${name}`).join(", ")} is stale: run npm run derive and commit it.`);
    process.exitCode = 1;
    return;
  }
  mkdirSync(path.join(folder, "generated"), { recursive: true });
  for (const [name, text] of [...(check ? [] : committed), ...generated]) writeFileSync(path.join(folder, name), text);
}

if (process.argv[1]?.includes("derive")) main(process.argv.includes("--check"));
