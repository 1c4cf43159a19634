/** The policy as `@requiresScopes` of a subgraph's SDL, for routers that read it there. */
import {
  type ConstDirectiveNode,
  type ConstListValueNode,
  type DocumentNode,
  type FieldDefinitionNode,
  Kind,
  type ObjectTypeDefinitionNode,
  type ObjectTypeExtensionNode,
  visit,
} from "graphql";
import { writtenType } from "../../../transport/access/guard.js";
import { PORTFOLIO_ROLE, type Policy, type Rights } from "../../../transport/access/policy.js";
import { ALL_CUSTOMERS, OWN_CUSTOMERS, scopeOf } from "../../../transport/access/scopes.js";
import { namedTypeOf } from "./written.js";

const DIRECTIVE = "requiresScopes";

/**
 * The SDL with what the policy asks for on each field: alternatives, each of scopes that are all needed. Fields that everybody may read who may read anything carry none,
 * but those at the root, which all else is reached through. What input fields set is not said: directives cannot.
 */
export function authorise(document: DocumentNode, policy: Policy): DocumentNode {
  const readers = readersOf(policy);
  const ofType = (type: ObjectTypeDefinitionNode | ObjectTypeExtensionNode) => ({
    ...type,
    fields: (type.fields ?? []).map((field) => {
      const required = requirementOf(readers, type.name.value, field);
      return required ? { ...field, directives: [...(field.directives ?? []), directive(required)] } : field;
    }),
  });
  return visit(document, {
    ObjectTypeDefinition: ofType,
    ObjectTypeExtension: ofType,
    Directive: (node) => (node.name.value === "link" ? importing(node as ConstDirectiveNode) : undefined),
  });
}

/** A role, and what it lets those do who are not limited to customers (null: nothing), and those who are. */
interface Reader {
  readonly scope: string;
  readonly all: Rights | null;
  readonly own: Rights;
}

function readersOf(policy: Policy): readonly Reader[] {
  const roles = policy.roleNames.filter((role) => role !== PORTFOLIO_ROLE);
  return roles.map((role) => ({
    scope: scopeOf(role),
    all: policy.isForCustomers(role) ? null : policy.rightsOf({ subject: role, roles: [role], customers: null }),
    own: policy.rightsOf({ subject: role, roles: [role], customers: [] }),
  }));
}

/** Fields that the policy hides from somebody though they know no null, as "Type.field": to ask for one would refuse the whole operation. */
export function findUndeniable(document: DocumentNode, policy: Policy): string[] {
  const rights = readersOf(policy).flatMap(({ all, own }) => (all ? [all, own] : [own]));
  return document.definitions.flatMap((definition) => {
    if (definition.kind !== Kind.OBJECT_TYPE_DEFINITION && definition.kind !== Kind.OBJECT_TYPE_EXTENSION) return [];
    const type = definition.name.value;
    if (type === "Mutation") return [];
    const required = (definition.fields ?? []).filter((field) => field.type.kind === Kind.NON_NULL_TYPE).map((field) => field.name.value);
    return required.filter((field) => rights.some((each) => !each.mayRead(type, field))).map((field) => `${type}.${field}`);
  });
}

function requirementOf(readers: readonly Reader[], type: string, field: FieldDefinitionNode): string[][] | null {
  const name = field.name.value;
  const may = (rights: Rights): boolean =>
    type === "Mutation" ? rights.mayWrite(name, writtenType(namedTypeOf(field.type), name)) : rights.mayRead(type, name);
  const answers = readers.map(({ scope, all, own }) => ({ scope, isForCustomers: !all, all: all !== null && may(all), own: may(own) }));
  const isRoot = type === "Query" || type === "Mutation";
  if (!isRoot && answers.every(({ all, own, isForCustomers }) => (all || isForCustomers) && own)) return null;
  if (!isRoot && answers.every(({ all, own, isForCustomers }) => (all || isForCustomers) && !own)) return [[ALL_CUSTOMERS]];
  return answers.flatMap(({ scope, all, own }) => (all && own ? [[scope]] : all ? [[scope, ALL_CUSTOMERS]] : own ? [[scope, OWN_CUSTOMERS]] : []));
}

const list = (values: ConstListValueNode["values"]): ConstListValueNode => ({ kind: Kind.LIST, values });

function directive(alternatives: readonly (readonly string[])[]): ConstDirectiveNode {
  const scopes = list(alternatives.map((each) => list(each.map((value) => ({ kind: Kind.STRING, value })))));
  const argument = { kind: Kind.ARGUMENT, name: { kind: Kind.NAME, value: "scopes" }, value: scopes } as const;
  return { kind: Kind.DIRECTIVE, name: { kind: Kind.NAME, value: DIRECTIVE }, arguments: [argument] };
}

/** The link to Federation, the directive among what it imports. */
function importing(link: ConstDirectiveNode): ConstDirectiveNode {
  return {
    ...link,
    arguments: (link.arguments ?? []).map((argument) =>
      argument.name.value === "import" && argument.value.kind === Kind.LIST
        ? { ...argument, value: list([...argument.value.values, { kind: Kind.STRING, value: `@${DIRECTIVE}` }]) }
        : argument,
    ),
  };
}
