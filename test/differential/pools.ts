/** What operations are made of so that most of them find something: the records there are, their values and their cursors. */
import {
  type GraphQLField,
  type GraphQLObjectType,
  getNamedType,
  isInterfaceType,
  isLeafType,
  isListType,
  getNullableType,
  isObjectType,
  parse,
} from "graphql";
import type { CallContext } from "../../transport/subgraph.js";
import type { Hides, Monolith } from "./monolith.js";

export type Values = Readonly<Record<string, unknown>>;

export interface Pools {
  /** Records by type: their plain fields, and the ids of records they point to by the name of the link. */
  readonly records: ReadonlyMap<string, readonly Values[]>;
  /** Cursors of lists in their default order, by "Type.field". */
  readonly cursors: ReadonlyMap<string, readonly string[]>;
}

const MOST_RECORDS = 40;

/** Reads what there is of each type that has a root list, without what is hidden. */
export async function readPools(monolith: Monolith, call: CallContext, hides: Hides = () => false): Promise<Pools> {
  const query = monolith.schema.getQueryType()!;
  const records = new Map<string, Values[]>();
  const cursors = new Map<string, string[]>();
  const ask = async (text: string) => {
    const { data, errors } = await monolith.execute(parse(text), {}, call);
    if (errors) throw errors[0]!;
    return data as Record<string, any>;
  };
  for (const root of Object.values(query.getFields())) {
    const entity = entityOfList(root);
    if (!entity || hides("Query", root.name)) continue;
    const names = root.args.map(({ name }) => name);
    if (names.includes("filter")) {
      const connections = Object.values(entity.getFields()).filter(
        (field) => !hides(entity.name, field.name) && getNamedType(field.type).name.endsWith("Connection") && field.args.some(({ name }) => name === "after"),
      );
      const lists = connections.map(({ name }) => `${name}: ${name}(first: 1) { pageInfo { endCursor } }`);
      const { list } = await ask(`{ list: ${root.name}(first: ${MOST_RECORDS}) { edges { cursor } nodes { ${plainFields(entity, hides).join(" ")} } } }`);
      records.set(entity.name, list.nodes.map(flatten));
      cursors.set(
        `Query.${root.name}`,
        list.edges.map(({ cursor }: { cursor: string }) => cursor),
      );
      if (lists.length === 0) continue;
      const { list: nested } = await ask(
        `{ list: ${root.name}(first: ${MOST_RECORDS}) { nodes { id ${lists.filter((each) => !each.startsWith("signals")).join(" ")} } } }`,
      );
      for (const { name } of connections)
        cursors.set(`${entity.name}.${name}`, [...new Set<string>(nested.nodes.flatMap((node: any) => node[name]?.pageInfo.endCursor ?? []))]);
    } else if (names.includes("where")) {
      const { list } = await ask(`{ list: ${root.name}(first: ${MOST_RECORDS}) { edges { cursor } } }`);
      cursors.set(
        `Query.${root.name}`,
        list.edges.map(({ cursor }: { cursor: string }) => cursor),
      );
    }
  }
  return { records, cursors };
}

/** The entity that a field lists in a connection; null where it lists none. */
export function entityOfList({ type }: Pick<GraphQLField<unknown, unknown>, "type">): GraphQLObjectType | null {
  const connection = getNamedType(type);
  if (!isObjectType(connection) || !connection.name.endsWith("Connection")) return null;
  const node = getNamedType(connection.getFields()["nodes"]?.type);
  return isObjectType(node) && isEntity(node) ? node : null;
}

export const isEntity = (type: unknown): boolean => isObjectType(type) && type.getInterfaces().some(({ name }) => name === "Node");

function plainFields(entity: GraphQLObjectType, hides: Hides): string[] {
  return Object.values(entity.getFields()).flatMap((field) => {
    const type = getNullableType(field.type);
    if (field.args.length > 0 || isListType(type) || hides(entity.name, field.name)) return [];
    if (isLeafType(type)) return [field.name];
    if (isEntity(type) || (isInterfaceType(type) && type.name === "Node")) return [`${field.name} { id }`];
    return getNamedType(type).name === "Money" ? [`${field.name} { amount currency }`] : [];
  });
}

/** Links as the ids they lead to. */
function flatten(node: Record<string, any>): Values {
  return Object.fromEntries(
    Object.entries(node).map(([name, value]) => [name, value !== null && typeof value === "object" && "id" in value ? value.id : value]),
  );
}
