/** What an operation asks of the schema itself: no subgraph is asked, the planner's thread answers, and the event loop is not held up by it. */
import {
  type ASTNode,
  type DocumentNode,
  type FragmentDefinitionNode,
  Kind,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
  print,
  visit,
} from "graphql";
import { Recent } from "../../../transport/recent.js";
import type { Planner, SchemaTexts } from "../planning/planner.js";
import { WrittenData } from "./answers.js";
import type { Variables } from "./conditions.js";

/** Whether a field is one of the two by which a schema is asked. */
export const isOfSchema = (field: string): field is "__schema" | "__type" => field === "__schema" || field === "__type";

/** Answers that are kept: tools ask the same again and again, and each may take megabytes. */
const MOST_KEPT = 4;

/** A schema that answers what it is asked of itself, and keeps the last few answers. */
export class Introspection {
  private readonly kept = new Recent<Promise<SchemaTexts>>(MOST_KEPT);

  constructor(private readonly planner: Planner) {}

  /** Throws a GraphQLError: OPERATION_TOO_LARGE, or OVERLOADED. */
  ask(text: string, variables: Variables): Promise<SchemaTexts> {
    const key = `${text} ${JSON.stringify(variables)}`;
    const known = this.kept.get(key);
    if (known) return known;
    const answer = this.planner.askSchema(text, variables);
    this.kept.set(key, answer);
    // Whoever asks next may find it less busy.
    answer.catch(() => this.kept.delete(key));
    return answer;
  }
}

/** Answers what an operation asks of the schema, by response names. */
export type Introspect = (variables: Variables) => Promise<Record<string, WrittenData>>;

/** Compiles what an operation asks of the schema; null where that is nothing. */
export function compileIntrospection(
  introspection: Introspection,
  operation: OperationDefinitionNode,
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
): Introspect | null {
  const selectionSet = keepOfSchema(operation.selectionSet, fragments);
  if (selectionSet.selections.length === 0) return null;
  const { names, spread } = usedIn(selectionSet, fragments);
  const variableDefinitions = (operation.variableDefinitions ?? []).filter(({ variable }) => names.has(variable.name.value));
  const document: DocumentNode = { kind: Kind.DOCUMENT, definitions: [{ ...operation, variableDefinitions, directives: [], selectionSet }, ...spread] };
  const text = print(document);
  return async (given) => {
    const variables = Object.fromEntries([...names].flatMap((name) => (Object.hasOwn(given, name) ? [[name, given[name]]] : [])));
    const texts = await introspection.ask(text, variables);
    return Object.fromEntries(texts.map(([name, json]) => [name, new WrittenData(json)]));
  };
}

/** What of the root's selections asks the schema. */
function keepOfSchema({ kind, selections }: SelectionSetNode, fragments: ReadonlyMap<string, FragmentDefinitionNode>): SelectionSetNode {
  const kept = selections.flatMap((selection): SelectionNode[] => {
    if (selection.kind === Kind.FIELD) return isOfSchema(selection.name.value) ? [selection] : [];
    const fragment = selection.kind === Kind.INLINE_FRAGMENT ? selection : fragments.get(selection.name.value)!;
    const inner = keepOfSchema(fragment.selectionSet, fragments);
    return inner.selections.length === 0 ? [] : [{ kind: Kind.INLINE_FRAGMENT, directives: selection.directives ?? [], selectionSet: inner }];
  });
  return { kind, selections: kept };
}

/** The names of the variables that selections use, and the fragments that they spread. */
function usedIn(selectionSet: SelectionSetNode, fragments: ReadonlyMap<string, FragmentDefinitionNode>) {
  const names = new Set<string>();
  const spread = new Set<FragmentDefinitionNode>();
  const look = (node: ASTNode): void =>
    void visit(node, {
      Variable: ({ name }) => void names.add(name.value),
      FragmentSpread: ({ name }) => {
        const fragment = fragments.get(name.value)!;
        if (spread.has(fragment)) return;
        spread.add(fragment);
        look(fragment);
      },
    });
  look(selectionSet);
  return { names, spread };
}
