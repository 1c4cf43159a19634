import type { Expand, Scopes } from "../kernel/scopes.js";
import { all, holding, naming, onlyNaming, within } from "../kernel/scopes.js";

const ofCustomer = naming("customer");
/** The customer's own view; the provider's judgement of it is the provider's. */
const theirOwnView = holding("side", "CUSTOMER");

// Anticipation and SignalAcknowledgement are what the provider thinks and does: without a scope.
export const scopes = {
  Customer: naming("id"),
  CustomerUnit: ofCustomer,
  Stakeholder: ofCustomer,
  Relationship: ofCustomer,
  MaturityAssessment: all(theirOwnView, within("relationship")),
  EngagementAssessment: all(theirOwnView, ofCustomer),
  BusinessDriver: naming("customers"),
  BusinessObjective: ofCustomer,
  BusinessNeed: ofCustomer,
  NeedChange: within("need"),
  UnitConflict: ofCustomer,
  // What was said about them and others at once is not for them alone.
  Interaction: all(naming("about"), onlyNaming("about")),
  Feedback: ofCustomer,
  Expectation: ofCustomer,
  ServiceUsage: ofCustomer,
  ServiceDependency: ofCustomer,
  ValueAssessment: ofCustomer,
} satisfies Scopes;

/** The trees below `customers`; the people they deal with (relationship managers, stakeholders, heads of units); the services they use or depend on. */
export const expand: Expand = async (select, customers) => {
  if (customers.length === 0) return { customers: [], people: [], services: [] };
  const marks = (ids: readonly string[]) => ids.map(() => "?").join(", ");
  const idsOf = (rows: readonly (readonly unknown[])[]) => rows.flatMap(([id]) => (typeof id === "string" ? [id] : []));
  const tree = idsOf(
    await select(
      `WITH RECURSIVE tree (id) AS (
         SELECT c.\`id\` FROM \`customer\` c WHERE c.\`id\` IN (${marks(customers)})
         UNION SELECT d.\`id\` FROM \`customer\` d JOIN tree ON d.\`parentId\` = tree.id)
       SELECT id FROM tree ORDER BY id`,
      customers,
    ),
  );
  if (tree.length === 0) return { customers: [], people: [], services: [] };
  const [people, services] = await Promise.all([
    select(
      `SELECT r.\`managerId\` FROM \`relationship\` r WHERE r.\`customerId\` IN (${marks(tree)})
       UNION SELECT s.\`personId\` FROM \`stakeholder\` s WHERE s.\`customerId\` IN (${marks(tree)})
       UNION SELECT u.\`headId\` FROM \`customer_unit\` u WHERE u.\`customerId\` IN (${marks(tree)})`,
      [...tree, ...tree, ...tree],
    ),
    select(
      `SELECT u.\`serviceId\` FROM \`service_usage\` u WHERE u.\`customerId\` IN (${marks(tree)})
       UNION SELECT d.\`serviceId\` FROM \`service_dependency\` d WHERE d.\`customerId\` IN (${marks(tree)})`,
      [...tree, ...tree],
    ),
  ]);
  return { customers: tree, people: idsOf(people), services: idsOf(services) };
};
