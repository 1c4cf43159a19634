import { field, type Fields } from "../kernel/fields.js";
import type { ApplicationRoleRow, ApplicationRow } from "./rows.js";

export const fields = {
  Application: {
    owner: field<ApplicationRow>(["id"], async ({ id }, _, { rows, today }) => {
      const roles = await rows<ApplicationRoleRow>("ApplicationRole", "applicationId", id);
      const [latest] = roles.filter((role) => isPersonalOwner(role) && holdsOn(today, role)).sort(byLatestStart);
      return latest ? { __typename: "Person", id: latest.holderId } : null;
    }),
  },
} satisfies Fields;

function isPersonalOwner({ role, holderId }: ApplicationRoleRow): boolean {
  return role === "BUSINESS_OWNER" && holderId.startsWith("per_");
}

/** Both the first and the last day of a role count. */
function holdsOn(day: string, { validFrom, validTo }: ApplicationRoleRow): boolean {
  return (validFrom ?? day) <= day && (validTo ?? day) >= day;
}

function byLatestStart(a: ApplicationRoleRow, b: ApplicationRoleRow): number {
  return (b.validFrom ?? "").localeCompare(a.validFrom ?? "");
}
