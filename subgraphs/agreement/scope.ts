import { all, holding, naming, type Scopes, within } from "../kernel/scopes.js";

// OLA and UNDERPINNING_CONTRACT are the provider's own arrangements.
export const scopes = {
  Agreement: all(holding("kind", "SLA", "SERVICE_CONTRACT", "MOU"), naming("parties.party", { side: "CUSTOMER" })),
  ServiceLevelTarget: within("agreement"),
  ServiceLevelAchievement: within("target"),
  Underpinning: all(within("upper"), within("lower")),
  Obligation: within("agreement"),
  ObligationBreach: within("obligation"),
} satisfies Scopes;
