/** Completes a portfolio's hand-written SDL with everything its declarations imply. */
import { parse, print } from "graphql";
import type { DirectoryEntry } from "../ids.js";
import type { EntityModel, Model } from "../model.js";
import { camelCase, pluralOf } from "../names.js";
import { FILTERS } from "./filters.js";
import { completeDefinition, contributedInteractions } from "./handwritten.js";
import { deriveValueInputs, inputsSdl, mutationsSdl } from "./inputs.js";
import { connectionSdl, deriveEnumFilters, deriveForeignConnections, filterSdl, orderSdl } from "./lists.js";
import { Written } from "./written.js";

/** What makes an SDL one of Federation 2. */
export const FEDERATION_HEADER = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@shareable", "@cost"])`;

/** The whole SDL of a subgraph: header, common types, the hand-written types completed, and what is derived from them. */
export function completeSdl(model: Model, common: string, handwritten: string): string {
  const document = parse(handwritten, { noLocation: true });
  const written = new Written(document);
  const parts = [FEDERATION_HEADER, common, FILTERS];
  for (const definition of document.definitions) parts.push(print(completeDefinition(definition, model)));
  for (const entity of model.entities.values()) parts.push(...deriveForEntity(entity, written, model));
  parts.push(
    ...deriveForeignConnections(model, handwritten),
    ...deriveEnumFilters(model, written),
    ...deriveValueInputs(model, written),
    ...deriveStubs(model, written, parts.join("\n")),
  );
  return parts.join("\n\n");
}

function deriveForEntity(entity: EntityModel, written: Written, model: Model): string[] {
  const { type } = entity;
  if (!written.types.has(type)) throw new Error(`${type} is declared but not in schema/${model.portfolio.name}.graphql`);
  return [
    connectionSdl(type, type, true),
    filterSdl(entity, written),
    orderSdl(entity),
    ...inputsSdl(entity, written),
    rootReadsSdl(entity),
    mutationsSdl(entity),
  ];
}

const idArguments = (entity: EntityModel): string =>
  entity.main ? `"Its id." id: ID\n    "Its code, where no id is given." code: String` : `"Its id." id: ID!`;

function rootReadsSdl(entity: EntityModel): string {
  const { type } = entity;
  return `
extend type Query {
  "One ${type} record; null where there is none."
  ${camelCase(type)}(${idArguments(entity)}): ${type}
  "All ${type} records, page by page."
  ${pluralOf(type)}(
    "How many items, from 0 to 1,000."
    first: Int = 20
    "Cursor after which to read on: an endCursor of the same list in the same order."
    after: String
    "Which items."
    filter: ${type}Filter
    "In which order; ties are broken by id."
    orderBy: [${type}Order!]
  ): ${type}Connection!
}`;
}

/** Two-line stubs of the other portfolios' types that are named here. */
function deriveStubs(model: Model, written: Written, sdl: string): string[] {
  const everything = [...model.followed.values()].some((link) => link.target === null);
  return model.directory
    .entries()
    .filter(({ type }) => !model.entities.has(type) && !written.extended.has(type))
    .filter(({ type, main }) => everything || new RegExp(`[:\\[|=] ?${type}\\b`).test(sdl) || (main && model.portfolio.name === "customer"))
    .map((entry) => stubSdl(entry, contributedInteractions(entry.type, model)));
}
/** A type of another portfolio that is only named, or to which fields are contributed: those here, or in an extension elsewhere. */
export const stubSdl = ({ type }: Pick<DirectoryEntry, "type">, contributed = "", extended = contributed !== ""): string =>
  `type ${type} implements Node @key(fields: "id"${extended ? "" : ", resolvable: false"}) { id: ID! ${contributed} }`;
