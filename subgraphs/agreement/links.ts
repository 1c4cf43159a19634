import type * as sdl from "../../schema/generated/agreement.js";
import { choice, list, many, one, reverse, through, type Links } from "../kernel/declare.js";

const inForce = { state: ["ACTIVE"] };

export const links = {
  Agreement: {
    parties: list({ party: one("Customer", "Supplier", "Team"), side: choice<sdl.AgreementSide>(), signatory: one("Person").optional() }),
    customers: through("Agreement", "id", "parties.party", {}, "Customer"),
    services: many("Service"),
    targets: reverse("ServiceLevelTarget.agreement"),
    obligations: reverse("Obligation.agreement"),
    underpinnedBy: reverse("Underpinning.upper"),
    underpins: reverse("Underpinning.lower"),
  },
  ServiceLevelTarget: {
    agreement: one("Agreement").fixed(),
    service: one("Service").optional(),
    achievements: reverse("ServiceLevelAchievement.target"),
    underpinnedBy: reverse("Underpinning.target"),
    affectedBy: reverse("ObligationBreach.affectedTargets"),
  },
  ServiceLevelAchievement: { target: one("ServiceLevelTarget").fixed() },
  Underpinning: {
    upper: one("Agreement").fixed(),
    lower: one("Agreement").fixed(),
    target: one("ServiceLevelTarget").optional(),
  },
  Obligation: { agreement: one("Agreement").fixed(), breaches: reverse("ObligationBreach.obligation") },
  ObligationBreach: { obligation: one("Obligation").fixed(), affectedTargets: many("ServiceLevelTarget") },
  Customer: {
    agreements: reverse("Agreement.parties.party"),
    servicesAgreed: through("Agreement", "parties.party", "services", inForce),
  },
  Supplier: { agreements: reverse("Agreement.parties.party") },
  Team: { agreements: reverse("Agreement.parties.party") },
  Person: { signedAgreements: reverse("Agreement.parties.signatory") },
  Service: {
    agreements: reverse("Agreement.services"),
    targets: reverse("ServiceLevelTarget.service"),
    customersAgreed: through("Agreement", "services", "parties.party", inForce, "Customer"),
  },
} satisfies Links;
