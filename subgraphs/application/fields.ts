import { field, type Fields } from "../kernel/fields.js";
import type { ApplicationRoleRow, ApplicationRow } from "./rows.js";

/** Of a role, who holds it and when. */
const HELD = ["role", "holderId", "validFrom", "validTo"] as const;
type Holding = Pick<ApplicationRoleRow, (typeof HELD)[number]>;

export const fields = {
  Application: {
    owner: field<ApplicationRow>(["id"], async ({ id }, _, { rows, today }) => {
      const roles = await rows<Holding>("ApplicationRole", "applicationId", id, HELD);
      const [latest] = roles.filter((role) => isPersonalOwner(role) && holdsOn(today, role)).sort(byLatestStart);
      return latest ? { __typename: "Person", id: latest.holderId } : null;
    }),
  },
} satisfies Fields;

function isPersonalOwner({ role, holderId }: Holding): boolean {
  return role === "BUSINESS_OWNER" && holderId.startsWith("per_");
}

/** Both the first and the last day of a role count. */
function holdsOn(day: string, { validFrom, validTo }: Holding): boolean {
  return (validFrom ?? day) <= day && (validTo ?? day) >= day;
}

function byLatestStart(a: Holding, b: Holding): number {
  return (b.validFrom ?? "").localeCompare(a.validFrom ?? "");
}
