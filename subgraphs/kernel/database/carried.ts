/** Links of records that the rows of their lists carry along. */
import type { QueryRunner } from "typeorm";

/**
 * Fills the column of a list and of its twin where it is null, from the records, `owner`. Both twins go through eras of their own, and what is
 * carried never changes: any version of the record tells it.
 */
export async function fillCarried(runner: QueryRunner, list: string, owner: string, column: string): Promise<void> {
  const fill = async (table: string, of: string, within: string) => {
    const linked = `SELECT MAX(v.\`${column}\`) FROM \`${of}\` v WHERE v.\`id\` = \`${table}\`.\`recordId\`${within}`;
    await runner.query(`UPDATE \`${table}\` SET \`${column}\` = (${linked}) WHERE \`${column}\` IS NULL`);
  };
  await fill(list, owner, "");
  const eras = (await runner.query(`SELECT DISTINCT \`era\` FROM \`${owner}_version\``)) as { era: number }[];
  // Named one by one: a version is found by its era and its record.
  if (eras.length > 0) await fill(`${list}_version`, `${owner}_version`, ` AND v.\`era\` IN (${eras.map(({ era }) => Number(era)).join(", ")})`);
}
