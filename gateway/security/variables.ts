/**
 * Whether variables hold what their operation takes. graphql-js tells every mistake, and with each prints all that stands around it: what is told would grow with
 * the square of what was sent. Here few are told, and briefly.
 */
import {
  GraphQLError,
  type GraphQLInputType,
  type GraphQLSchema,
  type VariableDefinitionNode,
  coerceInputValue,
  isInputType,
  isNonNullType,
  typeFromAST,
} from "graphql";
import { limits } from "./limits.js";

/** Characters of a value, and of what is wrong with it, that are told. */
const LONGEST_VALUE = 100;
const LONGEST_REASON = 500;

/** What is wrong with the values that variables are given, or with their having none: at most `limits.validationErrors` mistakes. */
export function findMistakes(
  schema: GraphQLSchema,
  definitions: readonly VariableDefinitionNode[],
  variables: Readonly<Record<string, unknown>>,
): readonly GraphQLError[] {
  const mistakes: GraphQLError[] = [];
  for (const definition of definitions) {
    const { value: name } = definition.variable.name;
    const isGiven = Object.hasOwn(variables, name);
    const value = isGiven ? variables[name] : undefined;
    const type = typeFromAST(schema, definition.type);
    // Validation told of other types.
    if (!isInputType(type)) continue;
    if (value !== undefined && value !== null) collectMistakes(definition, type, value, mistakes);
    else if (isNonNullType(type) && (isGiven || !definition.defaultValue)) {
      const [kind, what] = isGiven ? ["non-null", "must not be null"] : ["required", "was not provided"];
      mistakes.push(mistake(definition, `Variable "$${name}" of ${kind} type "${String(type)}" ${what}.`));
    }
    if (mistakes.length === limits.validationErrors) break;
  }
  return mistakes;
}

const mistake = (definition: VariableDefinitionNode, message: string): GraphQLError =>
  new GraphQLError(message, { nodes: definition, extensions: { code: "BAD_USER_INPUT" } });

/** Thrown to end a walk that has told enough. */
const ENOUGH = new Error("enough mistakes were told");

function collectMistakes(definition: VariableDefinitionNode, type: GraphQLInputType, value: unknown, mistakes: GraphQLError[]): void {
  const name = definition.variable.name.value;
  try {
    coerceInputValue(value, type, (path, wrong, { message }) => {
      const place = path.length > 0 ? ` at "${name}${path.map(writeStep).join("")}"` : "";
      const told = `Variable "$${name}" got invalid value ${writeValue(wrong)}${cut(place, LONGEST_REASON)}; ${cut(message, LONGEST_REASON)}`;
      mistakes.push(mistake(definition, told));
      if (mistakes.length === limits.validationErrors) throw ENOUGH;
    });
  } catch (error) {
    if (error !== ENOUGH) throw error;
  }
}

const writeStep = (step: string | number): string => (typeof step === "number" ? `[${step}]` : `.${step}`);

/** A value, what it holds left out. */
function writeValue(value: unknown): string {
  if (Array.isArray(value)) return "[…]";
  if (typeof value === "object" && value !== null) return "{…}";
  return cut(typeof value === "string" ? JSON.stringify(value.slice(0, LONGEST_VALUE)) : String(value), LONGEST_VALUE);
}

const cut = (text: string, length: number): string => (text.length > length ? `${text.slice(0, length)}…` : text);
