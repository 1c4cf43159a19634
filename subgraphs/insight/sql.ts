/** The SQL of what insight tells: statements with their cells in place, and the conditions that several kinds share. */
import { type Sql, placeholders } from "../kernel/reads/conditions.js";

type Cell = Sql["cells"][number];
const isSql = (value: Cell | Sql): value is Sql => typeof value === "object" && value !== null && "text" in value;

/** A piece of SQL: other pieces are put in as they are, whatever else as a cell. */
export function sqlOf(strings: TemplateStringsArray, ...values: readonly (Cell | Sql)[]): Sql {
  return {
    text: strings.reduce((text, string, i) => text + string + (i < values.length ? (isSql(values[i]!) ? values[i].text : "?") : ""), ""),
    cells: values.flatMap((value) => (isSql(value) ? value.cells : [value])),
  };
}
/** SQL without cells. */
export const verbatim = (text: string): Sql => ({ text, cells: [] });
/** Values for an IN (…). */
export const listOf = (values: readonly string[]): Sql => ({ text: placeholders(values.length), cells: values });

/** Whether the agreement `alias` is in force on `day`. */
export const inForce = (alias: string, day: string): Sql =>
  aliased(alias, sqlOf`@.state IN ('ACTIVE', 'UNDER_REVIEW') AND (@.startOn IS NULL OR @.startOn <= ${day}) AND (@.endOn IS NULL OR @.endOn >= ${day})`);

/** Whether the record `alias`, with validFrom and validTo, is valid on `day`. */
export const validOn = (alias: string, day: string): Sql =>
  aliased(alias, sqlOf`(@.validFrom IS NULL OR @.validFrom <= ${day}) AND (@.validTo IS NULL OR @.validTo >= ${day})`);

const aliased = (alias: string, { text, cells }: Sql): Sql => ({ text: text.replaceAll("@", alias), cells });

/** The last day on which the agreement `alias` held or will hold; NULL where it has no end, or nobody has said which. */
export const lastDayOf = (alias: string): Sql => verbatim(`CASE ${alias}.state WHEN 'TERMINATED' THEN ${alias}.terminatedOn ELSE ${alias}.endOn END`);

/** The customers that are parties of the agreement `agreement`, to be joined as `p`. */
export const customersOf = (agreement: string): Sql => verbatim(`\`agreement_parties\` p ON p.recordId = ${agreement}.id AND substr(p.partyId, 1, 4) = 'cus_'`);

/** Who, active still, signed the agreement `agreement` for a team of the provider. */
export const ourSignatoryOf = (agreement: string): Sql =>
  verbatim(`(
    SELECT MIN(q.signatoryId) FROM \`agreement_parties\` q JOIN \`person\` w ON w.id = q.signatoryId AND w.active = 1
    WHERE q.recordId = ${agreement}.id AND substr(q.partyId, 1, 4) = 'tea_')`);
