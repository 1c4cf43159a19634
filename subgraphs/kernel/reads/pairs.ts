/** The pairs of a link that make the pages of its parents, chosen before any record is read. */
import type { Cell } from "../database/values.js";
import { type PairsSource, pairsSql } from "../model.js";
import { type Sql, join, placeholders } from "./conditions.js";

/** What is read from where: rows of `from` that hold the two ids in the expressions `parent` and `node`, under the conditions `where`. */
export interface Pairs {
  readonly from: string;
  /** Cells of question marks inside `from`. */
  readonly cells: readonly Cell[];
  readonly parent: string;
  readonly node: string;
  readonly where: readonly Sql[];
}

/** Where a link's pairs are read: where they are known without the records between, if nothing is asked of those. */
const tableOf = (source: PairsSource, through: readonly Sql[]) => (through.length === 0 ? (source.alone ?? source) : source);

/** The pairs of `parents` as a table `p` of their own, of equal ones one, under the conditions `through` on the records between. */
export function pairsTable(source: PairsSource, parents: readonly string[], through: readonly Sql[]): Pick<Pairs, "from" | "cells"> {
  const conditions = through.map(({ text }) => ` AND ${text}`).join("");
  return {
    from: `(${pairsSql(tableOf(source, through), placeholders(parents.length))}${conditions}) p`,
    cells: [...parents, ...through.flatMap(({ cells }) => cells)],
  };
}

/** The pairs of `parents`, under the conditions `through` on the records between. Of equal ones one, or as they come. */
export function pairsOf(source: PairsSource, parents: readonly string[], through: readonly Sql[], as: "distinct" | "they come"): Pairs {
  if (!source.unique && as === "distinct") return { ...pairsTable(source, parents, through), parent: "p.parent", node: "p.node", where: [] };
  const { from, parent, node, where } = tableOf(source, through);
  return { from, cells: [], parent, node, where: [{ text: `${parent} IN (${placeholders(parents.length)})${where}`, cells: parents }, ...through] };
}

/** Which pairs a page takes of each parent: `size` of them, by node, after one or from the beginning. */
export interface Choice {
  readonly source: PairsSource;
  readonly parents: readonly string[];
  readonly through: readonly Sql[];
  /** What must hold of a node, given the expression it stands in. */
  readonly nodeConditions: (node: string) => readonly Sql[];
  readonly descending: boolean;
  readonly size: number;
}

/** The chosen pairs as a SELECT of `parent` and `node`, in no order. */
export function choosePairs({ source, parents, through, nodeConditions, descending, size }: Choice): Sql {
  // The least of all is the least of the distinct ones.
  const { from, cells, parent, node, where } = pairsOf(source, parents, through, size === 1 ? "they come" : "distinct");
  const condition = join([...where, ...nodeConditions(node)], "AND");
  const all = `FROM ${from} WHERE ${condition.text}`;
  const given = [...cells, ...condition.cells];
  const order = `${node}${descending ? " DESC" : ""}`;
  if (size === 1) return { text: `SELECT ${parent} AS parent, ${descending ? "MAX" : "MIN"}(${node}) AS node ${all} GROUP BY ${parent}`, cells: given };
  if (parents.length === 1) return { text: `SELECT ${parent} AS parent, ${node} AS node ${all} ORDER BY ${order} LIMIT ?`, cells: [...given, size] };
  const placed = `SELECT ${parent} AS parent, ${node} AS node, ROW_NUMBER() OVER (PARTITION BY ${parent} ORDER BY ${order}) AS place ${all}`;
  return { text: `SELECT parent, node FROM (${placed}) placed WHERE place <= ?`, cells: [...given, size] };
}
