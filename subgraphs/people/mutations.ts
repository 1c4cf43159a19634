import { verb, type VerbInput, type Verbs } from "../kernel/mutations.js";
import { refuse } from "../kernel/rules.js";

export const mutations = {
  deactivatePerson: setActive("Person", false),
  reactivatePerson: setActive("Person", true),
  deactivateTeam: setActive("Team", false),
  reactivateTeam: setActive("Team", true),
  deactivateSupplier: setActive("Supplier", false),
  reactivateSupplier: setActive("Supplier", true),
} satisfies Verbs;

function setActive(type: string, active: boolean) {
  return verb<{ active: boolean }, VerbInput>(type, ({ record }) => {
    if (record.active === active) {
      refuse(
        `${type.toUpperCase()}_ACTIVE`,
        "id",
        `This ${type.toLowerCase()} is ${active ? "active" : "inactive"} already; read the record again before you change it.`,
      );
    }
    return { active };
  });
}
