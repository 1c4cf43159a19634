import { Kind, type OperationDefinitionNode, type SelectionNode } from "graphql";

export type Variables = Readonly<Record<string, unknown>>;

/** The value of a variable that `@skip` or `@include` names; what is no boolean leaves nothing out. */
export type ReadCondition = (name: string) => unknown;

/** Whether `@skip` or `@include` leave a selection out. */
export function isLeftOut({ directives = [] }: SelectionNode, read: ReadCondition): boolean {
  return directives.some(({ name, arguments: [argument] = [] }) => {
    if (name.value !== "skip" && name.value !== "include") return false;
    const value = argument!.value;
    const isMet = value.kind === Kind.VARIABLE ? read(value.name.value) : value.kind === Kind.BOOLEAN && value.value;
    return isMet === (name.value === "skip");
  });
}

/** The value of a variable that a condition names, or its default; undefined where there is neither. */
export function readCondition({ variableDefinitions = [] }: OperationDefinitionNode, name: string, variables: Variables): unknown {
  const given = Object.hasOwn(variables, name) ? variables[name] : undefined;
  if (given !== undefined) return given;
  const otherwise = variableDefinitions.find(({ variable }) => variable.name.value === name)?.defaultValue;
  return otherwise?.kind === Kind.BOOLEAN ? otherwise.value : undefined;
}

/** Whether a condition holds. Throws an Error where its variable is no boolean. */
export function holds(operation: OperationDefinitionNode, name: string, variables: Variables): boolean {
  const value = readCondition(operation, name, variables);
  if (typeof value !== "boolean") throw new Error(`Unexpected value ${String(value)} for variable $${name}`);
  return value;
}
