import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { type TestPortfolios, call, databaseKinds, newDatabase, openTestPortfolios } from "../support/graph.js";
import { Random } from "../support/random.js";

interface Item {
  id: string;
  code: string;
  title: string;
  reference: string | null;
  kind: string;
  startOn: string | null;
  noticeDays: number | null;
  contractual: boolean | null;
  value: { amount: string; currency: string } | null;
}
type Filter = Record<string, any>;
interface Order {
  field: "code" | "title" | "reference" | "kind" | "startOn" | "noticeDays" | "contractual" | "value" | "id";
  direction: "ASC" | "DESC";
}

const KINDS = ["SLA", "OLA", "MOU"];
const TITLES = ["alpha", "Alpha", "beta 100%", "b_ta", "émile", "日本 text", "שלום", "😀 smile", 'it\'s "quoted"', "zeta\\"];
const FIELDS = "id code title reference kind startOn noticeDays contractual value { amount currency }";
const seed = Number(process.env["SEED"] ?? 20261123);

describe.each(databaseKinds)("lists on %s", (kind) => {
  let graph: TestPortfolios;
  let items: Item[];
  let owners: { id: string; obligations: { id: string; statement: string; dueOn: string | null }[] }[];
  const random = new Random(seed);

  beforeAll(async () => {
    graph = await openTestPortfolios(newDatabase(kind));
    const writer = graph.subgraph("agreement").writer(call);
    const maybe = <T>(value: T) => (random.chance(0.25) ? null : value);
    const inputs = Array.from({ length: 150 }, (_, i) => ({
      code: `A-${String(i).padStart(3, "0")}`,
      title: random.pick(TITLES),
      reference: maybe(`R${random.between(1, 9)}`),
      kind: random.pick(KINDS),
      startOn: maybe(`2025-0${random.between(1, 9)}-1${random.between(0, 9)}`),
      noticeDays: maybe(random.between(0, 5) * 30),
      contractual: maybe(random.chance(0.5)),
      value: maybe({ amount: `${random.between(-3, 30)}.5`, currency: random.pick(["EUR", "JPX", "IDR"]).replace("JPX", "USD") }),
    }));
    const options = { act: "create", tolerate: new Set<string>() };
    const outcomes = await writer.createMany("Agreement", inputs, options);
    items = outcomes.map(({ record, problems }, i) => {
      expect(problems).toEqual([]);
      const input = inputs[i]!;
      return { ...input, id: record!.id, value: input.value && { ...input.value, amount: `${input.value.amount}0` } };
    });
    owners = [];
    for (const { id } of items.slice(0, 50)) {
      const inputs = Array.from({ length: random.between(0, 8) }, (_, i) => ({
        agreementId: id,
        obligor: "PROVIDER",
        category: "LEGAL",
        statement: `s${i % 3}`,
        dueOn: maybe(`2026-01-0${random.between(1, 9)}`),
      }));
      const created = await writer.createMany("Obligation", inputs, options);
      owners.push({ id, obligations: created.map(({ record }, i) => ({ id: record!.id, statement: inputs[i]!.statement, dueOn: inputs[i]!.dueOn })) });
    }
  });
  afterAll(() => graph.close());

  test("a thousand random filters and orders, read page by page, equal a naive evaluator", async () => {
    for (let round = 0; round < 1000; round++) {
      const filter = randomFilter(random, 3);
      const orderBy = Array.from({ length: random.between(0, 2) }, (): Order => ({
        field: random.pick(["code", "title", "reference", "kind", "startOn", "noticeDays", "contractual", "value", "id"]),
        direction: random.pick(["ASC", "DESC"]),
      }));
      const expected = items.filter((item) => matches(item, filter)).sort(comparing(orderBy));
      const first = random.pick([1, 7, 40, 200]);
      const read: Item[] = [];
      let after: string | null = null;
      const pages = first === 1 ? 3 : Infinity;
      for (let page = 0; page < pages; page++) {
        const query = `query ($first: Int!, $after: String, $filter: AgreementFilter, $orderBy: [AgreementOrder!]) { agreements(first: $first, after: $after, filter: $filter, orderBy: $orderBy) { totalCount nodes { ${FIELDS} } pageInfo { hasNextPage endCursor } } }`;
        const { agreements } = await graph.ask("agreement", query, { first, after, filter, orderBy });
        expect(agreements.totalCount).toBe(expected.length);
        read.push(...agreements.nodes);
        after = agreements.pageInfo.endCursor;
        expect(agreements.pageInfo.hasNextPage).toBe(read.length < expected.length);
        if (!agreements.pageInfo.hasNextPage) break;
      }
      expect({ round, seed, filter, orderBy, read }).toEqual({ round, seed, filter, orderBy, read: expected.slice(0, read.length) });
    }
  }, 240_000);

  test("a nested connection answers each parent's own top N, count and next page, in one statement each", async () => {
    const ids = owners.map(({ id }) => ({ __typename: "Agreement", id }));
    const query = `query ($representations: [_Any!]!) { _entities(representations: $representations) { ... on Agreement { id obligations(first: 2, filter: { statement: { not: "s1" } }, orderBy: [{ field: dueOn, direction: DESC }]) { totalCount nodes { id } pageInfo { hasNextPage } } } } }`;
    const statements: string[] = [];
    graph.subgraph("agreement").database.onStatement = (sql) => statements.push(sql);
    const answer = await graph.subgraph("agreement").execute({ query, variables: { representations: ids } }, call);
    graph.subgraph("agreement").database.onStatement = null;
    const expected = owners.map(({ id, obligations }) => {
      const all = obligations
        .filter(({ statement }) => statement !== "s1")
        .sort((a, b) => (a.dueOn === b.dueOn ? (a.id < b.id ? -1 : 1) : (a.dueOn ?? "") > (b.dueOn ?? "") ? -1 : 1));
      return {
        id,
        obligations: { totalCount: all.length, nodes: all.slice(0, 2).map((each) => ({ id: each.id })), pageInfo: { hasNextPage: all.length > 2 } },
      };
    });
    expect(answer).toEqual({ data: { _entities: expected } });
    expect(expected.some(({ obligations }) => obligations.totalCount > 2)).toBe(true);
    expect(statements).toHaveLength(2);
  });

  test("reads select only the columns the operation needs", async () => {
    const statements: string[] = [];
    graph.subgraph("agreement").database.onStatement = (sql) => statements.push(sql);
    await graph.ask("agreement", `{ agreements(first: 1) { nodes { title ...Rest } } } fragment Rest on Agreement { value { amount } }`);
    await graph.ask("agreement", `{ agreements(first: 1, orderBy: [{ field: code }, { field: title }]) { nodes { title } } }`);
    graph.subgraph("agreement").database.onStatement = null;
    expect(statements).toEqual([
      "SELECT '', t.`id`, t.`title`, t.`valueAmount`, t.`valueCurrency` FROM `agreement` t WHERE 1 = 1 ORDER BY t.`id` LIMIT ?",
      // No two agreements share a code: nothing is sorted by what comes after it.
      "SELECT '', t.`id`, t.`title` FROM `agreement` t WHERE 1 = 1 ORDER BY t.`code` LIMIT ?",
    ]);
  });

  test("a filter of forty words within each other is answered; one of too many conditions or values is refused", async () => {
    const ask = async (filter: Filter) => {
      const query = "query ($filter: AgreementFilter) { agreements(filter: $filter) { totalCount } }";
      const { data, errors } = await graph.subgraph("agreement").execute({ query, variables: { filter } }, call);
      return errors ? errors.map(({ message, extensions }) => [message, extensions?.["code"]]) : data!["agreements"];
    };
    const nest = (times: number, filter: Filter): Filter => (times === 0 ? filter : { not: nest(times - 1, filter) });
    const conditions = (count: number) => ({ or: Array.from({ length: count - 1 }, () => ({ code: { eq: "A-001" } })) });
    const values = (lists: number) => ({ or: Array.from({ length: lists }, () => ({ code: { in: Array.from({ length: 1000 }, (_, i) => `A-00${i}`) } })) });
    expect(await ask(nest(40, { code: { eq: "A-001" } }))).toEqual({ totalCount: 1 });
    expect(await ask(nest(39, { code: { eq: "A-001" } }))).toEqual({ totalCount: 149 });
    expect(await ask(conditions(200))).toEqual({ totalCount: 1 });
    expect(await ask(conditions(201))).toEqual([["A filter holds at most 200 conditions; ask in several requests.", "BAD_USER_INPUT"]]);
    expect(await ask(values(10))).toEqual({ totalCount: 10 });
    expect(await ask(values(11))).toEqual([["A filter holds at most 10000 values; ask in several requests.", "BAD_USER_INPUT"]]);
  });

  test.each([
    ["first: -1", "first must be from 0 to 1000; it is -1."],
    ["first: 1001", "first must be from 0 to 1000; it is 1001."],
    [`after: "garbage"`, "after is not a cursor of this list in this order; pass an endCursor it answered, with the same orderBy."],
    [`filter: { value: { gt: "1" } }`, "filter.value: amounts are compared within one currency; add currency."],
    [`filter: { title: { eq: null } }`, "A filter's eq cannot be null; use isNull."],
  ])("%s is refused with what to do", async (argument, message) => {
    const answer = await graph.subgraph("agreement").execute({ query: `{ agreements(${argument}) { nodes { id } } }` }, call);
    expect(answer).toEqual({ data: null, errors: [{ message, path: expect.any(Array), extensions: { code: "BAD_USER_INPUT" } }] });
  });

  test("a cursor of another order is refused", async () => {
    const { agreements } = await graph.ask("agreement", `{ agreements(first: 1, orderBy: [{ field: code }]) { pageInfo { endCursor } } }`);
    const answer = await graph.subgraph("agreement").execute({ query: `{ agreements(after: "${agreements.pageInfo.endCursor}") { nodes { id } } }` }, call);
    expect(answer.errors?.[0]?.message).toMatch(/^after is not a cursor of this list in this order/);
  });
});

// --- the naive evaluator ---

function randomFilter(random: Random, depth: number): Filter {
  const filter: Filter = {};
  for (let i = random.between(1, 2); i > 0; i--) {
    if (depth > 0 && random.chance(0.4)) {
      const word = random.pick(["and", "or", "not"]);
      filter[word] = word === "not" ? randomFilter(random, depth - 1) : Array.from({ length: random.between(0, 3) }, () => randomFilter(random, depth - 1));
    } else Object.assign(filter, randomCondition(random));
  }
  return filter;
}
function randomCondition(random: Random): Filter {
  const range = () => random.pick(["eq", "not", "gt", "gte", "lt", "lte"]);
  switch (random.between(0, 7)) {
    case 0:
      return {
        title: { [random.pick(["eq", "not", "contains", "startsWith", "gt", "lte"])]: random.pick([...TITLES, "a", "%", "_", "é", "😀", "\\", "日本"]) },
      };
    case 1:
      return { reference: { [random.pick(["in", "notIn"])]: ["R1", "R2", "R3"].slice(0, random.between(0, 3)) } };
    case 2:
      return { kind: { [random.pick(["eq", "not"])]: random.pick(KINDS) } };
    case 3:
      return { startOn: { [range()]: `2025-0${random.between(1, 9)}-15` } };
    case 4:
      return { noticeDays: { [range()]: random.between(0, 5) * 30 } };
    case 5:
      return { contractual: { eq: random.chance(0.5) } };
    case 6:
      return { value: { currency: random.pick(["EUR", "USD", "IDR"]), [random.pick(["eq", "gt", "gte", "lt", "lte"])]: `${random.between(-3, 30)}.5` } };
    default:
      return { [random.pick(["reference", "startOn", "noticeDays", "contractual", "value"])]: { isNull: random.chance(0.5) } };
  }
}

function matches(item: Item, filter: Filter): boolean {
  return Object.entries(filter).every(([name, condition]) => {
    if (name === "and") return (condition as Filter[]).every((each) => matches(item, each));
    if (name === "or") return (condition as Filter[]).some((each) => matches(item, each));
    if (name === "not") return !matches(item, condition as Filter);
    if (name === "value") return matchesMoney(item.value, condition as Filter);
    return Object.entries(condition as Filter).every(([word, value]) => compare(word, item[name as keyof Item], value));
  });
}
function matchesMoney(value: Item["value"], { currency, isNull, ...amounts }: Filter): boolean {
  if (isNull !== undefined) return (value === null) === isNull;
  return (
    value !== null && value.currency === currency && Object.entries(amounts).every(([word, amount]) => compare(word, Number(value.amount), Number(amount)))
  );
}
function compare(word: string, value: any, wanted: any): boolean {
  if (word === "isNull") return (value === null) === wanted;
  if (word === "not") return value !== wanted;
  if (word === "notIn") return !wanted.includes(value);
  if (value === null) return false;
  const order = byCodePoint(value, wanted);
  const results: Record<string, () => boolean> = {
    eq: () => value === wanted,
    in: () => wanted.includes(value),
    contains: () => value.includes(wanted),
    startsWith: () => value.startsWith(wanted),
    gt: () => order > 0,
    gte: () => order >= 0,
    lt: () => order < 0,
    lte: () => order <= 0,
  };
  return results[word]!();
}
/** Text sorts by code point, as UTF-8 bytes do. */
function byCodePoint(a: any, b: any): number {
  if (typeof a === "string") return Buffer.compare(Buffer.from(a), Buffer.from(b as string));
  return Number(a) - Number(b);
}
function comparing(orderBy: readonly Order[]): (a: Item, b: Item) => number {
  const keyOf = (item: Item, field: Order["field"]): any[] =>
    field === "value" ? [item.value?.currency ?? null, item.value ? Number(item.value.amount) : null] : [item[field]];
  return (a, b) => {
    for (const { field, direction } of [...orderBy, { field: "id", direction: "ASC" } as Order])
      for (const [i, left] of keyOf(a, field).entries()) {
        const right = keyOf(b, field)[i];
        const order = left === null || right === null ? Number(right === null) - Number(left === null) : byCodePoint(left, right);
        if (order !== 0) return direction === "DESC" ? -order : order;
      }
    return 0;
  };
}
