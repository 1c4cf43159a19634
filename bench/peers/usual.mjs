/**
 * The part of the graph that the operations ask about, written the usual way: SDL, resolvers, a dataloader for each read and request,
 * TypeORM repositories. `node usual.mjs NAME` serves one portfolio as an Apollo subgraph, `node usual.mjs monolith` all of them as one schema.
 */
import { ApolloServer } from "@apollo/server";
import { startStandaloneServer } from "@apollo/server/standalone";
import { buildSubgraphSchema } from "@apollo/subgraph";
import DataLoader from "dataloader";
import { buildASTSchema, parse } from "graphql";
import { DataSource, EntitySchema, In, MoreThanOrEqual } from "typeorm";

const page = "(first: Int = 20)";
const search = "(first: Int = 20, filter: Filter, orderBy: [Order!])";
const inputs = `
  input Filter @inaccessible { code: CodeFilter }
  input CodeFilter @inaccessible { gte: String }
  input Order @inaccessible { field: OrderField! }
  enum OrderField @inaccessible { code }
`.replaceAll(" @inaccessible", "");

/** For each portfolio: its types, and what it adds to others' as SDL and as fields of one schema. */
const typeDefs = {
  customer: `
    type Query { customer(code: String): Customer customers${search}: CustomerConnection! }
    type Customer @key(fields: "id") { id: ID! code: String! name: String! segment: String! industry: String }
    type CustomerConnection { nodes: [Customer!]! }
    ${inputs}`,
  agreement: `
    type Query { agreements${search}: AgreementConnection! }
    type Agreement @key(fields: "id") {
      id: ID! code: String! title: String! state: String! endOn: String
      services${page}: AgreementServicesConnection! customers${page}: AgreementCustomersConnection!
    }
    type AgreementConnection { nodes: [Agreement!]! }
    type AgreementServicesConnection { nodes: [Service]! }
    type AgreementCustomersConnection { nodes: [Customer]! }
    extend type Customer @key(fields: "id") { id: ID! agreements${page}: AgreementConnection }
    extend type Service @key(fields: "id", resolvable: false) { id: ID! }
    ${inputs}`,
  service: `type Service @key(fields: "id") { id: ID! code: String! name: String! status: String! }`,
  project: `
    type Project @key(fields: "id") { id: ID! code: String! name: String! status: String! plannedEnd: String }
    type ServiceProjectsConnection { nodes: [Project!]! }
    extend type Service @key(fields: "id") { id: ID! projects${page}: ServiceProjectsConnection }`,
  application: `
    type Application @key(fields: "id") { id: ID! code: String! name: String! lifecycle: String! owner: Person }
    type ServiceApplicationsConnection { nodes: [Application!]! }
    extend type Service @key(fields: "id") { id: ID! applications${page}: ServiceApplicationsConnection }
    extend type Person @key(fields: "id", resolvable: false) { id: ID! }`,
  people: `type Person @key(fields: "id") { id: ID! name: String! email: String }`,
};
const LINK = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key", "@shareable"])`;

const monolithSdl = `
  type Query { customer(code: String): Customer customers${search}: CustomerConnection! agreements${search}: AgreementConnection! }
  type Customer { id: ID! code: String! name: String! segment: String! industry: String agreements${page}: AgreementConnection }
  type CustomerConnection { nodes: [Customer!]! }
  type Agreement {
    id: ID! code: String! title: String! state: String! endOn: String
    services${page}: AgreementServicesConnection! customers${page}: AgreementCustomersConnection!
  }
  type AgreementConnection { nodes: [Agreement!]! }
  type AgreementServicesConnection { nodes: [Service]! }
  type AgreementCustomersConnection { nodes: [Customer]! }
  type Service {
    id: ID! code: String! name: String! status: String!
    projects${page}: ServiceProjectsConnection applications${page}: ServiceApplicationsConnection
  }
  type ServiceProjectsConnection { nodes: [Project!]! }
  type ServiceApplicationsConnection { nodes: [Application!]! }
  type Project { id: ID! code: String! name: String! status: String! plannedEnd: String }
  type Application { id: ID! code: String! name: String! lifecycle: String! owner: Person }
  type Person { id: ID! name: String! email: String }
  ${inputs}`;

const tables = {
  customer: { Customer: "customer" },
  agreement: { Agreement: "agreement", AgreementParty: "agreement_parties", AgreementService: "agreement_services" },
  service: { Service: "service" },
  project: { Project: "project" },
  application: { Application: "application", ApplicationRole: "application_role" },
  people: { Person: "person" },
};

/** A repository for each table of a portfolio, its entities with all the columns that the table has. */
async function openRepositories(portfolio) {
  const url = process.env.DATABASE_URL.replace("{portfolio}", portfolio);
  const options = { type: "mariadb", url, charset: "utf8mb4", poolSize: 16 };
  const probe = await new DataSource(options).initialize();
  const entities = [];
  for (const [name, table] of Object.entries(tables[portfolio])) {
    const columns = await probe.query(
      "SELECT column_name AS name, data_type AS type, column_key AS part FROM information_schema.columns WHERE table_schema = ? AND table_name = ?",
      [portfolio, table],
    );
    const columnOf = ({ name, type, part }) => [name, { type, primary: part === "PRI", nullable: part !== "PRI" }];
    entities.push(new EntitySchema({ name, tableName: table, columns: Object.fromEntries(columns.map(columnOf)) }));
  }
  await probe.destroy();
  const source = await new DataSource({ ...options, entities }).initialize();
  return { source, ...Object.fromEntries(Object.keys(tables[portfolio]).map((name) => [name, source.getRepository(name)])) };
}

/** A loader of that name, made once for each request; its batch answers a map by key. */
function loader(context, name, batch) {
  return (context[name] ??= new DataLoader(async (keys) => {
    const found = await batch(keys);
    return keys.map((key) => found.get(key));
  }));
}
const byId = (context, repository) =>
  loader(context, repository.metadata.name, async (ids) => new Map((await repository.findBy({ id: In([...ids]) })).map((each) => [each.id, each])));

/** The first entities of each parent: `pairs` is a subquery of (parent, node) for the parents given for its question mark. */
const firstOf = (context, repository, pairs, first) =>
  loader(context, `${repository.metadata.name} ${first}`, async (parents) => {
    const ranked = `(SELECT p.parent, p.node, ROW_NUMBER() OVER (PARTITION BY p.parent ORDER BY p.node) AS place FROM (${pairs}) p)`;
    const { entities, raw } = await repository
      .createQueryBuilder("t")
      .innerJoin(ranked, "ranked", "ranked.node = t.id AND ranked.place <= :first")
      .addSelect("ranked.parent", "parent")
      .orderBy("ranked.parent")
      .addOrderBy("t.id")
      .setParameters({ parents: [...parents], first })
      .getRawAndEntities();
    const known = new Map(entities.map((entity) => [entity.id, entity]));
    const found = new Map(parents.map((parent) => [parent, []]));
    for (const row of raw) found.get(row.parent).push(known.get(row.t_id));
    return found;
  });

const linked = (context, name, repository, key, value) =>
  loader(context, name, async (ids) => {
    const found = new Map(ids.map((id) => [id, []]));
    for (const row of await repository.find({ where: { [key]: In([...ids]) }, order: { [value]: "ASC" } })) found.get(row[key]).push(row[value]);
    return found;
  });

const one = (__typename) => (id) => ({ __typename, id });
const distinct = (values) => [...new Set(values)];

const resolversOf = {
  customer: ({ Customer }) => ({
    Query: {
      customer: (_, { code }) => Customer.findOneBy({ code }),
      customers: async (_, { first, filter }) => ({
        nodes: await Customer.find({ where: { code: MoreThanOrEqual(filter.code.gte) }, order: { code: "ASC" }, take: first }),
      }),
    },
    Customer: { __resolveReference: ({ id }, context) => byId(context, Customer).load(id) },
  }),
  agreement: ({ Agreement, AgreementParty, AgreementService }) => ({
    Query: {
      agreements: async (_, { first, filter }) => ({
        nodes: await Agreement.find({ where: { code: MoreThanOrEqual(filter.code.gte) }, order: { code: "ASC" }, take: first }),
      }),
    },
    Agreement: {
      services: async ({ id }, { first }, context) => ({
        nodes: distinct(await linked(context, "services", AgreementService, "recordId", "toId").load(id))
          .slice(0, first)
          .map(one("Service")),
      }),
      customers: async ({ id }, { first }, context) => ({
        nodes: distinct(await linked(context, "parties", AgreementParty, "recordId", "partyId").load(id))
          .filter((party) => party.startsWith("cus_"))
          .slice(0, first)
          .map(one("Customer")),
      }),
    },
    Customer: {
      agreements: async ({ id }, { first }, context) => ({
        nodes: await firstOf(
          context,
          Agreement,
          "SELECT DISTINCT partyId AS parent, recordId AS node FROM agreement_parties WHERE partyId IN (:...parents)",
          first,
        ).load(id),
      }),
    },
  }),
  service: ({ Service }) => ({ Service: { __resolveReference: ({ id }, context) => byId(context, Service).load(id) } }),
  project: ({ Project }) => ({
    Service: {
      projects: async ({ id }, { first }, context) => ({
        nodes: await firstOf(
          context,
          Project,
          "SELECT DISTINCT serviceId AS parent, projectId AS node FROM deliverable WHERE serviceId IN (:...parents) AND state IN ('OPEN', 'DONE')",
          first,
        ).load(id),
      }),
    },
  }),
  application: ({ Application, ApplicationRole }) => ({
    Service: {
      applications: async ({ id }, { first }, context) => ({
        nodes: await firstOf(
          context,
          Application,
          "SELECT DISTINCT l.toId AS parent, l.applicationId AS node FROM application_function_supports l WHERE l.toId IN (:...parents)",
          first,
        ).load(id),
      }),
    },
    Application: {
      owner: async ({ id }, _, context) => {
        const roles = await loader(context, "roles", async (ids) => {
          const found = new Map(ids.map((each) => [each, []]));
          const rows = await ApplicationRole.find({ where: { applicationId: In([...ids]), role: "BUSINESS_OWNER" }, order: { id: "ASC" } });
          for (const row of rows) found.get(row.applicationId).push(row);
          return found;
        }).load(id);
        const day = new Date().toISOString().slice(0, 10);
        const holds = ({ holderId, validFrom, validTo }) => holderId.startsWith("per_") && (validFrom ?? day) <= day && (validTo ?? day) >= day;
        const [latest] = roles.filter(holds).sort((a, b) => (b.validFrom ?? "").localeCompare(a.validFrom ?? ""));
        return latest ? one("Person")(latest.holderId) : null;
      },
    },
  }),
  people: ({ Person }) => ({ Person: { __resolveReference: ({ id }, context) => byId(context, Person).load(id) } }),
};

/** One schema over all portfolios: a reference is read by its repository where it is met. */
async function monolith() {
  const repositories = {};
  const resolvers = {};
  for (const portfolio of Object.keys(tables)) {
    Object.assign(repositories, await openRepositories(portfolio));
    for (const [type, fields] of Object.entries(resolversOf[portfolio](repositories))) resolvers[type] = { ...resolvers[type], ...fields };
  }
  const whole =
    (resolve, repository) =>
    async (...args) => {
      const loaded = byId(args[2], repository);
      const answer = await resolve(...args);
      if (answer?.nodes) return { nodes: await loaded.loadMany(answer.nodes.map(({ id }) => id)) };
      return answer && loaded.load(answer.id);
    };
  resolvers.Agreement.services = whole(resolvers.Agreement.services, repositories.Service);
  resolvers.Agreement.customers = whole(resolvers.Agreement.customers, repositories.Customer);
  resolvers.Application.owner = whole(resolvers.Application.owner, repositories.Person);
  const schema = buildASTSchema(parse(monolithSdl));
  for (const [type, fields] of Object.entries(resolvers))
    for (const [field, resolve] of Object.entries(fields)) if (field !== "__resolveReference") schema.getType(type).getFields()[field].resolve = resolve;
  return schema;
}

/** The SDL of a portfolio's subgraph. */
export const subgraphSdl = (portfolio) => `${LINK}\n${typeDefs[portfolio]}`;
export const portfolios = Object.keys(typeDefs);

if (process.argv[1] === import.meta.filename) {
  const name = process.argv[2];
  const schema =
    name === "monolith"
      ? await monolith()
      : buildSubgraphSchema({ typeDefs: parse(subgraphSdl(name)), resolvers: resolversOf[name](await openRepositories(name)) });
  const server = new ApolloServer({ schema, introspection: false });
  await startStandaloneServer(server, { listen: { port: Number(process.env.PORT), host: "127.0.0.1" }, context: async () => ({}) });
}
