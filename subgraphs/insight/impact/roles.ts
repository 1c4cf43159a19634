/** The roles that somebody who leaves holds, and who else holds each. */
import { groupBy } from "../../kernel/groups.js";
import type { Reading } from "../reading.js";
import { isValid, onDay } from "./carrier.js";
import { IS_OTHER_HOLDER, OTHER_HOLDERS } from "./fromPeople.js";

/** A role in an application, and the ids of those who hold it too. */
export interface RoleHeld {
  readonly application: string;
  readonly role: string;
  readonly others: readonly string[];
}

/** The roles of a person or team on a day, by application and role; none of anything else. */
export async function rolesOf(reading: Reading, holder: string, day: string): Promise<RoleHeld[]> {
  const select = (marks: string) => `SELECT r.\`holderId\`, r.\`applicationId\`, r.\`role\`, h.\`holderId\` FROM \`application_role\` r
    LEFT JOIN \`application_role\` h ON h.\`id\` IN (SELECT o.\`id\` FROM ${OTHER_HOLDERS} WHERE ${IS_OTHER_HOLDER})
    WHERE r.\`holderId\` IN (${marks}) AND ${isValid("r")} ORDER BY r.\`applicationId\`, r.\`role\`, h.\`holderId\``;
  const rows = (await reading.rowsAbout(`roles ${day}`, [holder], (marks) => onDay(select(marks), day))).get(holder) ?? [];
  return [...groupBy(rows as [string, string, string, string | null][], ([, application, role]) => `${application} ${role}`).values()].map((some) => ({
    application: some[0]![1],
    role: some[0]![2],
    others: [...new Set(some.flatMap(([, , , other]) => (other === null ? [] : [other])))],
  }));
}
