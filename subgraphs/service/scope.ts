import { all, any, holding, listedIn, naming, type Scopes, within } from "../kernel/scopes.js";

// ServiceCost and ServiceEvaluation are the provider's own.
export const scopes = {
  Service: holding("section", "CATALOGUE"),
  ServiceOffering: all(within("service"), any(holding("tailoredForId", null), naming("tailoredFor"))),
  CompetitorBenchmark: all(within("service"), listedIn("services", "serviceId")),
  Opportunity: naming("customer"),
  Requirement: within("opportunity"),
  BusinessCase: within("opportunity"),
  ServiceDevelopment: naming("customer"),
} satisfies Scopes;
