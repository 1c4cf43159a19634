/** Which services a customer has, and which customers a service: by agreements in force, usage and dependencies, which three portfolios hold. */
import { daysAfter, isDay } from "../kernel/dates.js";
import { badInput } from "../kernel/errors.js";
import { type PairsSource, entityOf } from "../kernel/model.js";
import { answerPage, checkFirst } from "../kernel/pages.js";
import type { Sql } from "../kernel/reads/conditions.js";
import type { OrderInput } from "../kernel/reads/orders.js";
import { type PageItem, type PageRequest, type ReadRow, countPage, selectBecause, selectPage } from "../kernel/reads/statements.js";
import type { Resolvers } from "../kernel/resolvers.js";
import type { Reading } from "./reading.js";
import { SIGNALS } from "./rules.js";
import { stubOf } from "./search.js";
import { inForce, sqlOf, validOn } from "./sql.js";
import { WhereCompiler } from "./where.js";

interface UnionArguments {
  readonly on?: string | null;
  readonly where?: Readonly<Record<string, unknown>> | null;
  readonly orderBy?: OrderInput[] | null;
  readonly first?: number | null;
  readonly after?: string | null;
}

export const unionResolvers: Resolvers = {
  Customer: { services: answerUnion("Service", { parent: "v.customerId", node: "v.serviceId" }) },
  Service: { customers: answerUnion("Customer", { parent: "v.serviceId", node: "v.customerId" }) },
};

/** Every record that links a customer and a service on `day`, as `v`. */
function linksOn(day: string): string {
  return inlined(sqlOf`(
    SELECT a.id, p.partyId AS customerId, s.toId AS serviceId
    FROM \`agreement\` a JOIN \`agreement_parties\` p ON p.recordId = a.id JOIN \`agreement_services\` s ON s.recordId = a.id
    WHERE substr(p.partyId, 1, 4) = 'cus_' AND ${inForce("a", day)}
    UNION ALL
    SELECT u.id, u.customerId, u.serviceId FROM \`service_usage\` u WHERE u.periodFrom <= ${day} AND u.periodTo >= ${daysAfter(day, -SIGNALS.usage.recentDays)}
    UNION ALL
    SELECT d.id, d.customerId, d.serviceId FROM \`service_dependency\` d WHERE ${validOn("d", day)}
  ) v`);
}
/** SQL whose cells are days, written in their places: the source of a page takes no cells. */
function inlined({ text, cells }: Sql): string {
  let at = 0;
  return text.replaceAll("?", () => `'${String(cells[at++])}'`);
}

function answerUnion(type: "Customer" | "Service", ends: Pick<PairsSource, "parent" | "node">) {
  return ({ id }: { id: string }, { on, where, orderBy, first, after }: UnionArguments, reading: Reading): object => {
    const day = on ?? reading.today;
    if (!isDay(day)) throw badInput(`on is ${day}; write a day as YYYY-MM-DD.`);
    const entity = entityOf(reading.model, type);
    const source: PairsSource = { kind: "pairs", from: linksOn(day), ...ends, where: "", unique: false };
    const request = (parents: readonly string[]): PageRequest => ({
      entity,
      source,
      parents,
      keys: new Set(),
      filter: {},
      condition: new WhereCompiler(reading.model).compile(entity, where ?? {}),
      orderBy: orderBy ?? [],
      first: checkFirst(first),
      after: after ?? null,
      viewer: reading.viewer,
    });
    // Parents asked for together are read together; what is asked of them is in the name.
    const name = `${type} ${JSON.stringify([day, where, orderBy])}`;
    const pageName = `${name} ${checkFirst(first)} ${after ?? ""}`;
    const because = (node: string) =>
      reading.load<readonly string[]>(`${name} because`, `${id} ${node}`, [], (pairs) => {
        const [parents, nodes] = [0, 1].map((end) => [...new Set(pairs.map((pair) => pair.split(" ")[end]!))]) as [string[], string[]];
        return reading.run(selectBecause(source, undefined, parents, nodes, reading.viewer));
      });
    const stub = (each: string) => stubOf(reading.model, each);
    const connection = answerPage<PageItem>(request([id]), {
      read: () => reading.load<readonly PageItem[]>(`page of ${pageName}`, id, [], (parents) => reading.run(selectPage(request(parents)))),
      count: () => reading.load<number>(`count of ${name}`, id, 0, (parents) => reading.run(countPage(request(parents)))),
      cursorOf: ({ cursor }) => cursor,
      nodeOf: ({ row }) => row,
      edgeFields: ({ row }) => ({
        because: async () => (await because((row as ReadRow).id)).map(stub),
      }),
    });
    return { ...connection, asOf: () => reading.asOf() };
  };
}
