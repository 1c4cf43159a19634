import {
  getNamedType,
  getNullableType,
  isInterfaceType,
  isListType,
  isObjectType,
  isUnionType,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLObjectType,
  type GraphQLSchema,
} from "graphql";
import { findHome, type Home } from "./portfolios";

/** A type of record: an object type that implements Node. */
export interface Entity extends Home {
  name: string;
  description: string;
  /** Main entities are the ones people know by a code. */
  main: boolean;
  /** Fields that lead to no other entity. */
  fields: { name: string; type: string; description: string }[];
}

/** A way from one entity to another. */
export interface Link {
  from: string;
  to: string;
  /** Field of `from`, with the field of a value object below it where the link lies there: "parties.signatory". */
  field: string;
  many: boolean;
  description: string;
}

export interface Graph {
  entities: Entity[];
  links: Link[];
}

/** The entities of a schema in the order their portfolios declare them, and every link between two of them. */
export function readGraph(schema: GraphQLSchema): Graph {
  const node = schema.getType("Node");
  const types = isInterfaceType(node) ? [...schema.getPossibleTypes(node)] : [];
  const names = new Set(types.map((type) => type.name));
  const links = types.flatMap((type) => fieldsOf(type).flatMap((field) => readLinks(type, field, names)));
  const linked = new Set(links.map(({ from, field }) => `${from}.${field.split(".")[0]}`));
  const entities = types.map((type): Entity => ({
    ...findHome(type.name),
    name: type.name,
    description: type.description ?? "",
    main: "code" in type.getFields(),
    fields: fieldsOf(type)
      .filter((field) => !linked.has(`${type.name}.${field.name}`))
      .map(({ name, type, description }) => ({ name, type: String(type), description: description ?? "" })),
  }));
  return { entities: entities.sort((a, b) => a.order - b.order || a.name.localeCompare(b.name)), links };
}

function readLinks(owner: GraphQLObjectType, field: GraphQLField<unknown, unknown>, entities: Set<string>): Link[] {
  const description = field.description ?? "";
  return follow(field, "").map((link) => ({ from: owner.name, description, ...link }));

  function follow({ name, type }: GraphQLField<unknown, unknown>, above: string): Pick<Link, "to" | "field" | "many">[] {
    const target = getNamedType(type);
    const page = pageOf(target);
    const many = page !== undefined || isListType(getNullableType(type));
    const path = above + name;
    const reached = page ?? target;
    if (isUnionType(reached)) return reached.getTypes().map((member) => ({ to: member.name, field: path, many }));
    if (entities.has(reached.name)) return [{ to: reached.name, field: path, many }];
    // A value object's own links count as its owner's; anything deeper is an answer, not a link.
    if (!isObjectType(reached) || page || above) return [];
    return fieldsOf(reached).flatMap((below) => follow(below, `${path}.`).map((link) => ({ ...link, many: link.many || many })));
  }
}

/** The type a connection's page holds, undefined for any other type. */
function pageOf(type: GraphQLNamedType): GraphQLNamedType | undefined {
  const nodes = isObjectType(type) && type.name.endsWith("Connection") ? type.getFields().nodes : undefined;
  return nodes && getNamedType(nodes.type);
}

function fieldsOf(type: GraphQLObjectType): GraphQLField<unknown, unknown>[] {
  return Object.values(type.getFields());
}
