/** What an operation asks for beyond the rights of whoever asks: fields selected, mutations, and the fields that arguments filter, sort, group or set. */
import {
  type DocumentNode,
  type FieldNode,
  type GraphQLInputType,
  type GraphQLNamedType,
  type GraphQLOutputType,
  type GraphQLSchema,
  Kind,
  TypeInfo,
  type ValueNode,
  getNamedType,
  getNullableType,
  isAbstractType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isListType,
  isNonNullType,
  isObjectType,
  isScalarType,
  typeFromAST,
  visit,
  visitWithTypeInfo,
} from "graphql";
import type { Rights } from "./policy.js";

/** A selected field that may not be read. */
export interface HiddenField {
  readonly node: FieldNode;
  readonly type: string;
  readonly field: string;
  /** Whether a null may stand for it. */
  readonly isNullable: boolean;
}
/** What an operation asks for and may not. */
export interface Findings {
  readonly fields: readonly HiddenField[];
  /** Why the whole operation is refused: sentences. */
  readonly refusals: readonly string[];
}
type Variables = Readonly<Record<string, unknown>>;

/** The findings of a document, whatever its variables hold. */
export function findHidden(schema: GraphQLSchema, document: DocumentNode, rights: Rights): Findings {
  const fields: HiddenField[] = [];
  const refusals = new Set<string>();
  const info = new TypeInfo(schema);
  const inputs = new InputGuard(schema, rights, refusals);
  visit(
    document,
    visitWithTypeInfo(info, {
      Field(node) {
        const parent = info.getParentType();
        const definition = info.getFieldDef();
        if (!parent || !definition) return;
        if (parent === schema.getMutationType()) {
          if (!rights.mayWrite(node.name.value, writtenType(getNamedType(definition.type).name, node.name.value)))
            refusals.add(`${node.name.value} may not be asked for.`);
        } else if (!readable(schema, parent, node.name.value, rights))
          fields.push({ node, type: parent.name, field: node.name.value, isNullable: !isNonNullType(definition.type) });
      },
      Argument(node) {
        const argument = info.getArgument();
        if (argument) inputs.checkLiteral(argument.type, node.value);
      },
    }),
  );
  return { fields, refusals: [...refusals] };
}

/** Why the operation is refused for what its variables hold. */
export function findHiddenVariables(schema: GraphQLSchema, document: DocumentNode, variables: Variables, rights: Rights): readonly string[] {
  const naming = namingVariables(schema, document);
  if (naming.length === 0) return NOTHING;
  const refusals = new Set<string>();
  const inputs = new InputGuard(schema, rights, refusals);
  for (const { name, type, defaultValue } of naming) {
    inputs.checkValue(type, variables[name]);
    if (defaultValue) inputs.checkLiteral(type, defaultValue);
  }
  return [...refusals];
}

const NOTHING: readonly string[] = [];

/** A variable that may name fields, as one of a scalar never does. */
interface NamingVariable {
  readonly name: string;
  readonly type: GraphQLInputType;
  readonly defaultValue: ValueNode | undefined;
}

/** What is known of documents, by the schema they are asked of. */
const known = new WeakMap<GraphQLSchema, WeakMap<DocumentNode, readonly NamingVariable[]>>();

function namingVariables(schema: GraphQLSchema, document: DocumentNode): readonly NamingVariable[] {
  let documents = known.get(schema);
  if (!documents) known.set(schema, (documents = new WeakMap()));
  let variables = documents.get(document);
  if (!variables) documents.set(document, (variables = findNaming(schema, document)));
  return variables;
}

function findNaming(schema: GraphQLSchema, document: DocumentNode): NamingVariable[] {
  const all = document.definitions.flatMap((definition) => (definition.kind === Kind.OPERATION_DEFINITION && definition.variableDefinitions) || []);
  return all.flatMap(({ variable, type: node, defaultValue }) => {
    const type = typeFromAST(schema, node) as GraphQLInputType | undefined;
    return !type || isScalarType(getNamedType(type)) ? [] : [{ name: variable.name.value, type, defaultValue }];
  });
}

/** Of an interface's field, whether it may be read of every type. */
function readable(schema: GraphQLSchema, parent: GraphQLNamedType, field: string, rights: Rights): boolean {
  if (field.startsWith("__")) return true;
  const types = isAbstractType(parent) ? schema.getPossibleTypes(parent) : [parent];
  return types.every((type) => rights.mayRead(type.name, field)) && (!isInterfaceType(parent) || rights.mayRead(parent.name, field));
}

/** The type of the records that a mutation writes, by the type it answers: the X of `XPayload`, or of `deleteX`. */
export function writtenType(payload: string, mutation: string): string | null {
  if (payload === "DeletePayload") return mutation.slice("delete".length);
  return payload.endsWith("Payload") ? payload.slice(0, -"Payload".length) : null;
}

const READING = /(CountWhere|ManyWhere|Where|Filter|Order|GroupKey|Measure)$/;
const SETTING = /^(Create|Update)(\w+)Input$/;
/** Words of conditions that name no field. */
const WORDS: ReadonlySet<string> = new Set(["and", "or", "not"]);
/** Inputs whose words are about a field that was named before. */
const OF_A_FIELD = /(CountWhere|ManyWhere|Measure|GroupKey|Order)$/;
const CHOOSING = /(OrderField|GroupField|GroupLink|MeasureField|MeasureLink|DateField)$/;

/** Follows inputs to the fields they are about. */
class InputGuard {
  constructor(
    private readonly schema: GraphQLSchema,
    private readonly rights: Rights,
    private readonly refusals: Set<string>,
  ) {}

  checkLiteral(type: GraphQLInputType, node: ValueNode): void {
    const named = getNamedType(type);
    if (node.kind === Kind.LIST) for (const each of node.values) this.checkLiteral(type, each);
    else if (node.kind === Kind.OBJECT && isInputObjectType(named))
      for (const { name, value } of node.fields) {
        this.checkField(named.name, name.value);
        const field = named.getFields()[name.value];
        if (field) this.checkLiteral(field.type, value);
      }
    else if (node.kind === Kind.ENUM && isEnumType(named)) this.checkChoice(named.name, node.value);
  }

  checkValue(type: GraphQLInputType, value: unknown): void {
    if (value === null || value === undefined) return;
    const nullable: GraphQLInputType = getNullableType(type);
    const named = getNamedType(type);
    if (Array.isArray(value)) for (const each of value) this.checkValue(isListType(nullable) ? nullable.ofType : nullable, each);
    else if (typeof value === "object" && isInputObjectType(named))
      for (const [name, inner] of Object.entries(value)) {
        this.checkField(named.name, name);
        const field = named.getFields()[name];
        if (field) this.checkValue(field.type, inner);
      }
    else if (typeof value === "string" && isEnumType(named)) this.checkChoice(named.name, value);
  }

  private checkField(input: string, name: string): void {
    const [, , set] = SETTING.exec(input) ?? [];
    if (set !== undefined) {
      const type = this.typeOf(set);
      const field = type && fieldOf(type, name);
      if (type && field && !this.rights.maySet(type.name, field)) this.refusals.add(`${type.name}.${field} may not be set.`);
      return;
    }
    if (!READING.test(input) || OF_A_FIELD.test(input) || WORDS.has(name)) return;
    const words = this.schema.getType(input);
    // Only conditions on records can be joined; those on values are about the field that was named before.
    if (!isInputObjectType(words) || !("and" in words.getFields())) return;
    this.checkRead(input.replace(READING, ""), name === "hasFindings" ? "findings" : name, "filtered by");
  }

  private checkChoice(choices: string, value: string): void {
    if (CHOOSING.test(choices)) this.checkRead(choices.replace(CHOOSING, ""), value, "sorted or grouped by");
  }

  private checkRead(of: string, name: string, how: string): void {
    const type = this.typeOf(of);
    // Conditions on scalars, enums and records of other portfolios are about no type's fields.
    if (!type) return;
    const field = fieldOf(type, name);
    // A subgraph may know the type by its name only: then all that may be meant must be readable.
    const meant = field ? [field] : fieldsMeant(name);
    if (!meant.every((each) => this.rights.mayRead(type.name, each))) this.refusals.add(`${type.name} records may not be ${how} ${name}.`);
  }

  /** The type that a name stands for: a type of the graph, or the items of a list of one ("AgreementParties"). */
  private typeOf(name: string): { readonly name: string; getFields(): Readonly<Record<string, { type: GraphQLOutputType }>> } | null {
    const type = this.schema.getType(name);
    if (isObjectType(type)) return type;
    for (let end = name.length - 1; end > 0; end--) {
      const owner = this.schema.getType(name.slice(0, end));
      const rest = name.slice(end);
      if (!isObjectType(owner) || !/^[A-Z]/.test(rest)) continue;
      const field = owner.getFields()[rest[0]!.toLowerCase() + rest.slice(1)];
      const items = field && getNamedType(field.type);
      if (isObjectType(items)) return items;
    }
    return null;
  }
}

/** The field that an input's key is about: `owner` of "ownerId", `services` of "serviceIds", `party` of "partyIsCustomer". */
function fieldOf(type: { getFields(): Readonly<Record<string, unknown>> }, key: string): string | null {
  const fields = type.getFields();
  return fieldsMeant(key).find((candidate) => candidate in fields) ?? null;
}
function fieldsMeant(key: string): string[] {
  const stem = key.replace(/Is[A-Z]\w*$/, "").replace(/Ids?$/, "");
  return [key, stem, `${stem}s`, `${stem.replace(/y$/, "")}ies`];
}
