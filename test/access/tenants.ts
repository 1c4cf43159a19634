/** Three customers whose records lie side by side, and what each may see: worked out from the rows as they are, not by the product. */
import { loadStory, storyIds } from "../../sample/replay.js";
import type { StoredField } from "../../subgraphs/kernel/model.js";
import type { Principal } from "../../transport/subgraph.js";
import { type TestPortfolios, call, newDatabase, openTestPortfolios } from "../support/graph.js";

/** How long a test over tenants may take to open them, in milliseconds; long runs give way to all else. */
export const PATIENCE = process.env["LONG"] ? 3_600_000 : 240_000;

type Image = Record<string, any> & { id: string };

export interface Tenants {
  readonly portfolios: TestPortfolios;
  /** Every record of every portfolio, by id. */
  readonly records: ReadonlyMap<string, { type: string; image: Image }>;
  /** Ids of the customers whose people ask. */
  readonly roots: readonly string[];
  /** Ids of the records that one of them may see. */
  allowed(root: string): ReadonlySet<string>;
}

export const executiveOf = (root: string): Principal => ({ subject: `executive of ${root}`, roles: ["customer executive"], customers: [root] });

/** The sample story, with records that concern several customers at once added to it. */
export async function openTenants(kind = "SQLite"): Promise<Tenants> {
  const portfolios = await openTestPortfolios(newDatabase(kind));
  await loadStory(portfolios);
  await share(portfolios);
  await plantCanaries(portfolios);
  const records = await readAll(portfolios);
  const customers = [...records.values()].filter(({ type }) => type === "Customer");
  const parents = customers.filter(({ image }) => customers.some((other) => other.image["parentId"] === image.id));
  const roots = [...parents, ...customers.filter(({ image }) => image["parentId"] === null && !parents.some((parent) => parent.image.id === image.id))]
    .map(({ image }) => image.id)
    .slice(0, 3);
  return { portfolios, records, roots, allowed: (root) => allowedOf(records, root) };
}

/** Records in which the first customers of the story meet. */
async function share(portfolios: TestPortfolios): Promise<void> {
  const ids = await storyIds(portfolios);
  const some = (prefix: string, count: number) => [...new Set(ids.values())].filter((id) => id.startsWith(prefix)).slice(0, count);
  const customers = some("cus_", 12);
  const [one, two] = customers as [string, string];
  const make = async (name: string, type: string, input: Record<string, unknown>) => {
    const { record, problems } = await portfolios.subgraph(name).writer(call).create(type, input);
    if (!record) throw new Error(`${type}: ${JSON.stringify(problems)}`);
    return record.id;
  };
  await make("customer", "BusinessDriver", { kind: "REGULATION", statement: "All must report by quarter.", customerIds: customers });
  await make("customer", "Interaction", {
    level: "STRATEGIC",
    kind: "MEETING",
    heldAt: "2026-01-10T09:00:00.000Z",
    decisions: "Said of two at once.",
    aboutIds: [one, two],
  });
  for (const customer of customers) {
    await make("customer", "Customer", { code: `SUB-${customer.slice(-6)}`, name: `Daughter of ${customer.slice(-6)}`, kind: "EXTERNAL", parentId: customer });
    await make("customer", "MaturityAssessment", {
      relationshipId: (await relationshipOf(portfolios, customer)) ?? (await make("customer", "Relationship", { customerId: customer })),
      side: "PROVIDER",
      level: "AD_HOC",
      assessedOn: "2026-01-01",
    });
  }
  const [service] = some("svc_", 1) as [string];
  // Records that concern them name a service that does not: it is not in the catalogue.
  const planned = await make("service", "Service", { code: "S-PLANNED", name: "A service that nobody is told of yet", kind: "BUSINESS" });
  for (const customerId of [one, two]) {
    await make("customer", "ServiceDependency", { customerId, serviceId: planned, businessActivity: "Report", criticality: "MISSION_CRITICAL" });
    await make("customer", "ServiceUsage", { customerId, serviceId: planned, periodFrom: "2026-01-01", periodTo: "2026-11-01", users: 5 });
  }
  for (const kind of ["SLA", "OLA"])
    await make("agreement", "Agreement", {
      code: `BOTH-${kind}`,
      title: `One ${kind} of two customers`,
      kind,
      parties: [one, two].map((partyId) => ({ partyId, side: "CUSTOMER" })),
      serviceIds: [service, planned],
    });
  const project = await make("project", "Project", { code: "P-BOTH", name: "A project of two customers" });
  await make("project", "Deliverable", { projectId: project, serviceId: service, change: "NEW", customerIds: [one, two] });
  await make("project", "Deliverable", { projectId: project, serviceId: service, change: "NEW", customerIds: [two] });
}
async function relationshipOf(portfolios: TestPortfolios, customerId: string): Promise<string | null> {
  const data = await portfolios.ask("customer", "query ($id: ID!) { customer(id: $id) { relationship { id } } }", { id: customerId });
  return data["customer"].relationship?.id ?? null;
}

/** Columns shorter than this, in characters, hold no canary. */
const CANARY_LENGTH = 40;

/** Puts a secret into every text of every record and of its lists: `canary` and the id of the record that may tell it, without the type's prefix. */
async function plantCanaries(portfolios: TestPortfolios): Promise<void> {
  const isText = ({ column: { kind, options }, targets }: StoredField) =>
    !targets && options.setter !== "kernel" && !options.unique && (kind === "longText" || (kind === "text" && (options.length ?? 0) >= CANARY_LENGTH));
  for (const { model, database } of portfolios.local.values()) {
    const plant = async (table: string, owner: string, fields: Iterable<StoredField>) => {
      for (const { columns } of [...fields].filter(isText)) {
        const text = `REPLACE(\`${owner}\`, SUBSTR(\`${owner}\`, 1, 4), 'canary')`;
        await database.transaction((each) => each.execute(`UPDATE \`${table}\` SET \`${columns[0]}\` = ${text} WHERE \`${columns[0]}\` IS NOT NULL`, []));
      }
    };
    for (const { table, stored, lists } of model.entities.values()) {
      await plant(
        table,
        "id",
        [...stored.values()].filter(({ key }) => key !== "id" && key !== "code"),
      );
      for (const list of lists.values()) if (!list.bare) await plant(list.table, "recordId", list.members);
    }
  }
}

/** The canaries of a text, as the ends of the ids of the records that they are of. */
export const canariesIn = (text: string): readonly string[] => [...text.matchAll(/canary([0-7][0-9A-HJKMNP-TV-Z]{25})/g)].map(([, end]) => end!);

/** The records as the ledgers left them. */
async function readAll(portfolios: TestPortfolios): Promise<Map<string, { type: string; image: Image }>> {
  const records = new Map<string, { type: string; image: Image }>();
  for (const subgraph of portfolios.local.values())
    for (let after = 0; ;) {
      const entries = await subgraph.ledger(after, 1000, call);
      for (const { id, type, after: image } of entries) {
        if (image) records.set(id, { type, image: image as Image });
        else records.delete(id);
      }
      if (entries.length === 0) break;
      after = entries.at(-1)!.seq;
    }
  return records;
}

/** domain.md, "Who a record concerns", once more in plain words of this language. */
function allowedOf(records: ReadonlyMap<string, { type: string; image: Image }>, root: string): Set<string> {
  const of = (type: string) => [...records.values()].filter((each) => each.type === type).map(({ image }) => image);
  const tree = new Set([root]);
  for (let before = 0; before !== tree.size;) {
    before = tree.size;
    for (const { id, parentId } of of("Customer")) if (tree.has(parentId)) tree.add(id);
  }
  const allowed = new Set(tree);
  const add = (type: string, may: (image: Image) => boolean) => {
    for (const image of of(type)) if (may(image)) allowed.add(image.id);
  };
  const theirs = ({ customerId }: Image) => tree.has(customerId);
  for (const type of ["CustomerUnit", "Stakeholder", "Relationship", "BusinessObjective", "BusinessNeed", "UnitConflict", "Feedback"]) add(type, theirs);
  for (const type of ["Expectation", "ServiceUsage", "ServiceDependency", "ValueAssessment", "Opportunity", "ServiceDevelopment"]) add(type, theirs);
  add("EngagementAssessment", (image) => theirs(image) && image["side"] === "CUSTOMER");
  add("MaturityAssessment", ({ relationshipId, side }) => allowed.has(relationshipId) && side === "CUSTOMER");
  add("BusinessDriver", ({ customerIds }) => customerIds.some((id: string) => tree.has(id)));
  add("NeedChange", ({ needId }) => allowed.has(needId));
  add("Interaction", ({ aboutIds }) => {
    const named = (aboutIds as string[]).filter((id) => id.startsWith("cus_"));
    return named.length > 0 && named.every((id) => tree.has(id));
  });
  add(
    "Agreement",
    ({ kind, parties }) =>
      kind !== "OLA" && kind !== "UNDERPINNING_CONTRACT" && parties.some(({ partyId, side }: Image) => side === "CUSTOMER" && tree.has(partyId)),
  );
  add("ServiceLevelTarget", ({ agreementId }) => allowed.has(agreementId));
  add("ServiceLevelAchievement", ({ targetId }) => allowed.has(targetId));
  add("Obligation", ({ agreementId }) => allowed.has(agreementId));
  add("ObligationBreach", ({ obligationId }) => allowed.has(obligationId));
  add("Underpinning", ({ upperId, lowerId }) => allowed.has(upperId) && allowed.has(lowerId));
  add(
    "Service",
    ({ status }) => !["REQUIREMENTS", "DEFINED", "ANALYSED", "APPROVED", "CHARTERED", "DESIGNED", "DEVELOPED", "BUILT", "TESTED", "RETIRED"].includes(status),
  );
  add("ServiceOffering", ({ serviceId, tailoredForId }) => allowed.has(serviceId) && (tailoredForId === null || tree.has(tailoredForId)));
  const consumed = new Set([...of("ServiceUsage"), ...of("ServiceDependency")].filter(theirs).map(({ serviceId }) => serviceId as string));
  add("CompetitorBenchmark", ({ serviceId }) => allowed.has(serviceId) && consumed.has(serviceId));
  add("Requirement", ({ opportunityId }) => allowed.has(opportunityId));
  add("BusinessCase", ({ opportunityId }) => allowed.has(opportunityId));
  add("Deliverable", ({ customerIds }) => customerIds.some((id: string) => tree.has(id)));
  const projects = new Set(
    of("Deliverable")
      .filter(({ id }) => allowed.has(id))
      .map(({ projectId }) => projectId as string),
  );
  add("Project", ({ id }) => projects.has(id));
  const contacts = new Set([
    ...of("Relationship")
      .filter(theirs)
      .map(({ managerId }) => managerId as string),
    ...of("Stakeholder")
      .filter(theirs)
      .map(({ personId }) => personId as string),
    ...of("CustomerUnit")
      .filter(theirs)
      .map(({ headId }) => headId as string),
  ]);
  add("Person", ({ id, employerId }) => contacts.has(id) || tree.has(employerId));
  return allowed;
}
