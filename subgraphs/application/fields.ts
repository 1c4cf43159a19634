import { field, type Fields } from "../kernel/fields.js";
import type { ApplicationRoleRow, ApplicationRow } from "./rows.js";

/** Of a role, who holds it and when. */
const HELD = ["holderId", "validFrom", "validTo"] as const;
type Holding = Pick<ApplicationRoleRow, (typeof HELD)[number]>;

export const fields = {
  Application: {
    owner: field<ApplicationRow>(["id"], async ({ id }, _, { rows, today }) => {
      const owners = await rows<Holding>("ApplicationRole", "applicationId", id, HELD, { role: "BUSINESS_OWNER" });
      const [latest] = owners.filter((owner) => owner.holderId.startsWith("per_") && holdsOn(today, owner)).sort(byLatestStart);
      return latest ? { __typename: "Person", id: latest.holderId } : null;
    }),
  },
} satisfies Fields;

/** Both the first and the last day of a role count. */
function holdsOn(day: string, { validFrom, validTo }: Holding): boolean {
  return (validFrom ?? day) <= day && (validTo ?? day) >= day;
}

function byLatestStart(a: Holding, b: Holding): number {
  return (b.validFrom ?? "").localeCompare(a.validFrom ?? "");
}
