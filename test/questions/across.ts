/** What the questions that follow, count or sort across portfolios must answer. */
import { type Expected, agreementsOf, decimal, money, nodes, ofCustomer, pick } from "./shown.js";
import { Story, type Told } from "./story.js";

const portfolioOf = ({ type }: Told) => ({ Feedback: "customer", Project: "project" })[type];
/** What is shown of a record of any type. */
const shown = (record: Told) => ({
  __typename: record.type,
  ...(record.type === "Feedback" ? pick(record, "kind", "statement") : pick(record, "code", "name")),
});

export const everythingThatChanged: Expected = (story, { since }) => ({
  changes: {
    ...nodes(
      story.changes
        .filter(({ at }) => at > since)
        .map(({ at, by, operation, ref, fields }) => {
          const record = story.get(ref);
          return {
            portfolio: portfolioOf(record),
            at,
            by,
            operation: operation.startsWith("update") ? "update" : operation,
            type: record.type,
            version: story.changes.filter((change) => change.ref === ref).length,
            fields: fields.map((field) => ({ field })),
            record: shown(record),
          };
        }),
    ),
    pageInfo: { hasNextPage: false, endCursor: "a cursor" },
    asOf: ["customer", "agreement", "service", "project", "application", "people"].map((portfolio) => ({ portfolio, stale: false })),
  },
});

/** What of each type a customer was told, and how it reads in the diff. */
const TOLD: Readonly<Record<string, { of: (story: Story, customer: Told) => Told[]; fields: readonly string[]; name: string }>> = {
  Agreement: { of: (story, customer) => agreementsOf(story, customer), fields: ["value", "state", "endOn"], name: "code" },
  ServiceLevelTarget: {
    of: (story, customer) => under(story, "ServiceLevelTarget", "agreementId", TOLD["Agreement"]!.of(story, customer)),
    fields: ["value"],
    name: "metric",
  },
  Obligation: {
    of: (story, customer) => under(story, "Obligation", "agreementId", TOLD["Agreement"]!.of(story, customer)),
    fields: ["state", "dueOn"],
    name: "statement",
  },
  Deliverable: {
    of: (story, customer) => story.all("Deliverable", ({ customerIds }) => customerIds?.includes(customer.ref)),
    fields: ["dueOn", "state"],
    name: "description",
  },
  Project: {
    of: (story, customer) => [...new Set(TOLD["Deliverable"]!.of(story, customer).map(({ projectId }) => projectId as string))].map((ref) => story.get(ref)),
    fields: ["plannedEnd", "status", "health"],
    name: "code",
  },
  Milestone: {
    of: (story, customer) => under(story, "Milestone", "projectId", TOLD["Project"]!.of(story, customer)),
    fields: ["plannedOn", "status"],
    name: "name",
  },
  Opportunity: { of: (story, customer) => ofCustomer(story, "Opportunity", customer), fields: ["state"], name: "title" },
};
const under = (story: Story, type: string, link: string, owners: readonly Told[]) => {
  const refs = new Set(owners.map(({ ref }) => ref));
  return story.all(type, (record) => refs.has(record[link] as string));
};
const stored = (type: string, field: string, record: Told) =>
  field !== "value" ? (record[field] ?? null) : type === "Agreement" ? money(record["value"]) : decimal(record["value"]);

export const whatWeToldACustomer: Expected = (now, { code, from }) => {
  const then = new Story(new Date(from).toISOString());
  const customer = now.coded("Customer", code);
  return Object.fromEntries(
    Object.entries(TOLD).map(([type, { of, fields, name }]) => {
      const refs = [...new Set([...of(then, customer), ...of(now, customer)].map(({ ref }) => ref))];
      const differences = refs.flatMap((ref) => {
        const [before, after] = [then, now].map((story) => (story.has(ref) ? story.get(ref) : null));
        const change = before ? (after ? "CHANGED" : "DELETED") : "CREATED";
        const changed = fields
          .map((field) => ({ field, from: before && stored(type, field, before), to: after && stored(type, field, after) }))
          .filter(({ from: earlier, to: later }) => JSON.stringify(earlier) !== JSON.stringify(later));
        return changed.length > 0 ? [{ change, name: after?.[name] ?? null, fields: changed }] : [];
      });
      return [type, differences];
    }),
  );
};

/** The part of a diff that says what was told: for each type, of each record that differs, the fields that are a promise. */
export const toldIn = ({ customer }: any) => ({
  ...Object.fromEntries(
    Object.entries(TOLD).map(([type, { fields, name }]) => [
      type,
      customer.diff.records
        .filter((record: any) => record.type === type)
        .map(({ change, record, fields: all }: any) => ({
          change,
          name: record?.[name] ?? null,
          fields: all.filter(({ field }: any) => fields.includes(field)),
        }))
        .filter(({ fields: kept }: any) => kept.length > 0),
    ]),
  ),
});
