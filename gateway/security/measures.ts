/** How much an operation asks for by its shape alone: no schema is needed. */
import {
  type DefinitionNode,
  type DocumentNode,
  type FragmentDefinitionNode,
  type InlineFragmentNode,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
  visit,
} from "graphql";
import { isOfSchema } from "../execution/compiled/introspection.js";
import { limits } from "./limits.js";
import { placeIn, takeComparisons } from "./places.js";

type Fragments = ReadonlyMap<string, SelectionSetNode>;

/** How much a part of a document holds. */
interface Shape {
  /** Fields and fragments, each fragment taken apart wherever it is spread. */
  readonly fields: number;
  readonly aliases: number;
  /** Fragments on a type, wherever they are spread. */
  readonly conditions: number;
  readonly depth: number;
}

/** What is too much about a document and what to do, or null. */
export function measureDocument(document: DocumentNode): string | null {
  const { definitions } = document;
  if (definitions.length > limits.definitions) return `The text has ${definitions.length} operations and fragments; send at most ${limits.definitions}.`;
  const parts = definitions.filter(isPart);
  const fragments = new Map(parts.filter(isFragment).map(({ name, selectionSet }) => [name.value, selectionSet]));
  return explainWords(document) ?? explainShapes(parts, fragments) ?? explainPlaces(parts, fragments);
}

type Part = OperationDefinitionNode | FragmentDefinitionNode;
const isPart = (node: DefinitionNode): node is Part => node.kind === Kind.OPERATION_DEFINITION || node.kind === Kind.FRAGMENT_DEFINITION;
const isFragment = (part: Part): part is FragmentDefinitionNode => part.kind === Kind.FRAGMENT_DEFINITION;

/** Names under which something else than the value of a field is kept, lists within lists, and what is asked of the schema. */
function explainWords(document: DocumentNode): string | null {
  let excess: string | null = null;
  let lists = 0;
  const asked = { __schema: 0, __type: 0 };
  /** How many parts of the document that are about the schema one is within. */
  let within = 0;
  const enter = (isAbout: boolean) => void (within += Number(isAbout));
  const leave = (isAbout: boolean) => void (within -= Number(isAbout));
  visit(document, {
    Name({ value }) {
      if (value === "__proto__") excess = "No field, variable or fragment may be called __proto__; choose another name.";
    },
    Field: {
      enter({ alias, name: { value: name } }) {
        if (alias?.value === "__typename" && name !== "__typename")
          excess = "No other field may be called __typename, by which objects say their type; choose another name.";
        if (within > 0 && alias && SCHEMA_LISTS.has(name)) excess = `Of the schema, ${name} may be asked for under no other name.`;
        if (isOfSchema(name)) asked[name]++;
        enter(isOfSchema(name));
      },
      leave: ({ name }) => leave(isOfSchema(name.value)),
    },
    InlineFragment: { enter: (node) => enter(isOnSchema(node)), leave: (node) => leave(isOnSchema(node)) },
    FragmentDefinition: { enter: (node) => enter(isOnSchema(node)), leave: (node) => leave(isOnSchema(node)) },
    ListValue: {
      enter() {
        if (++lists > limits.lists) excess = `The operation writes lists more than ${limits.lists} deep in each other; pass them as variables.`;
      },
      leave() {
        lists--;
      },
    },
  });
  if (asked.__schema > limits.schemas) return `The text asks for the whole schema more than ${limits.schemas} times; ask once.`;
  if (asked.__type > limits.schemaTypes) return `The text asks for more than ${limits.schemaTypes} types of the schema; ask in several requests.`;
  return excess;
}

/** Of what a schema answers of itself: lists, each as long as the schema has it. */
const SCHEMA_LISTS = new Set(["types", "directives", "fields", "inputFields", "args", "interfaces", "possibleTypes", "enumValues"]);
const isOnSchema = ({ typeCondition }: InlineFragmentNode | FragmentDefinitionNode): boolean => typeCondition?.name.value.startsWith("__") === true;

function explainShapes(parts: readonly Part[], fragments: Fragments): string | null {
  const shapeOf = measureWith(fragments);
  let all = 0;
  for (const { selectionSet } of parts) {
    const { fields, aliases, conditions, depth } = shapeOf(selectionSet);
    if (depth > limits.depth) return `The operation is more than ${limits.depth} fields deep; ask for the deeper ones in a request of their own.`;
    if ((all += fields) > limits.fields)
      return `The operation asks for more than ${limits.fields} fields, those of fragments counted wherever they are spread; ask in several requests.`;
    if (aliases > limits.aliases) return `The operation gives more than ${limits.aliases} fields another name; ask in several requests.`;
    if (conditions > limits.conditions) return `The operation spreads more than ${limits.conditions} fragments on types; ask in several requests.`;
  }
  return null;
}

/** Measures selections, each fragment once. A fragment within itself counts for nothing there; validation refuses it. */
function measureWith(fragments: Fragments): (selectionSet: SelectionSetNode | undefined) => Shape {
  const nothing: Shape = { fields: 0, aliases: 0, conditions: 0, depth: 0 };
  const known = new Map<string, Shape>();
  const shapeOf = (selectionSet: SelectionSetNode | undefined): Shape => {
    let { fields, aliases, conditions, depth } = nothing;
    for (const selection of selectionSet?.selections ?? []) {
      const isField = selection.kind === Kind.FIELD;
      const inner = selection.kind === Kind.FRAGMENT_SPREAD ? shapeOfFragment(selection.name.value) : shapeOf(selection.selectionSet);
      fields += inner.fields + 1;
      aliases += inner.aliases + (isField && selection.alias ? 1 : 0);
      conditions += inner.conditions + (isField ? 0 : 1);
      depth = Math.max(depth, inner.depth + (isField ? 1 : 0));
    }
    return { fields, aliases, conditions, depth };
  };
  const shapeOfFragment = (name: string): Shape => {
    const measured = known.get(name);
    if (measured) return measured;
    known.set(name, nothing);
    const shape = shapeOf(fragments.get(name));
    known.set(name, shape);
    return shape;
  };
  return shapeOf;
}

function explainPlaces(parts: readonly Part[], fragments: Fragments): string | null {
  const left = { comparisons: limits.comparisons as number };
  for (const part of parts) {
    const root = placeIn(part.selectionSet, fragments);
    const fields = [...root.values()].reduce((sum, { count }) => sum + count, 0);
    if (part.kind === Kind.OPERATION_DEFINITION && fields > limits.rootFields)
      return `The operation has more than ${limits.rootFields} fields at its root; ask in several requests.`;
    if (!takeComparisons(root, left)) return "The operation asks for the same fields in the same places too often; ask once for each.";
  }
  return null;
}
