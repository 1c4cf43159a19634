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

// --- impact, as sample/README.md works it out by hand ---

/** How a record is named in an answer of impact. */
const signed = (story: Story, refs: readonly string[]) =>
  refs
    .map((ref) => story.get(ref))
    .map(
      (record) =>
        record["code"] ??
        record["statement"] ??
        (record.type === "ServiceLevelTarget" ? `${record["metric"]} ${story.get(record["serviceId"])["code"]}` : record["name"]),
    )
    .sort();
const signOf = (node: any): string =>
  node.code ?? node.unitName ?? node.personName ?? node.teamName ?? node.name ?? node.statement ?? `${node.metric} ${node.targetOf.code}`;
const byType = (nodes: any[]) =>
  Object.fromEntries(
    [...new Set(nodes.map(({ type }) => type))].sort().map((type) => [
      type,
      nodes
        .filter((each) => each.type === type)
        .map(({ node }) => signOf(node))
        .sort(),
    ]),
  );
const called = (customers: any[]) => Object.fromEntries(customers.map(({ customer, call }) => [customer.code, call?.name ?? null]).sort());

export const ifAServiceIsRetired: Expected = (story) => ({
  reached: {
    Agreement: signed(story, ["kembara-sla", "padi-archive", "uc-nordlys", "cempaka-sla", "cempaka-mou"]),
    Application: signed(story, ["lontar", "simpan"]),
    Customer: signed(story, ["kembara", "padi", "cempaka"]),
    CustomerUnit: signed(story, ["kembara-legal", "padi-compliance", "cempaka-wards", "cempaka-laboratory"]),
    Person: signed(story, ["wayan", "wulan"]),
    Project: signed(story, ["vault", "video"]),
    Service: signed(story, ["records", "scan", "telemed"]),
    ServiceLevelTarget: signed(story, ["archive-retrieval", "padi-archive-retrieval", "nordlys-resolution", "records-avail", "records-continuity"]),
  },
  call: Object.fromEntries(
    ["kembara", "padi", "cempaka"]
      .map((ref) => [story.get(ref)["code"], story.get(story.all("Relationship", ({ customerId }) => customerId === ref)[0]!["managerId"])["name"]])
      .sort(),
  ),
  unknown: signed(story, ["kejora", "anggrek", "corporate", "carbon", "permits"]),
  pathToTelemed: ["Service.supports", "Service.supports"],
});
export const retiredIn = ({ service: { impact } }: any) => ({
  reached: byType(impact.nodes.nodes),
  call: called(impact.customers),
  unknown: impact.unknown.map(({ node }: any) => signOf(node)).sort(),
  pathToTelemed: impact.nodes.nodes.find(({ node }: any) => node.code === "SV-TELEMED").shortestPath.map(({ link }: any) => link),
});

export const redProjectsAndPromises: Expected = (story) => ({
  [story.get("cargo-next")["code"]]: {
    heldUp: [["Mobile booking.", story.get("cargo")["code"]]],
    promisedTo: Object.fromEntries(
      [
        ["kembara", "kembara-sla"],
        ["halden", "halden-contract"],
      ]
        .map((refs) => signed(story, refs).reverse())
        .sort(),
    ),
    promises: [[story.get("obl-kembara-mobile-new")["statement"], "2027-02-28"]],
  },
});
export const heldUpIn = ({ findProjects }: any) =>
  Object.fromEntries(
    findProjects.nodes.map(({ code, deliverables, impact }: any) => [
      code,
      {
        heldUp: deliverables.nodes.map(({ description, service }: any) => [description, service.code]),
        promisedTo: Object.fromEntries(
          impact.customers.map(({ customer, agreements }: any) => [customer.code, agreements.map((each: any) => each.code).join()]).sort(),
        ),
        promises: impact.promises.nodes.map(({ node }: any) => [node.statement, node.dueOn]),
      },
    ]),
  );

export const ifAPersonLeaves: Expected = (story) => ({
  roles: [
    [story.get("balai")["code"], "DEVELOPER", []],
    [story.get("mercusuar")["code"], "DEVELOPER", []],
    [story.get("mercusuar")["code"], "SUPPORTER", []],
    [story.get("pinisi")["code"], "SUPPORTER", ["Service Desk"]],
  ],
  customers: signed(story, ["halden", "kembara", "lumbung", "rimba"]),
  services: signed(story, ["cargo", "kiosk", "vessel"]),
});
export const leftIn = ({ people }: any) => ({
  roles: people.nodes[0].impact.roles.map(({ application, role, others }: any) => [application.code, role, others.map(signOf)]).sort(),
  customers: people.nodes[0].impact.customers.map(({ customer }: any) => customer.code).sort(),
  services: byType(people.nodes[0].impact.nodes.nodes)["Service"],
});

const DIRECT = 2;
export const aSuppliersContractEnds: Expected = (story) => ({
  [story.get("uc-langit")["code"]]: {
    applications: signed(story, ["pinisi", "mercusuar", "gerbang", "awan"]),
    services: signed(story, ["hosting", "cargo", "vessel", "payhub"]),
    agreements: signed(story, ["kembara-sla", "melati-sla", "cempaka-sla", "ola-platform"]),
    customers: signed(story, ["kembara", "melati", "cempaka", "padi", "halden", "melati-online", "rimba", "corporate"]),
  },
});
/** What stands on the contract itself: applications it buys, services by it or by them, agreements by underpinning; and all customers reached. */
export const standsOnIn = ({ findAgreements }: any) =>
  Object.fromEntries(
    findAgreements.nodes.map(({ code, impact }: any) => {
      const direct = impact.nodes.nodes.filter(
        ({ shortestPath }: any) => shortestPath.length <= DIRECT && shortestPath.every(({ link }: any) => /^(Agreement\.|Application\.functions)/.test(link)),
      );
      const reached = byType(direct);
      return [
        code,
        {
          applications: reached["Application"],
          services: reached["Service"],
          agreements: reached["Agreement"],
          customers: impact.customers.map(({ customer }: any) => customer.code).sort(),
        },
      ];
    }),
  );
