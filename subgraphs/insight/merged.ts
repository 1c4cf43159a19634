/** All portfolios as if they were one: what insight keeps of them, and how its conditions follow their links. */
import type { Column, Entity, Link } from "../kernel/declare.js";
import { type Model, directoryOf, resolveModel } from "../kernel/model.js";
import type { Portfolio } from "../kernel/portfolio.js";

/** Value objects that are kept: whether there are findings, and what signals and key figures are worked out from. */
const KEPT_VALUES: ReadonlySet<string> = new Set(["findings", "revenue", "phases", "statusHistory"]);
/** Long texts that are kept, because it matters whether there is one. */
const KEPT_TEXTS: ReadonlySet<string> = new Set(["improvement"]);

/** What is worth filtering by; long texts and other value objects stay with their owners. */
const isKept = ([name, column]: readonly [string, Column<unknown>]): boolean =>
  column.kind === "values" ? KEPT_VALUES.has(name) : column.kind !== "longText" || KEPT_TEXTS.has(name);

const keep = (entity: Entity): Entity => ({ ...entity, columns: Object.fromEntries<Column<unknown>>(Object.entries(entity.columns).filter(isKept)) });

/** The model of insight's own database: every entity of every portfolio with its filterable columns and links. */
export function mergePortfolios(portfolios: readonly Portfolio[]): Model {
  const links: Record<string, Record<string, Link>> = {};
  for (const portfolio of portfolios) for (const [type, own] of Object.entries(portfolio.links)) links[type] = { ...links[type], ...own };
  const merged: Portfolio = {
    name: "insight",
    entities: Object.fromEntries(portfolios.flatMap(({ entities }) => Object.entries(entities).map(([type, entity]) => [type, keep(entity)]))),
    links,
    fields: {},
    rules: {},
    derivations: {},
    mutations: {},
    migrations: [],
    scopes: Object.assign({}, ...portfolios.map(({ scopes }) => scopes)) as Portfolio["scopes"],
  };
  return { ...resolveModel(merged, [merged]), directory: directoryOf(portfolios) };
}
