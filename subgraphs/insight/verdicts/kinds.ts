/** All kinds of verdict on one record, by name. */
import { applicationKeyPersons, customerKeyPersons, serviceKeyPersons, serviceSuppliers, supplierWeight } from "./applications.js";
import { agreementCoverage, customerObligations, needResponsiveness, providerObligations } from "./customers.js";
import { effort } from "./effort.js";
import { health } from "./health.js";
import type { VerdictKind } from "./verdict.js";

export const VERDICT_KINDS = {
  RELATIONSHIP_HEALTH: health,
  AGREEMENT_COVERAGE: agreementCoverage,
  PROVIDER_OBLIGATIONS: providerObligations,
  CUSTOMER_OBLIGATIONS: customerObligations,
  NEED_RESPONSIVENESS: needResponsiveness,
  EFFORT: effort,
  CUSTOMER_KEY_PERSONS: customerKeyPersons,
  SERVICE_KEY_PERSONS: serviceKeyPersons,
  APPLICATION_KEY_PERSONS: applicationKeyPersons,
  SERVICE_SUPPLIERS: serviceSuppliers,
  SUPPLIER_WEIGHT: supplierWeight,
} satisfies Record<string, VerdictKind>;
export type VerdictKindName = keyof typeof VERDICT_KINDS;
