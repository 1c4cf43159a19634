/** Whom insight's answers are about: which ids may be asked about, and the conditions that keep to them. */
import { badInput } from "../kernel/errors.js";
import type { Model } from "../kernel/model.js";
import type { Sql } from "../kernel/reads/conditions.js";
import { listOf, sqlOf, verbatim } from "./sql.js";

/** Which records are asked about: a condition on a column that holds the id of one. */
export type Scope = (column: string) => Sql;

/** Segments of customers, in the order in which answers have them. */
export const SEGMENTS = ["KEY", "STRATEGIC", "STANDARD"] as const;

const MOST_IDS = 1000;

/** The ids asked about, or null where all are. Refuses more than 1,000, and those that are of another type. */
export function checkIds({ directory }: Model, name: string, type: string, ids: readonly string[] | null | undefined): readonly string[] | null {
  if (!ids) return null;
  if (ids.length > MOST_IDS) throw badInput(`${name} holds ${ids.length} ids; ${MOST_IDS} is the most.`);
  const wrong = ids.find((id) => directory.typeOf(id) !== type);
  if (wrong !== undefined) throw badInput(`${name} holds ${JSON.stringify(wrong.slice(0, 60))}, which is no id of a ${type}.`);
  return ids;
}

/** Those records, in any number. */
export const amongRecords =
  (ids: readonly string[]): Scope =>
  (column) =>
    ids.length === 0 ? verbatim(" AND 1 = 0") : sqlOf` AND ${verbatim(column)} IN (${listOf(ids)})`;

/** Those records, and of customers those of those segments; all, where neither is given. */
export const customersWithin =
  (ids: readonly string[] | null, segments: readonly string[] | null | undefined): Scope =>
  (column) => {
    const ofSegments =
      segments && segments.length > 0
        ? sqlOf` AND ${verbatim(column)} IN (SELECT z.id FROM \`customer\` z WHERE z.segment IN (${listOf(segments)}))`
        : verbatim("");
    return sqlOf`${ids ? amongRecords(ids)(column) : verbatim("")}${segments?.length === 0 ? verbatim(" AND 1 = 0") : ofSegments}`;
  };
